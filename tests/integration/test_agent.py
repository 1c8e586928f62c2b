#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekishod on umockdev's sysfs with a log daemon that delays, refuses or hangs.

usage: umockdev-wrapper test_agent.py SEKISHOD
"""

import os
import pathlib
import struct
import sys
import time

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import POLICY, becomes, stays, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_log import ACCEPT, DROP, SILENT  # noqa: E402
from fake_usb import KEYBOARD, STORAGE  # noqa: E402

ENOSPC = -28
DAC_READ_SEARCH, SYS_ADMIN = 2, 21  # capabilities(7)
STICK = {"ident": "0951:1666", "interfaces": [STORAGE], "serial": "60A44C413FAE"}


def opens_only_after_the_entry_is_durable():
    with terminal() as t:
        t.log.delay = 0.7
        stick = t.bus.plug("1-1", **STICK)
        becomes("the entry is sent", lambda: t.log.find(type="device.read-only"))
        stays("shut until the answer", lambda: not stick.authorized(0)
              or t.log.acked and t.log.acked[-1]["type"] == "device.read-only", 0.6)
        becomes("open after it", lambda: stick.authorized(0))
        event = t.log.acked[-1]
        assert event["rule"] == "tax-stick" and event["classes"] == "storage", event
        assert (event["vid"], event["pid"], event["serial"], event["port"]) == (
            "0951", "1666", "60A44C413FAE", "1-1"), event
        assert event["detail"] == "tax office, ledger T-0123", event
        becomes("its driver is bound", lambda: t.bus.last_bound("usb-storage") == "1-1:1.0")
        assert t.bus.last_probed() == "", "whichever driver fits was looked for"


def what_nothing_opens_is_logged_before_udev_has_looked():
    with terminal() as t:
        def told():
            becomes("in the log", lambda: [e for e in t.log.acked if e["type"] == "device.block"])
        t.bus.plug("1-1", **{**STICK, "serial": "OTHER"}, before_udev=told)
        becomes("blocked", lambda: t.state()["blocked"] == 1)
        stays("said once", lambda: len(t.log.find(type="device.block")) == 1, 2.5)
        entry = t.log.find(type="device.block")[0]
        assert (entry["serial"], entry["classes"], entry["interface"]) == ("OTHER", "storage", "0"), entry
        t.bus.plug("1-2", "046d:c31c", [KEYBOARD], before_udev=lambda: stays("not foretold", lambda: not t.log.find(
            vid="046d"), 0.3))
        becomes("logged as static or allowed", lambda: t.log.find(vid="046d"))


def what_was_foretold_wrongly_or_refused_is_said_again():
    with terminal() as t:
        t.log.answer = ENOSPC
        t.bus.plug("1-1", **{**STICK, "serial": "OTHER"},
                   before_udev=lambda: becomes("refused", lambda: not t.state()["log_ok"]))
        t.log.answer = ACCEPT
        becomes("in the log", lambda: [e for e in t.log.acked if e["type"] == "device.block"])

        def policy_opens_it():
            becomes("foretold", lambda: t.log.find(type="device.block", serial="NEXT"))
            t.reload(POLICY + "rule next read-only {\n\tserial NEXT\n\tonly storage\n}\n")
            becomes("the new policy", lambda: t.state()["rules"] == 4)
        stick = t.bus.plug("1-2", **{**STICK, "serial": "NEXT"}, before_udev=policy_opens_it)
        becomes("open", lambda: stick.authorized(0))
        assert t.log.find(type="device.read-only", serial="NEXT")


def the_end_of_one_device_is_not_that_of_its_successor():
    with terminal() as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("there", lambda: t.state()["devices"] == 1)
        t.bus.unplug(stick, announce=False)
        next_one = t.bus.plug("1-1", **{**STICK, "serial": "NEXT"})
        becomes("the next one", lambda: t.log.find(type="device.block", serial="NEXT"))
        t.bus.bed.set_property(next_one.path, "DEVNUM", "002")
        t.bus.bed.uevent(next_one.path, "remove")
        stays("there", lambda: t.state()["devices"] == 1, 0.5)
        t.bus.bed.set_property(next_one.path, "DEVNUM", "003")
        t.bus.bed.uevent(next_one.path, "remove")
        becomes("gone", lambda: t.state()["devices"] == 0)


def storage_that_no_storage_driver_takes_is_shut_again():
    with terminal() as t:
        os.unlink(os.path.join(t.bus.drivers, "usb-storage/bind"))
        stick = t.bus.plug("1-1", **STICK)
        becomes("tried", lambda: b"1-1:1.0 stays shut" in (t.root / "journal").read_bytes())
        assert not stick.authorized(0) and t.bus.last_probed() == ""


def what_has_no_driver_of_its_kind_gets_any():
    with terminal(policy="rule cable allow {\n\tusb 0403:6001\n}\n") as t:
        cable = t.bus.plug("1-1", "0403:6001", [(0xff, 0, 0)])
        becomes("open", lambda: cable.authorized(0))
        becomes("whichever fits", lambda: t.bus.last_probed() == "1-1:1.0")


def a_log_that_refuses_keeps_it_shut_until_it_is_back():
    with terminal() as t:
        t.log.answer = ENOSPC
        stick = t.bus.plug("1-1", **STICK)
        becomes("tried twice", lambda: len(t.log.find(type="device.read-only")) >= 2)
        assert not stick.authorized(0) and t.bus.last_bound("usb-storage") == ""
        assert t.ask(64)[1][2] == 0, "the status says that the log is well"
        assert b"\0unlogged\0" in t.ask(66)[0], "the list says that it is open"
        t.log.answer = ACCEPT
        becomes("open once the log is back", lambda: stick.authorized(0))
        assert b"\0read-only\0" in t.ask(66)[0]


def a_log_that_hangs_keeps_it_shut():
    with terminal() as t:
        t.log.answer = SILENT
        stick = t.bus.plug("1-1", **STICK)
        becomes("the entry is sent", lambda: t.log.find(type="device.read-only"))
        stays("shut", lambda: not stick.authorized(0), 2.5)


def no_log_keeps_it_shut():
    with terminal() as t:
        path, t.log.path = t.log.path, t.log.path + ".gone"
        os.rename(path, t.log.path)
        t.log.answer = DROP
        stick = t.bus.plug("1-1", **STICK)
        stays("shut", lambda: not stick.authorized(0), 1.0)
        os.rename(t.log.path, path)
        t.log.path = path


def an_unregistered_stick_is_logged_and_left_alone():
    with terminal() as t:
        stick = t.bus.plug("1-2", **(STICK | {"serial": "OTHER"}))
        becomes("the entry", lambda: t.log.find(type="device.block", reason="not_registered",
                                                rule="default", verdict="block", port="1-2"))
        stays("shut", lambda: not stick.authorized(0), 0.5)
        t.bus.unplug(stick)
        becomes("its removal", lambda: t.log.find(type="device.remove", serial="OTHER"))


def a_composite_is_judged_part_by_part():
    with terminal() as t:
        both = t.bus.plug("1-3", "046d:c31c", [STORAGE, KEYBOARD])
        becomes("the keyboard is open", lambda: both.authorized(1))
        becomes("both entries", lambda: t.log.find(type="device.allow", rule="office-keyboards",
                                                   interface="1", classes="keyboard")
                and t.log.find(type="device.block", interface="0", classes="storage"))
        stays("the storage is shut", lambda: not both.authorized(0), 0.5)


def a_keyboard_is_the_static_rules_business():
    with terminal() as t:
        keyboard = t.bus.plug("1-4", "1111:2222", [KEYBOARD], product="ev\x1bil\u202e")
        becomes("usb.static", lambda: t.log.find(type="usb.static", vid="1111"), 2)
        assert "\x1b" not in t.log.events[-1]["product"] and "\u202e" not in t.log.events[-1]["product"]
        stays("not written", lambda: not keyboard.authorized(0), 0.3)


def an_enrolled_keyboard_is_static_too():
    with terminal() as t:
        t.bus.plug("1-4", "1111:2222", [KEYBOARD, (0xff, 0, 0)], properties=("SEKISHO_INPUT", "1"))
        becomes("static", lambda: t.log.find(type="usb.static", interface="0"))
        becomes("the rest", lambda: t.log.find(type="device.block", interface="1"))


def a_blocked_keyboard_is_denied_as_a_whole():
    with terminal() as t:
        keyboard = t.bus.plug("1-4", "dead:beef", [KEYBOARD], opened=True)
        becomes("denied", lambda: not keyboard.authorized())
        assert (t.gate / "deny-001-002").exists()
        becomes("the entry", lambda: t.log.find(type="device.block", rule="bad-keyboard"))
        t.bus.unplug(keyboard)
        becomes("the marker goes", lambda: not (t.gate / "deny-001-002").exists())


def a_swapped_device_inherits_nothing():
    with terminal() as t:
        t.log.delay = 0.7
        stick = t.bus.plug("1-1", **STICK)
        becomes("the entry is sent", lambda: t.log.find(type="device.read-only"))
        t.bus.unplug(stick, announce=False)
        evil = t.bus.plug("1-1", "bad0:cafe", [STORAGE], announce=False)
        becomes("answered", lambda: t.log.acked and t.log.acked[-1]["type"] == "device.read-only")
        stays("shut", lambda: not evil.authorized(0), 0.5)
        assert t.bus.last_bound("usb-storage") == ""
        evil.announce()
        becomes("judged by itself", lambda: t.log.find(type="device.block", vid="bad0"))
        assert t.log.find(type="device.remove", vid="0951")


def what_somebody_else_opened_is_closed():
    with terminal() as t:
        stick = t.bus.plug("1-2", "1234:5678", [STORAGE])
        becomes("blocked", lambda: t.log.find(type="device.block"))
        stick.authorize(0, 1)
        hub = pathlib.Path(t.bus.hub.file("authorized_default"))
        hub.write_text("1\n", encoding="ascii")
        t.reload()
        becomes("closed again", lambda: not stick.authorized(0))
        becomes("the alarm", lambda: [e for e in t.log.find(type="gate.tamper", found="1", expected="0")
                                      if e["path"].endswith("/1-2:1.0/authorized")])
        becomes("the hub too", lambda: hub.read_text(encoding="ascii").startswith("0"))
        becomes("both entries", lambda: t.log.find(type="gate.restore")
                and [e for e in t.log.find(type="gate.tamper") if e["path"].endswith("authorized_default")])


def buses_are_gates_and_a_thunderbolt_port_without_security_is_told():
    with terminal() as t:
        buses = [pathlib.Path(t.bus.bed.get_sys_dir(), f"bus/{bus}/drivers_autoprobe")
                 for bus in ("mmc", "firewire", "thunderbolt")]
        for bus in buses:
            bus.parent.mkdir(parents=True, exist_ok=True)
            bus.write_text("1\n", encoding="ascii")
        t.reload()
        for bus in buses:
            becomes("shut", lambda bus=bus: bus.read_text(encoding="ascii").startswith("0"))
            becomes("the alarm", lambda bus=bus: t.log.find(
                type="gate.tamper", path=f"/sys/bus/{bus.parent.name}/drivers_autoprobe"))
        assert t.state()["open_gates"] == 0
        t.bus.bed.add_device("thunderbolt", "domain0", None, ["security", "none"], [])
        t.reload()
        becomes("told", lambda: t.state()["open_gates"] == 1)
        assert [(gate, detail.split("/")[-1]) for gate, detail in t.state()["gates"]] == [
            ("ports", "security: none")], t.state()
        buses[0].unlink()
        buses[0].mkdir()
        t.reload()
        becomes("what cannot be read is not closed", lambda: ("cards", "drivers_autoprobe: Is a directory") in [
            (gate, detail.split("/")[-1]) for gate, detail in t.state()["gates"]])


def what_was_open_at_start_is_judged():
    with terminal(started=False) as t:
        stick = t.bus.plug("1-2", "1234:5678", [STORAGE], announce=False, opened=True)
        kept = t.bus.plug("1-1", **STICK, announce=False, opened=True)
        t.start()
        becomes("closed", lambda: not stick.authorized(0))
        becomes("the alarm", lambda: t.log.find(type="gate.tamper"))
        becomes("the entry", lambda: t.log.find(type="device.read-only"))
        assert kept.authorized(0)


def reload_touches_only_what_changed():
    with terminal() as t:
        stick = t.bus.plug("1-1", **STICK)
        keyboard = t.bus.plug("1-3", "046d:c31c", [KEYBOARD, STORAGE])
        becomes("both open", lambda: stick.authorized(0) and keyboard.authorized(0))
        t.reload(POLICY.replace("60A44C413FAE", "ANOTHER"))
        becomes("the stick is closed", lambda: not stick.authorized(0))
        becomes("logged", lambda: t.log.find(type="device.block", serial="60A44C413FAE"))
        assert keyboard.authorized(0) and len(t.log.find(type="device.allow")) == 1
        assert not t.log.find(type="gate.tamper")
        t.reload(POLICY)
        becomes("open again", lambda: stick.authorized(0))


def a_broken_policy_leaves_the_one_before_in_force():
    with terminal() as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: stick.authorized(0))
        accepted = t.root / "state/policy/current"
        assert accepted.read_text(encoding="utf-8") == POLICY
        t.policy.write_text(POLICY.replace("serial", "seriel"), encoding="utf-8")  # nobody says so
        becomes("the rejection", lambda: t.log.find(type="policy.reject"))
        event = t.log.find(type="policy.reject")[0]
        assert f"{t.policy}:4:2: unknown condition 'seriel'" in event["detail"], event
        state = t.state()
        assert state["in_force"] and not state["policy_ok"], state
        assert ":4:2: unknown condition" in state["policy_detail"], state
        assert accepted.read_text(encoding="utf-8") == POLICY, "a rejected policy was installed"
        t.reload()
        t.policy.write_text(POLICY, encoding="utf-8")
        t.policy.chmod(0o666)
        t.reload()
        becomes("one that others can write is rejected too",
                lambda: len(t.log.find(type="policy.reject")) == 2)
        t.policy.chmod(0o644)  # nobody says so here either
        becomes("all is well", lambda: t.state()["policy_ok"])
        assert stick.authorized(0) and len(t.log.find(type="device.read-only")) == 1


def a_file_that_is_being_written_is_no_policy():
    with terminal() as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: stick.authorized(0))
        with open(t.policy, "w", encoding="utf-8") as file:
            t.reload()
            stays("open, and nothing is refused yet", lambda: stick.authorized(0)
                  and not t.log.find(type="policy.reject"), 1.0)
            file.write(POLICY.replace("tax office", "welfare office"))
        becomes("the new one", lambda: len(t.log.find(type="policy.load")) == 2)
        t.policy.write_text("", encoding="utf-8")
        becomes("one that stays empty is refused", lambda: t.log.find(type="policy.reject"), 8)
        assert stick.authorized(0)


def after_a_restart_the_last_good_policy_counts():
    with terminal() as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: stick.authorized(0))
        t.policy.write_text("rule broken {\n", encoding="utf-8")
        becomes("rejected", lambda: t.log.find(type="policy.reject"))
        t.restart()
        becomes("still read-only", lambda: len(t.log.find(type="device.read-only")) == 2)
        assert stick.authorized(0) and t.state()["in_force"]


def without_any_policy_the_package_has_one():
    with terminal(started=False, policy="# nothing\n") as t:
        t.policy.unlink()
        (t.root / "packaged/unassigned.policy").write_text(POLICY, encoding="utf-8")
        t.start("agent.start")
        stick = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: stick.authorized(0))
        assert t.state()["packaged"]


def a_log_that_is_down_keeps_the_policy_before():
    with terminal() as t:
        t.log.answer = ENOSPC
        t.policy.write_text("rule all allow {\n\tonly storage\n}\n", encoding="utf-8")
        becomes("said", lambda: "the log did not take" in t.state()["policy_detail"])
        stick = t.bus.plug("1-2", "1234:5678", [STORAGE])
        stays("shut", lambda: not stick.authorized(0), 0.5)
        t.log.answer = ACCEPT
        becomes("open", lambda: stick.authorized(0), 10)


def observing_opens_and_says_what_it_would_not():
    with terminal(policy=POLICY + "zone unassigned {\n\tobserve {\n\t\tuntil 2099-12-31\n\t}\n}\n") as t:
        stick = t.bus.plug("1-2", "1234:5678", [STORAGE])
        becomes("open", lambda: stick.authorized(0))
        event = t.log.find(type="policy.observe")[0]
        assert event["verdict"] == "block" and event["rule"] == "default", event
        assert t.state()["observing"]
        t.reload(POLICY)
        becomes("closed", lambda: not stick.authorized(0))
        becomes("logged", lambda: t.log.find(type="device.block", serial="") or t.log.find(type="device.block"))


def who_sits_there_decides():
    policy = "rule mine allow {\n\tuser root\n\tgroup root\n\tonly storage\n}\n"
    with terminal(policy=policy) as t:
        stick = t.bus.plug("1-2", "1234:5678", [STORAGE])
        becomes("blocked, it is not known", lambda: t.log.find(type="device.block"))
        t.sit("0")
        becomes("open", lambda: stick.authorized(0), 8)
        event = t.log.find(type="device.allow")[0]
        assert event["user"] == "root" and "root" in event["groups"].split(), event
        t.sit(None)
        becomes("closed", lambda: not stick.authorized(0), 8)


def the_end_of_a_policy_blocks_but_keeps_the_keyboard():
    policy = ("policy p {\n\tversion 1\n\texpires 2026-01-01\n}\n" + POLICY)
    with terminal(started=False, policy="# nothing\n") as t:
        (t.root / "state/policy").mkdir()
        current = t.root / "state/policy/current"
        current.write_text(policy, encoding="utf-8")
        current.chmod(0o644)
        t.policy.write_text(policy, encoding="utf-8")
        t.start("policy.expire")
        stick = t.bus.plug("1-1", **STICK)
        becomes("blocked", lambda: t.log.find(type="device.block", reason="policy_expired"))
        assert not stick.authorized(0)
        keyboard = t.bus.plug("1-3", "046d:c31c", [KEYBOARD], opened=True)
        becomes("static", lambda: t.log.find(type="usb.static"))
        assert keyboard.authorized(0)


def watches_only_until_set_up():
    with terminal(set_up=False) as t:
        stick = t.bus.plug("1-1", **STICK)
        other = t.bus.plug("1-2", "1234:5678", [STORAGE], opened=True)
        becomes("the would-be verdicts", lambda: t.log.find(type="device.block") and
                t.log.find(type="device.read-only", detail="not enforced: the terminal is not set up"))
        stays("nothing is done", lambda: other.authorized(0) and not stick.authorized(0), 0.5)
        t.set_up_file.touch()
        t.reload()
        becomes("enforced", lambda: stick.authorized(0) and not other.authorized(0))
        assert not t.log.find(type="gate.tamper"), "being set up is no tampering"


def the_command_is_answered():
    with terminal() as t:
        t.bus.plug("1-3", "046d:c31c", [STORAGE, KEYBOARD], serial="S")
        becomes("judged", lambda: len(t.log.acked) >= 4)
        answers = t.ask(66)
        assert [a[1] for a in answers] == [67, 67, 127], answers
        rows = [[word for word in a[8:].split(b"\0") if word] for a in answers[:2]]
        assert sorted(row[4] for row in rows) == [b"keyboard", b"storage"], rows
        kind, answer = t.ask(68, struct.pack("64s256s", b"setup.begin", b"x\x1b"))
        assert struct.unpack("=iIQ", answer)[0] == 0
        assert t.log.acked[-1]["type"] == "admin.action" and t.log.acked[-1]["detail"] == "x\\x1b"


def a_disk_that_cannot_be_verified_stays_shut():
    with terminal() as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: stick.authorized(0))
        add_disk(t, stick)
        becomes("refused", lambda: b"/dev/sdz" in (t.root / "journal").read_bytes())
        assert t.marked() == []


def add_card(t, kind="SD"):
    host = t.bus.bed.add_device("mmc_host", "mmc0", None, [], [])
    card = t.bus.bed.add_device("mmc", "mmc0:aaaa", host, [
        "type", kind, "cid", "035344534c3136478012345678012345", "name", "SL16G"], [])
    probe = pathlib.Path(t.bus.bed.get_sys_dir(), "bus/mmc/drivers_probe")
    probe.parent.mkdir(parents=True, exist_ok=True)
    probe.write_text("", encoding="ascii")
    return card, probe


def a_memory_card_gets_its_driver_by_its_register():
    policy = "rule camera read-only {\n\tsd-cid 035344534c3136478012345678012345\n}\n"
    with terminal() as t:
        card, probe = add_card(t)
        t.bus.bed.uevent(card, "add")
        becomes("blocked", lambda: t.log.find(type="device.block", bus="sd", port="mmc0:aaaa",
                                              sd_cid="035344534c3136478012345678012345"))
        stays("no driver", lambda: probe.read_text(encoding="ascii") == "", 0.3)
        t.log.delay = 0.5
        t.reload(policy)
        becomes("the entry is sent", lambda: t.log.find(type="device.read-only", rule="camera"))
        stays("no driver before it is durable", lambda: probe.read_text(encoding="ascii") == ""
              or t.log.acked[-1]["type"] == "device.read-only", 0.3)
        becomes("a driver is looked for", lambda: probe.read_text(encoding="ascii") == "mmc0:aaaa")
        t.bus.bed.uevent(card, "remove")
        becomes("its removal", lambda: t.log.find(type="device.remove", port="mmc0:aaaa"))


def add_disk(t, stick):
    disk = t.bus.bed.add_device("block", "sdz", stick.interfaces[0], ["size", "2048"],
                                ["DEVTYPE", "disk", "DEVNAME", "/dev/sdz", "DISKSEQ", "7", "MAJOR", "8",
                                 "MINOR", "240"])
    t.bus.bed.uevent(disk, "add")


def a_rule_that_asks_for_the_medium_opens_it_only_to_be_looked_at():
    with terminal(policy="rule encrypted read-only {\n\tmedium luks2\n\tonly storage\n}\n") as t:
        t.log.delay = 0.5
        stick = t.bus.plug("1-1", **STICK)
        becomes("the entry is sent", lambda: t.log.find(type="device.probe", rule="default", verdict="block"))
        stays("shut until the answer", lambda: not stick.authorized(0)
              or t.log.acked[-1]["type"] == "device.probe", 0.4)
        becomes("open to be looked at", lambda: stick.authorized(0))
        add_disk(t, stick)
        becomes("its node cannot be had", lambda: b"/dev/sdz stays shut" in (t.root / "journal").read_bytes())
        assert t.marked() == []
        t.log.delay = 0.0
        t.reload("rule keyboards allow {\n\tonly keyboard\n}\n")
        becomes("shut again", lambda: not stick.authorized(0))
        becomes("the entry", lambda: t.log.find(type="device.block", reason="not_registered"))


def soldered_memory_is_not_a_card():
    with terminal() as t:
        card, _ = add_card(t, "MMC")
        t.bus.bed.uevent(card, "add")
        stays("not judged", lambda: not t.log.find(port="mmc0:aaaa"), 0.5)


def a_disk_of_any_bus_is_judged_and_an_enrolled_one_is_not():
    with terminal(policy="rule backup allow {\n\tbus virtio ata\n\tserial GOOD1\n}\n") as t:
        for number, (serial, gated) in enumerate((("GOOD1", "1"), ("OTHER", "1"), ("ROOT", ""))):
            bus = t.bus.bed.add_device("virtio", f"virtio{number}", None, [], [])
            disk = t.bus.bed.add_device("block", f"vd{number}", bus, ["serial", serial],
                                        ["DEVTYPE", "disk", "DEVNAME", f"/dev/vd{number}", "DISKSEQ", "9",
                                         "MAJOR", "254", "MINOR", str(number), "SEKISHO_GATED", gated])
            t.bus.bed.uevent(disk, "add")
        becomes("opened by its rule", lambda: t.log.find(type="device.allow", rule="backup", bus="virtio"))
        becomes("the other is blocked", lambda: t.log.find(type="device.block", serial="OTHER"))
        becomes("its node is looked at", lambda: b"/dev/vd0 stays shut" in (t.root / "journal").read_bytes())
        assert not t.log.find(serial="ROOT"), "the enrolled disk was judged"


def a_thunderbolt_device_is_authorised_by_its_uuid():
    uuid = "d0030000-0000-0000-0000-000000000001"
    with terminal(policy=f"rule dock allow {{\n\tthunderbolt {uuid}\n}}\n") as t:
        def add(name, **attributes):
            path = t.bus.bed.add_device("thunderbolt", name, None, [w for p in attributes.items() for w in p],
                                        ["DEVTYPE", "thunderbolt_device"])
            t.bus.bed.uevent(path, "add")
            return pathlib.Path(t.bus.bed.get_root_dir() + path, "authorized")

        own = add("0-0", authorized="1", unique_id="c" * 36)
        dock = add("0-1", authorized="0", unique_id=uuid)
        other = add("0-3", authorized="0", unique_id="e" * 36)
        becomes("the dock tunnels", lambda: dock.read_text(encoding="ascii").strip() == "1")
        becomes("the other is blocked", lambda: t.log.find(type="device.block", bus="thunderbolt",
                                                           thunderbolt="e" * 36))
        assert other.read_text(encoding="ascii").strip() == "0"
        assert own.read_text(encoding="ascii").strip() == "1", "the terminal's own port was shut"


def a_security_key_that_a_rule_names_gets_its_nodes():
    key = "1050:0407"
    policy = f"rule keys allow {{\n\tusb {key}\n\tonly input keyboard\n}}\n"
    with terminal(policy=policy) as t:
        t.bus.plug("1-1", key, [KEYBOARD, (3, 0, 0)], opened=True)
        t.bus.plug("1-2", "1050:9999", [(3, 0, 0)], opened=True)
        becomes("named in the log", lambda: t.log.find(type="device.allow", rule="keys", interface="0 1"))
        becomes("the other is static", lambda: t.log.find(type="usb.static", pid="9999"))
        becomes("its marker", lambda: t.marked() == ["user-1-2"])
        t.reload("rule none block {\n\tonly storage\n}\n")
        becomes("no marker", lambda: not t.marked())


def keyboards_wait_for_the_policy_that_wants_them_registered():
    policy = ("rule ours allow {\n\tusb 1111:2222\n\tonly keyboard\n}\n"
              "rule keyboards block {\n\tinterface keyboard\n}\n")
    with terminal(policy=policy) as t:
        assert (t.gate / "ask-input").exists()
        ours = t.bus.plug("1-1", "1111:2222", [KEYBOARD])
        becomes("opened by the agent", lambda: ours.authorized(0))
        other = t.bus.plug("1-2", "1111:3333", [KEYBOARD])
        becomes("denied", lambda: not other.authorized() and (t.gate / "deny-001-003").exists())
        assert not other.authorized(0)
        mouse = t.bus.plug("1-3", "1111:4444", [(3, 1, 2)])
        becomes("a mouse is opened after its entry", lambda: mouse.authorized(0))
        assert t.log.find(type="usb.static", pid="4444")
        t.process.kill()
        t.process.wait()
        assert (t.gate / "ask-input").exists(), "without the agent new keyboards are not asked for"
        t.start("agent.start", 2)
        t.reload("rule none block {\n\tonly storage\n}\n")
        becomes("not asked any more", lambda: not (t.gate / "ask-input").exists())


def a_phone_of_which_a_part_is_shut_keeps_its_nodes_shut():
    with terminal(policy="rule phone allow {\n\tinterface phone\n}\n") as t:
        t.bus.plug("1-1", "18d1:4ee2", [(6, 1, 1), (0xff, 0, 0)])
        becomes("a part is open", lambda: t.log.find(type="device.allow", rule="phone", interface="0"))
        stays("no marker", lambda: not t.marked(), 0.5)
        t.bus.plug("1-2", "18d1:4ee1", [(6, 1, 1)])
        becomes("the marker of the other", lambda: t.marked() == ["user-1-3"])


def it_keeps_what_it_needs_and_no_more():
    with terminal() as t:
        def status(name):
            text = pathlib.Path(f"/proc/{t.process.pid}/status").read_text(encoding="ascii")
            return next(line.split()[1] for line in text.splitlines() if line.startswith(name + ":"))

        becomes("confined", lambda: status("Seccomp") == "2")
        ours = int(next(line.split()[1] for line in open("/proc/self/status", encoding="ascii")
                        if line.startswith("CapEff")), 16)
        kept = ours & (1 << SYS_ADMIN | 1 << DAC_READ_SEARCH)
        assert (status("NoNewPrivs"), int(status("CapEff"), 16), int(status("CapPrm"), 16),
                int(status("CapInh"), 16)) == ("1", kept, kept, 0), status("CapEff")


TESTS = [
    it_keeps_what_it_needs_and_no_more,
    opens_only_after_the_entry_is_durable, storage_that_no_storage_driver_takes_is_shut_again,
    what_has_no_driver_of_its_kind_gets_any, a_log_that_refuses_keeps_it_shut_until_it_is_back,
    a_log_that_hangs_keeps_it_shut, no_log_keeps_it_shut,
    an_unregistered_stick_is_logged_and_left_alone, a_composite_is_judged_part_by_part,
    a_keyboard_is_the_static_rules_business, an_enrolled_keyboard_is_static_too,
    a_blocked_keyboard_is_denied_as_a_whole, a_swapped_device_inherits_nothing,
    what_somebody_else_opened_is_closed,
    buses_are_gates_and_a_thunderbolt_port_without_security_is_told, what_was_open_at_start_is_judged,
    reload_touches_only_what_changed, a_broken_policy_leaves_the_one_before_in_force,
    a_file_that_is_being_written_is_no_policy,
    after_a_restart_the_last_good_policy_counts, without_any_policy_the_package_has_one,
    a_log_that_is_down_keeps_the_policy_before, observing_opens_and_says_what_it_would_not,
    who_sits_there_decides, the_end_of_a_policy_blocks_but_keeps_the_keyboard, watches_only_until_set_up,
    the_command_is_answered, a_disk_that_cannot_be_verified_stays_shut,
    a_rule_that_asks_for_the_medium_opens_it_only_to_be_looked_at,
    a_memory_card_gets_its_driver_by_its_register, soldered_memory_is_not_a_card,
    what_nothing_opens_is_logged_before_udev_has_looked, what_was_foretold_wrongly_or_refused_is_said_again,
    the_end_of_one_device_is_not_that_of_its_successor,
    a_disk_of_any_bus_is_judged_and_an_enrolled_one_is_not, a_thunderbolt_device_is_authorised_by_its_uuid,
    keyboards_wait_for_the_policy_that_wants_them_registered, a_security_key_that_a_rule_names_gets_its_nodes,
    a_phone_of_which_a_part_is_shut_keeps_its_nodes_shut,
]
sys.exit(run_each(TESTS))
