#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The register of media at one terminal: what is put in force, what people do with it, what it bars.

usage: umockdev-wrapper test_register.py SEKISHOD SEKISHO [TEST...]
"""

import contextlib
import pathlib
import socket
import struct
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import POLICY, becomes, stays, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_disk import Disk  # noqa: E402
from fake_usb import STORAGE  # noqa: E402
from orders import Office, give  # noqa: E402
from registers import LOOK, REQUEST, act, medium, put, register, rows, sign  # noqa: E402

SERIAL = "60A44C413FAE"
STICK = {"ident": "0951:1666", "interfaces": [STORAGE], "serial": SERIAL}
OURS = medium("T-1", SERIAL)
LOST = 'event T-1 lost {\n    id "T-9/3"\n    at 2026-01-02T09:00\n    by suzuki\n}\n'
ACCEPTED, WRONG = 1, 2
WATCH, NOTICE, BARRED = 77, 78, 10


def number_of(t):
    return t.state()["register_version"]


@contextlib.contextmanager
def enrolled(content=None, policy=POLICY):
    """A terminal in lgwan whose order lets suzuki sign registers."""
    with terminal(policy="# nothing\n") as t:
        assert give(t, office.order(1, "lgwan"))[0] == 0
        t.policy.write_bytes(office.policy(1, policy))
        becomes("the policy", lambda: t.state()["version"] == 1)
        if content:
            put(t, sign(office, content))
            becomes("the register", lambda: t.state()["register"])
        yield t


def only_who_may_puts_a_newer_one_in_force():
    with enrolled(register(3, OURS)) as t:
        assert number_of(t) == 3 and t.state()["register_signer"] == "suzuki", t.state()
        assert t.log.find(type="register.load", version="3", signer="suzuki", count="1"), t.log.events
        assert t.log.state["register_version"] == "3", t.log.state
        for content, what in ((register(4, OURS), "not signed by anybody"),
                              (sign(office, register(4, OURS), "tanaka"), "not signed by anybody"),
                              (sign(office, register(2, OURS)), "older"),
                              (sign(office, register(3, OURS, LOST.replace("T-9/3", "T-9/4"))), "another register"),
                              (sign(office, register(4, OURS, expires="2020-03-31")), "expired"),
                              (sign(office, register(4, OURS)).replace(b"lgwan", b"mynumber"), "not signed"),
                              (sign(office, register(4, OURS + "medium {\n")), "sekisho.register:")):
            put(t, content)
            becomes(what, lambda what=what: what in t.state()["register_detail"])
            assert number_of(t) == 3 and t.ask(LOOK)[0] != 17, what
        assert len(t.log.find(type="register.reject")) == 6, t.log.find(type="register.reject")
        put(t, sign(office, register(4, OURS)))
        becomes("4", lambda: number_of(t) == 4 and not t.state()["register_detail"])


def an_older_file_that_is_put_back_does_not_count():
    with enrolled(register(3, OURS)) as t:
        current = t.root / "state/register/current"
        old = current.read_bytes()
        put(t, sign(office, register(4, OURS)))
        becomes("4", lambda: number_of(t) == 4)
        (t.root / "sekisho.register").unlink()
        current.write_bytes(old)
        t.restart()
        assert not t.state()["register"] and "older" in t.state()["register_detail"], t.state()


def a_log_that_refuses_leaves_the_one_before():
    with enrolled(register(3, OURS)) as t:
        t.log.answers["register.load"] = -28
        put(t, sign(office, register(4, OURS)))
        becomes("tried", lambda: t.state()["register_detail"])
        assert number_of(t) == 3
        t.log.answers.clear()
        becomes("4", lambda: number_of(t) == 4, 8)


def verdict(t, **wanted):
    return [e for e in t.log.find(**wanted) if e["type"].startswith("device.") and e["type"] != "device.remove"]


def what_is_registered_is_known_by_its_number():
    with enrolled(register(3, OURS)) as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: stick.authorized(0))
        assert verdict(t, type="device.read-only", medium_number="T-1"), t.log.events


def what_is_lost_stays_shut_whatever_a_rule_says():
    said_to_be(LOST, "lost_media")


def what_is_missing_since_stock_was_taken_stays_shut_and_says_so():
    said_to_be(LOST.replace(" lost {", " missing {"), "missing")


def said_to_be(events, reason):
    with enrolled(register(3, OURS, events=events)) as t:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as watcher:
            watcher.settimeout(15)
            watcher.connect(str(t.socket))
            watcher.send(struct.pack("=BBHI", 3, WATCH, 0, 7))
            t.ask(64)
            stick = t.bus.plug("1-1", **STICK)
            message = watcher.recv(4096)
        assert message[1] == NOTICE and message[8] == BARRED and reason.encode() in message, message
        becomes("the verdict", lambda: verdict(t, type="device.block", reason=reason, medium_number="T-1"))
        assert len(t.log.find(type="media.seen", medium_number="T-1", reason=reason)) == 1, t.log.events
        stays("shut", lambda: not stick.authorized(0), 0.5)


def two_that_say_they_are_one_are_both_barred():
    with enrolled(register(3, OURS)) as t:
        first = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: first.authorized(0))
        second = t.bus.plug("1-2", **STICK)
        becomes("both shut", lambda: not first.authorized(0) and not second.authorized(0))
        becomes("told", lambda: len(t.log.find(type="media.mismatch", medium_number="T-1")) == 2)


def a_copy_of_the_name_with_something_else_on_it_is_barred():
    with enrolled(register(3, medium("T-1", SERIAL, "6f1b-2c3d"))) as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("looked at", lambda: stick.authorized(0) and verdict(t, type="device.probe", medium_number="?"))
        Disk(t, stick)
        becomes("told", lambda: t.log.find(type="media.mismatch", medium_number="T-1", node="/dev/sdz"))
        becomes("barred", lambda: verdict(t, type="device.block", reason="mismatch", node="/dev/sdz"))
        assert not t.media.mounts, t.media.mounts


def what_is_on_it_makes_it_ours():
    with enrolled(register(3, medium("T-1", SERIAL, "1234"))) as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("looked at", lambda: stick.authorized(0))
        Disk(t, stick)
        becomes("ours", lambda: verdict(t, type="device.read-only", medium_number="T-1", node="/dev/sdz"))
        assert not t.log.find(type="media.mismatch"), t.log.events


def a_loss_that_is_reported_ends_what_is_open():
    with enrolled(register(3, OURS)) as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: stick.authorized(0))
        assert act(t, "media.lost", code="", medium_number="T-1", note="left in a train")[0] == ACCEPTED
        becomes("shut", lambda: not stick.authorized(0))
        assert rows(t)["T-1"]["state"] == "lost", rows(t)
        t.restart()
        assert rows(t)["T-1"]["state"] == "lost", rows(t)
        (t.root / "state/register/current").unlink()
        (t.root / "sekisho.register").unlink()
        t.restart()
        assert rows(t)["T-1"]["state"] == "lost" and not t.state()["register"], rows(t)
        becomes("still shut", lambda: not stick.authorized(0))


def only_two_with_codes_have_it_found():
    with enrolled(register(3, OURS, events=LOST)) as t:
        assert act(t, "media.found", approver_code="999999", medium_number="T-1")[0] == WRONG
        assert rows(t)["T-1"]["state"] == "lost" and not t.log.find(type="media.found")
        assert act(t, "media.found", medium_number="T-1")[0] == ACCEPTED
        assert rows(t)["T-1"]["state"] == "registered", rows(t)
        put(t, sign(office, register(4, OURS, events=LOST)))
        becomes("4", lambda: number_of(t) == 4)
        assert rows(t)["T-1"]["state"] == "registered", rows(t)


def a_medium_goes_its_way():
    with enrolled(register(3, OURS)) as t:
        assert act(t, "media.lend", medium_number="T-1", holder="sato", due="2020-01-02")[0] == ACCEPTED
        assert rows(t)["T-1"] | {"holder": "sato", "overdue": "yes", "state": "lent"} == rows(t)["T-1"], rows(t)
        assert "cannot be" in act(t, "media.lend", medium_number="T-1", holder="ito", due="2020-01-02")[1]
        assert "erased" in act(t, "media.return", medium_number="T-1")[1]
        assert act(t, "media.return", medium_number="T-1", erased_by="ito")[0] == ACCEPTED
        assert act(t, "media.missing", medium_number="T-1")[0] == ACCEPTED
        assert "cannot be" in act(t, "media.return", medium_number="T-1", erased_by="ito")[1]
        assert act(t, "media.dispose", medium_number="T-1", method="crushed")[0] == ACCEPTED
        assert rows(t)["T-1"]["state"] == "dispose-pending", rows(t)
        assert act(t, "media.dispose", medium_number="T-1", method="crushed", certificate="R8-1")[0] == ACCEPTED
        assert rows(t)["T-1"]["state"] == "disposed", rows(t)
        assert "cannot be" in act(t, "media.found", medium_number="T-1")[1]


def texts_that_break_out_are_kept_as_they_are():
    with enrolled(register(3, OURS)) as t:
        hostile = '}\u3000event T-1 "found" { # \\'
        assert act(t, "media.lost", medium_number="T-1", note=hostile)[0] == ACCEPTED
        assert act(t, "media.found", medium_number="T-1", note="a\nb")[0] is None
        assert act(t, "media.found", medium_number="T-1", note="x" * 2000)[0] is None
        assert act(t, "media.found", medium_number="T-9")[0] is None
        t.restart()
        assert rows(t)["T-1"]["state"] == "lost", rows(t)


def a_new_medium_is_what_its_device_says():
    with enrolled(register(3, OURS)) as t:
        t.bus.plug("1-1", "1111:2222", [STORAGE], serial="ZX81\u202e9")
        words = {"kind": "usb-stick", "section": "tax", "zone": "lgwan internet", "classification": "3A/2/2",
                 "encryption": "none"}
        becomes("seen", lambda: verdict(t, vid="1111"))
        refused = act(t, "media.register", medium_number="T-2", port="1-9", **words)
        assert refused[0] is None, refused
        refused = act(t, "media.register", medium_number="T-1", port="1-1", **words)
        assert refused[0] is None, refused
        refused = act(t, "media.register", medium_number="T-2", port="1-1", **words | {"section": "none"})
        assert refused[0] is None, refused
        done = act(t, "media.register", medium_number="T-2", port="1-1", serial="OTHER", **words)
        assert done[0] == ACCEPTED, done
        row = rows(t)["T-2"]
        assert row["usb"] == "1111:2222" and "OTHER" not in row["serial"] and row["here_only"] == "yes", row
        assert "already" in act(t, "media.register", medium_number="T-3", port="1-1", **words)[1]
        t.restart()
        assert rows(t)["T-2"] == row, rows(t)


def a_log_that_refuses_an_act_leaves_all_as_it_was():
    with enrolled(register(3, OURS)) as t:
        t.log.answers["media.lost"] = -28
        assert act(t, "media.lost", medium_number="T-1")[0] is None
        assert rows(t)["T-1"]["state"] == "registered", rows(t)


def a_loss_that_was_interrupted_counts():
    with enrolled(register(3, OURS)) as t:
        t.log.answers["media.lost"] = "lost"
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(str(t.socket))
            fields = b"medium_number\0T-1\0"
            client.send(struct.pack("=BBHI", 3, 128, 0, 7) +
                        REQUEST.pack(b"media.lost", b"root", b"", b"", b"", len(fields), fields))
            becomes("in the log", lambda: t.log.find(type="media.lost"))
            t.kill()
        t.log.answers["media.lost"] = -28
        t.start("agent.start", len(t.log.find(type="agent.start")) + 1)
        stick = t.bus.plug("1-1", **STICK)
        becomes("barred", lambda: verdict(t, type="device.block", reason="lost_media"))
        t.log.answers.clear()
        becomes("said again", lambda: rows(t)["T-1"]["state"] == "lost", 8)
        assert not stick.authorized(0)


def a_torn_line_is_dropped_and_a_broken_file_opens_nothing():
    with enrolled(register(3, OURS, medium("T-2", "ABCDEF012345"))) as t:
        assert act(t, "media.lost", medium_number="T-2")[0] == ACCEPTED
        events = t.root / "state/register/events"
        whole = events.read_bytes()
        events.write_bytes(whole + b'event T-1 lost {\n    id "T-0042/99"\n    at 20')
        t.restart()
        assert rows(t)["T-2"]["state"] == "lost" and rows(t)["T-1"]["state"] == "registered", rows(t)
        assert events.read_bytes() == whole
        assert "torn" in (t.root / "journal").read_text()
        events.write_bytes(b"nonsense {\n}\n" + whole)
        t.restart()
        assert t.state()["register_broken"] and t.state()["register_detail"], t.state()
        stick = t.bus.plug("1-1", **STICK)
        becomes("barred", lambda: verdict(t, type="device.block", reason="register_invalid"))
        assert not stick.authorized(0) and act(t, "media.lost", medium_number="T-1")[0] is None


def an_expired_register_knows_nobody_and_forgives_nothing():
    with enrolled(register(3, OURS, medium("T-2", "ABCDEF012345"), events=LOST.replace("T-1", "T-2"),
                           expires="2099-03-31")) as t:
        t.log.latest = 4e9 + 100_000_000  # the log has seen a day after that end
        t.restart()
        becomes("expired", lambda: t.state()["register_expired"])
        becomes("logged", lambda: t.log.find(type="register.reject"))
        t.bus.plug("1-1", **STICK)
        becomes("judged", lambda: verdict(t, port="1-1"))
        assert not verdict(t, medium_number="T-1"), t.log.events
        t.bus.plug("1-2", "0951:1666", [STORAGE], serial="ABCDEF012345")
        becomes("barred", lambda: verdict(t, type="device.block", reason="lost_media"))


def ten_thousand_media_are_listed_and_told_apart():
    media = [medium(f"T-{n:05}", f"SN{n * 7919:012}") for n in range(10000)]
    with enrolled(register(3, *media)) as t:
        becomes("all", lambda: t.state()["media"] == 10000)
        stick = t.bus.plug("1-1", "0951:1666", [STORAGE], serial=f"SN{4711 * 7919:012}")
        becomes("known", lambda: verdict(t, medium_number="T-04711"))
        assert not stick.authorized(0)
        assert len(rows(t)) == 10000


office = Office(sys.argv[2])
sys.argv[1:] = sys.argv[1:2] + sys.argv[3:]
failed = run_each([
    only_who_may_puts_a_newer_one_in_force,
    an_older_file_that_is_put_back_does_not_count,
    a_log_that_refuses_leaves_the_one_before,
    what_is_registered_is_known_by_its_number,
    what_is_lost_stays_shut_whatever_a_rule_says,
    what_is_missing_since_stock_was_taken_stays_shut_and_says_so,
    two_that_say_they_are_one_are_both_barred,
    a_copy_of_the_name_with_something_else_on_it_is_barred,
    what_is_on_it_makes_it_ours,
    a_loss_that_is_reported_ends_what_is_open,
    only_two_with_codes_have_it_found,
    a_medium_goes_its_way,
    texts_that_break_out_are_kept_as_they_are,
    a_new_medium_is_what_its_device_says,
    a_log_that_refuses_an_act_leaves_all_as_it_was,
    a_loss_that_was_interrupted_counts,
    a_torn_line_is_dropped_and_a_broken_file_opens_nothing,
    an_expired_register_knows_nobody_and_forgives_nothing,
    ten_thousand_media_are_listed_and_told_apart,
])
office.close()
sys.exit(failed)
