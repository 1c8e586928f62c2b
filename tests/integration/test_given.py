#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekishod finds what somebody else changed of what it and the static rules gave.

usage: umockdev-wrapper test_given.py SEKISHOD [TEST...]

/run/udev/data, where udev says what it has seen, is the test's own: it runs in a mount namespace.
"""

import os
import pathlib
import stat
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

import private_run  # noqa: E402
from agent_terminal import becomes, stays, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_usb import KEYBOARD  # noqa: E402

LOOP, NULL = os.makedev(7, 0), os.makedev(1, 3)  # any real nodes: nobody opens them
GROUP_DISK = 6


def add_node(t, subsystem, name, mode, attributes=(), properties=(), seen="I:1000\nE:SEKISHO_SET_UP=1\n"):
    """A device with a node as the rules have left it; returns its path in sysfs and the node."""
    kind, number = (stat.S_IFBLK, LOOP) if subsystem == "block" else (stat.S_IFCHR, NULL)
    place = f"{os.major(number)}:{os.minor(number)}"
    database = pathlib.Path("/run/udev/data", ("b" if subsystem == "block" else "c") + place)
    database.unlink(missing_ok=True)
    if seen:
        database.parent.mkdir(parents=True, exist_ok=True)
        database.write_text(seen, encoding="ascii")
    path = t.bus.bed.add_device(subsystem, name.replace("/", "!"), None, [*attributes], [
        "DEVNAME", f"/dev/{name}", "MAJOR", str(os.major(number)), "MINOR", str(os.minor(number)), *properties])
    node = pathlib.Path(t.bus.bed.get_root_dir(), "dev", name)
    node.parent.mkdir(parents=True, exist_ok=True)
    node.unlink(missing_ok=True)
    os.mknod(node, kind | mode, number)
    node.chmod(mode)
    number_of = pathlib.Path(t.bus.bed.get_root_dir(), "dev/.node", name.replace("/", "_"))  # umockdev looks there
    number_of.parent.mkdir(exist_ok=True)
    number_of.unlink(missing_ok=True)
    number_of.symlink_to(place)
    return path, node


def add_disk(t, name, mode=0, grant="none", read_only=1, size=2048):
    return add_node(t, "block", name, mode, ("ro", str(read_only), "size", str(size)), (
        "DEVTYPE", "disk", "SEKISHO_GATED", "1", "SEKISHO_GRANT", grant, "DISKSEQ", "31"))


def mode_of(file):
    return stat.S_IMODE(file.stat().st_mode) & 0o777


def tampered(t, path, found, expected):
    return len(t.log.find(type="gate.tamper", path=path, found=found, expected=expected))


def a_node_that_somebody_opened_is_closed():
    with terminal() as t:
        _, disk = add_disk(t, "sdy")
        _, own = add_node(t, "block", "sdx", 0o660, properties=("DEVTYPE", "disk"))
        _, generic = add_node(t, "scsi_generic", "sg7", 0)
        _, usb = add_node(t, "usb", "bus/usb/001/077", 0o600, properties=("DEVTYPE", "usb_device"))
        t.reload()
        stays("as they are", lambda: not t.log.find(type="gate.tamper"), 0.5)
        for node, mode in (disk, 0o666), (generic, 0o660), (usb, 0o606), (own, 0o666):
            node.chmod(mode)
        t.reload()
        becomes("closed", lambda: (mode_of(disk), mode_of(generic), mode_of(usb)) == (0, 0, 0o600))
        becomes("logged", lambda: tampered(t, "/dev/sdy", "0666 0:0", "0000 0:0") == 1
                and tampered(t, "/dev/sg7", "0660 0:0", "0000 0:0") == 1
                and tampered(t, "/dev/bus/usb/001/077", "0606 0:0", "0600 0:0") == 1)
        becomes("said", lambda: len(t.log.find(type="gate.restore", path="/dev/sdy", expected="0000 0:0")) == 1)
        assert mode_of(own) == 0o666, "an enrolled disk is not ours"
        assert t.state()["open_gates"] == 0
        t.reload()
        stays("said once", lambda: len(t.log.find(type="gate.tamper")) == 3, 0.5)


def a_node_of_another_user_is_udevs_to_mend():
    with terminal() as t:
        path, disk = add_disk(t, "sdy")
        os.chown(disk, 1, 0)
        t.reload()
        becomes("told", lambda: [gate for gate, _ in t.state()["gates"]] == ["nodes"])
        becomes("udev is asked", lambda: pathlib.Path(t.bus.bed.get_root_dir() + path, "uevent")
                .read_text(encoding="ascii").startswith("change"))
        becomes("logged", lambda: tampered(t, "/dev/sdy", "0000 1:0", "0000 0:0") == 1)


def a_node_that_udev_has_not_seen_is_left_to_it():
    with terminal() as t:
        _, node = add_node(t, "scsi_generic", "sg9", 0o660, properties=("SEKISHO_SET_UP", "1"), seen="")
        t.reload()
        stays("untouched", lambda: mode_of(node) == 0o660 and not t.log.find(type="gate.tamper"), 0.5)


def a_node_from_before_the_set_up_is_left_to_the_next_boot():
    with terminal() as t:
        _, node = add_node(t, "scsi_generic", "sg9", 0o660, seen="I:1000\n")
        t.reload()
        stays("untouched", lambda: mode_of(node) == 0o660 and not t.log.find(type="gate.tamper"), 0.5)


def what_udev_is_about_to_change_is_looked_at_again():
    with terminal() as t:
        queue = pathlib.Path("/run/udev/queue")
        _, disk = add_disk(t, "sdy", 0o660)
        queue.touch()
        t.reload()
        stays("left to udev", lambda: mode_of(disk) == 0o660 and not t.log.find(type="gate.tamper"), 1.0)
        queue.unlink()
        becomes("closed", lambda: mode_of(disk) == 0)
        becomes("logged", lambda: tampered(t, "/dev/sdy", "0660 0:0", "0000 0:0") == 1)


def a_disk_that_somebody_made_writable_is_told_until_it_is_not():
    with terminal() as t:
        path, _ = add_disk(t, "sdy", read_only=0)
        add_disk(t, "sdw", read_only=0, size=0)
        flag = f"/sys{path.removeprefix('/sys')}/ro"
        t.reload()  # no disk is behind the node here, so the flag stays
        becomes("told", lambda: ("disks", flag) in [(g, d.split(": ")[0]) for g, d in t.state()["gates"]])
        t.reload()
        stays("logged once", lambda: tampered(t, flag, "0", "1") == 1, 0.5)
        assert not t.log.find(type="gate.tamper", path=flag.replace("sdy", "sdw")), "an empty slot has no flag"
        pathlib.Path(t.bus.bed.get_root_dir() + path, "ro").write_text("1\n", encoding="ascii")
        t.reload()
        becomes("mended", lambda: t.log.find(type="gate.restore", path=flag, expected="1"))
        becomes("closed", lambda: t.state()["open_gates"] == 0)


def markers_are_the_agents_alone():
    with terminal(policy="rule keys allow {\n\tusb 1050:0407\n\tonly input keyboard\n}\n") as t:
        t.bus.plug("1-1", "1050:0407", [KEYBOARD, (3, 0, 0)], opened=True)
        becomes("its marker", lambda: (t.gate / "user-1-2").exists())
        (t.gate / "user-1-2").unlink()
        forged = "write-7", "allow-9", "user-1-9", "deny-001-009", "ask-input"
        for name in *forged, "of-somebody-else":
            (t.gate / name).touch()
        t.reload()
        becomes("as they were", lambda: t.marked() == ["of-somebody-else", "user-1-2"])
        becomes("logged", lambda: tampered(t, f"{t.gate}/user-1-2", "absent", "present") == 1
                and all(tampered(t, f"{t.gate}/{name}", "present", "absent") == 1 for name in forged))
        becomes("said", lambda: len(t.log.find(type="gate.restore")) == 6)


def a_device_that_is_denied_stays_so_without_its_marker():
    with terminal() as t:
        keyboard = t.bus.plug("1-4", "dead:beef", [KEYBOARD], opened=True)
        becomes("denied", lambda: (t.gate / "deny-001-002").exists())
        (t.gate / "deny-001-002").unlink()
        t.reload()
        becomes("made again", lambda: (t.gate / "deny-001-002").exists())
        becomes("logged", lambda: tampered(t, f"{t.gate}/deny-001-002", "absent", "present") == 1)
        assert not keyboard.authorized()


def what_a_forged_marker_gave_is_taken_back():
    with terminal() as t:
        _, disk = add_disk(t, "sdy", 0o440, grant="read")
        os.chown(disk, 0, GROUP_DISK)
        t.reload()
        stays("it may be under way", lambda: mode_of(disk) == 0o440, 1.0)
        becomes("closed", lambda: mode_of(disk) == 0)
        becomes("logged", lambda: tampered(t, "/dev/sdy", "0440 0:6", "0000 0:0") == 1)


def a_marker_that_cannot_be_made_is_told():
    policy = "rule keyboards block {\n\tinterface keyboard\n}\n"
    with terminal(started=False, policy=policy) as t:
        (t.gate / "ask-input").mkdir(parents=True)  # nothing can be written there
        t.start()
        becomes("told", lambda: "ask-input" in t.state()["input_detail"])
        (t.gate / "ask-input").rmdir()
        t.reload()
        becomes("made", lambda: (t.gate / "ask-input").is_file() and t.state()["input_detail"] == "")
        assert not t.log.find(type="gate.tamper"), "nobody took it"


def a_terminal_that_is_not_set_up_is_left_alone():
    with terminal(set_up=False) as t:
        _, disk = add_disk(t, "sdy", 0o666)
        t.reload()
        stays("untouched", lambda: mode_of(disk) == 0o666 and not t.log.find(type="gate.tamper"), 0.5)


TESTS = [
    a_node_that_somebody_opened_is_closed, a_node_of_another_user_is_udevs_to_mend,
    a_node_that_udev_has_not_seen_is_left_to_it, a_node_from_before_the_set_up_is_left_to_the_next_boot, what_udev_is_about_to_change_is_looked_at_again,
    a_disk_that_somebody_made_writable_is_told_until_it_is_not, markers_are_the_agents_alone,
    a_device_that_is_denied_stays_so_without_its_marker, what_a_forged_marker_gave_is_taken_back, a_marker_that_cannot_be_made_is_told,
    a_terminal_that_is_not_set_up_is_left_alone,
]

if not private_run.is_possible():
    print("1..0 # SKIP a mount namespace needs root")
    sys.exit(0)
private_run.enter()
sys.exit(run_each(TESTS))
