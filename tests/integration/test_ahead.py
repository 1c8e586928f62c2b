#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Keyboards that sekishod opens when the kernel announces them, and those that it leaves to udev's rules.

usage: umockdev-wrapper test_ahead.py SEKISHOD
"""

import contextlib
import os
import pathlib
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import becomes, stays, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_usb import KEYBOARD, STORAGE, descriptors  # noqa: E402

MOUSE, HUB = (3, 1, 2), (9, 0, 0)


def announced(t, interfaces=(KEYBOARD,), ident="1111:2222", port="1-1", shown=None):
    """@shown: what the kernel has made of the interfaces, where it is something else."""
    device = t.bus.plug(port, ident, list(shown or interfaces), cold=True)
    device.appear(ident, interfaces)
    return device


def configured(t, device):
    """As the kernel says when the device is authorised."""
    t.bus.bed.set_attribute(device.path, "bConfigurationValue", "1")


def left_alone(t, device):
    becomes("seen", lambda: t.state()["devices"] == 1)
    stays("left to the rules", lambda: not device.authorized() and not device.authorized(0), 0.4)


def a_keyboard_is_open_before_udev_has_looked():
    with terminal() as t:
        keyboard = announced(t)
        becomes("open", lambda: keyboard.authorized() and keyboard.authorized(0))
        becomes("its driver", lambda: t.bus.last_bound("usbhid") == "1-1:1.0")
        assert t.bus.last_probed() == "", "whichever driver fits was looked for"
        configured(t, keyboard)
        keyboard.announce()
        becomes("said", lambda: t.log.find(type="usb.static", vid="1111", interface="0"))
        stays("open, said once", lambda: keyboard.authorized(0) and len(t.log.find(vid="1111")) == 1, 2.5)


def not_before_the_kernel_is_done_with_the_device():
    """Who authorises it earlier has it configured twice, and opens what is no more."""
    with terminal() as t:
        keyboard = t.bus.plug("1-1", "1111:2222", [KEYBOARD], cold=True)
        keyboard.show("1111:2222", [KEYBOARD])
        left_alone(t, keyboard)
        keyboard.configurable()
        becomes("open", lambda: keyboard.authorized() and keyboard.authorized(0))


def every_part_of_it_is():
    with terminal() as t:
        both = announced(t, [KEYBOARD, MOUSE])
        becomes("open", lambda: both.authorized(0) and both.authorized(1))


def with_udevd_stopped_it_is_said_too():
    with terminal() as t:
        keyboard = announced(t)
        becomes("open", lambda: keyboard.authorized(0))
        configured(t, keyboard)
        becomes("said", lambda: t.log.find(type="usb.static", interface="0"), 4)
        assert not t.log.find(reason="gate_shut")


def with_udevd_stopped_a_stick_is_refused_once():
    with terminal() as t:
        announced(t, [STORAGE])
        becomes("refused", lambda: t.log.find(type="device.block", rule="default"))
        announced(t, port="1-2")
        stays("said once", lambda: len(t.log.find(type="device.block", port="1-1")) == 1, 3)


def one_that_has_gone_again_is_not_said_to_be_shut():
    with terminal() as t:
        keyboard = announced(t)
        becomes("open", lambda: keyboard.authorized(0))
        t.bus.unplug(keyboard, announce=False)
        stays("nothing", lambda: not t.log.find(type="device.block"), 2.5)


def what_is_more_than_that_waits():
    with terminal() as t:
        left_alone(t, announced(t, [KEYBOARD, STORAGE]))


def a_hub_waits():
    with terminal() as t:
        left_alone(t, announced(t, [HUB]))


def what_the_kernel_reads_otherwise_stays_shut():
    with terminal() as t:
        liar = announced(t, shown=[STORAGE])
        becomes("the device", liar.authorized)
        stays("its interface is shut", lambda: not liar.authorized(0), 0.4)
        more = announced(t, port="1-2", shown=[KEYBOARD, STORAGE])
        becomes("the device", more.authorized)
        stays("its interface is shut", lambda: not more.authorized(0), 0.4)


def one_that_a_rule_takes_away_waits():
    with terminal() as t:
        left_alone(t, announced(t, ident="dead:beef"))


def one_that_must_be_registered_waits():
    with terminal(policy="rule ours allow {\n\tusb 1111:2222\n\tonly keyboard\n}\nrule others block {\n\tinterface keyboard\n}\n") as t:
        becomes("asked for", (t.gate / "ask-input").exists)
        left_alone(t, announced(t))
        (t.gate / "ask-input").unlink()  # somebody did
        again = announced(t, port="1-2")
        becomes("seen", lambda: t.state()["devices"] == 2)
        stays("left to the rules", lambda: not again.authorized(), 0.4)


def one_of_two_configurations_or_of_none_waits():
    """Which one it will be is the kernel's choice; number 0 is that of a device without one."""
    one = bytearray(descriptors("1111:2222", [KEYBOARD]))
    two, none = one[:], one[:]
    two[17], none[18 + 5] = 2, 0
    with terminal() as t:
        for number, shown in enumerate((two + one[18:], none), 1):
            device = t.bus.plug(f"1-{number}", "1111:2222", [KEYBOARD], cold=True)
            t.bus.bed.set_attribute_binary(device.path, "descriptors", bytes(shown))
            t.bus.bed.uevent(device.path, "add")
            device.configurable()
            becomes("seen", lambda number=number: t.state()["devices"] == number)
            stays("left to the rules", lambda device=device: not device.authorized(), 0.4)


def nothing_opens_where_the_interface_gate_is_open():
    with terminal() as t:
        pathlib.Path(t.bus.hub.file("interface_authorized_default")).write_text("1\n", encoding="ascii")
        left_alone(t, announced(t))


def nothing_opens_while_a_marker_denies_it():
    with terminal() as t:
        (t.gate / "deny-001-002").touch()
        left_alone(t, announced(t))


def nothing_opens_while_a_marker_wants_it_registered():
    with terminal() as t:
        (t.gate / "ask-input").touch()
        left_alone(t, announced(t))


def nothing_opens_before_set_up():
    with terminal(set_up=False) as t:
        left_alone(t, announced(t))


def nothing_opens_without_the_driver():
    with terminal() as t:
        os.unlink(os.path.join(t.bus.drivers, "usbhid/bind"))
        left_alone(t, announced(t))


def one_that_gets_another_driver_is_shut():
    with terminal() as t:
        turncoat = announced(t)
        becomes("open", lambda: turncoat.authorized(0))
        configured(t, turncoat)
        for driver, is_open in (("usbhid", True), ("cdc_subset", False)):
            t.bus.bed.set_property(turncoat.interfaces[0], "DRIVER", driver)
            t.bus.bed.uevent(turncoat.interfaces[0], "bind")
            becomes("seen", lambda is_open=is_open: turncoat.authorized(0) == is_open)
            stays("so", lambda is_open=is_open: turncoat.authorized(0) == is_open, 0.3)


def slowly(t, interfaces):
    """A device that takes long to get the driver of its first interface, and what holds that up."""
    slow = t.bus.plug("1-1", "1111:2222", interfaces, cold=True)
    gate = slow.file(slow.interface(0), "authorized")
    os.unlink(gate)
    os.mkfifo(gate)
    fifo = os.open(gate, os.O_RDWR | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while os.write(fifo, b"x" * 4096):
            pass            # full: who writes more waits
    slow.appear("1111:2222", interfaces)
    becomes("begun", slow.authorized)
    return slow, fifo


def what_is_denied_meanwhile_opens_no_further():
    with terminal() as t:
        both, fifo = slowly(t, [KEYBOARD, MOUSE])
        (t.gate / "deny-001-002").touch()
        while not t.bus.last_bound("usbhid"):
            with contextlib.suppress(BlockingIOError):
                os.read(fifo, 4096)
        stays("its other part is shut", lambda: not both.authorized(1), 0.4)
        os.close(fifo)


def a_device_that_takes_its_time_holds_nobody_else_up():
    with terminal() as t:
        _, fifo = slowly(t, [KEYBOARD])
        other = announced(t, ident="1111:3333", port="1-2")
        becomes("seen", lambda: t.state()["devices"] == 2)
        stays("the next one is left to the rules meanwhile", lambda: not other.authorized(), 0.4)
        stick = t.bus.plug("1-3", "0951:1666", [STORAGE], serial="60A44C413FAE")
        becomes("a stick is judged", lambda: stick.authorized(0))
        while not other.authorized(0):
            with contextlib.suppress(BlockingIOError):
                os.read(fifo, 4096)
        os.close(fifo)


def the_thread_keeps_less_than_the_agent():
    with terminal() as t:
        threads = {int(path.name): path for path in pathlib.Path(f"/proc/{t.process.pid}/task").iterdir()}
        del threads[t.process.pid]
        assert threads, "there is none"
        for path in threads.values():
            status = dict(line.split(":\t", 1) for line in (path / "status").read_text(encoding="ascii").splitlines())
            assert status["Seccomp"] == "2" and int(status["CapPrm"], 16) == 0, status


TESTS = [
    a_keyboard_is_open_before_udev_has_looked,
    not_before_the_kernel_is_done_with_the_device, every_part_of_it_is, with_udevd_stopped_it_is_said_too,
    with_udevd_stopped_a_stick_is_refused_once,
    one_that_has_gone_again_is_not_said_to_be_shut, what_is_more_than_that_waits,
    a_hub_waits, what_the_kernel_reads_otherwise_stays_shut, one_that_a_rule_takes_away_waits, one_that_must_be_registered_waits,
    one_of_two_configurations_or_of_none_waits,
    nothing_opens_where_the_interface_gate_is_open, nothing_opens_while_a_marker_denies_it,
    nothing_opens_while_a_marker_wants_it_registered, nothing_opens_before_set_up, nothing_opens_without_the_driver,
    one_that_gets_another_driver_is_shut,
    what_is_denied_meanwhile_opens_no_further, a_device_that_takes_its_time_holds_nobody_else_up, the_thread_keeps_less_than_the_agent,
]
sys.exit(run_each(TESTS))
