#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A medium is used under a permit: who makes one, what it opens, and what it does not.

usage: umockdev-wrapper test_permits.py SEKISHOD SEKISHO [TEST...]
"""

import contextlib
import datetime
import pathlib
import struct
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import becomes, stays, terminal  # noqa: E402
from each import run_each  # noqa: E402
from orders import Office, give  # noqa: E402
from registers import medium, register  # noqa: E402
from stick_in_use import PERSON, STICK, Disk  # noqa: E402

ACT, ACTED, ACCEPTED, WRONG = 128, 129, 1, 2
REQUEST = struct.Struct("=32s64s64s64s64sI3072s")
REPLY = struct.Struct("=BB2xIQ64s")
POLICY = "rule by-permit allow {\n    only storage\n    permit write\n}\n"
OURS = medium("T-1", STICK["serial"]).replace("encryption none", "encryption hardware")
OTHER = medium("T-2", "ABCDEF012345").replace("encryption none", "encryption hardware")
WELFARE = 'section welfare {\n    name "welfare"\n    approver mori\n}\n'


class PluggedDisk(Disk):
    def announce(self, action):
        self.bed.set_attribute(self.path, "diskseq", str(self.diskseq))
        super().announce(action)


def act(t, what, approver="ito", code="123456", **fields):
    """The result and the number, or what is wrong."""
    packed = "".join(f"{key}\0{value}\0" for key, value in fields.items()).encode()
    kind, body = t.ask(ACT, REQUEST.pack(what.encode(), b"nobody", b"", approver.encode(), code.encode(),
                                         len(packed), packed))
    if kind != ACTED:
        return None, body[4:].split(b"\0")[0].decode()
    result, _, _, _, number = REPLY.unpack(body)
    return result, number.split(b"\0")[0].decode()


def minute(hours):
    return (datetime.datetime.now() + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def request(t, **fields):
    return act(t, "permit.request", approver="", code="", **{
        "purpose": "tax", "classification": "3A", "medium_number": "T-1", "access": "write", "uses": "1",
        "from": minute(-1), "until": minute(2)} | fields)


def asked(t, **fields):
    result, number = request(t, **fields)
    assert result == ACCEPTED, number
    return number


def approved(t, **fields):
    number = asked(t, **fields)
    done = act(t, "permit.approve", permit=number)
    assert done[0] == ACCEPTED, done
    return number


def signed(what, name, text):
    (office.dir / name).write_text(text, encoding="utf-8")
    (office.dir / f"{name}.signed").unlink(missing_ok=True)
    office.run(what, "sign", name, "--key", "suzuki.key")
    return (office.dir / f"{name}.signed").read_bytes()


@contextlib.contextmanager
def desk():
    """A terminal with a register, whose policy opens what is permitted, and somebody at it."""
    with terminal(policy="# nothing\n") as t:
        assert give(t, office.order(1, "lgwan"))[0] == 0
        t.policy.write_bytes(office.policy(1, POLICY))
        becomes("the policy", lambda: t.state()["version"] == 1)
        t.sit(PERSON)
        new = t.root / "new"
        new.write_bytes(signed("media", "city.register", register(3, WELFARE, OURS, OTHER)))
        new.chmod(0o644)
        new.rename(t.root / "sekisho.register")
        becomes("the register", lambda: t.state()["register"])
        yield t


def stored(t, number):
    return (t.root / "state/permits" / number).read_text(encoding="utf-8")


def plug(t, port="1-1", diskseq=77):
    stick = t.bus.plug(port, **STICK)
    becomes("open", lambda: stick.authorized(0))
    return stick, PluggedDisk(t, stick, diskseq=diskseq)


def without_one_nothing_opens():
    with desk() as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("the verdict", lambda: t.log.find(type="device.block"))
        asked(t)
        stays("shut, for it is not approved", lambda: not stick.authorized(0), 0.3)


def who_may_not_approve_does_not():
    with desk() as t:
        number = asked(t)
        for approver in ("nobody", "mori", "suzuki"):
            assert act(t, "permit.approve", approver=approver, permit=number)[0] is None, approver
        assert act(t, "permit.approve", code="999999", permit=number)[0] == WRONG
        assert "stage requested" in stored(t, number) and not t.log.find(type="permit.approve")


def what_cannot_be_asked_for():
    with desk() as t:
        for fields in ({"medium_number": "T-9"}, {"until": minute(-0.5)}, {"until": minute(24 * 400)}, {"uses": "0"},
                       {"from": minute(3)}, {"purpose": "fun"}, {"classification": "4"}):
            assert request(t, **fields)[0] is None, fields
        asked(t)
        assert "same medium and time" in request(t)[1]
        assert len(t.log.find(type="permit.request")) == 1


def a_use_is_logged_and_counted_before_it_opens():
    with desk() as t:
        number = approved(t)
        plug(t)
        becomes("mounted", lambda: t.media.mounts)
        assert t.log.find(type="permit.use", permit=number, used="1", uses="1"), t.log.events
        assert "used 1\n" in stored(t, number)


def a_log_that_refuses_the_use_opens_nothing():
    with desk() as t:
        number = approved(t)
        t.log.answers["permit.use"] = -28
        plug(t)
        becomes("tried", lambda: t.log.find(type="permit.use"))
        stays("shut", lambda: not t.media.mounts, 0.5)
        assert "used 0\n" in stored(t, number)
        t.log.answers.clear()
        becomes("open at last", lambda: t.media.mounts, 10)
        assert "used 1\n" in stored(t, number)


def a_log_that_refuses_approves_nothing():
    with desk() as t:
        number = asked(t)
        t.log.answers["permit.approve"] = -28
        assert act(t, "permit.approve", permit=number)[0] is None
        assert "stage requested" in stored(t, number)


def an_agent_that_is_killed_counts_no_other_use():
    with desk() as t:
        number = approved(t)
        _, disk = plug(t)
        becomes("mounted", lambda: t.media.mounts)
        t.kill()
        disk.uevent.write_bytes(disk.properties)
        t.start("agent.start", len(t.log.find(type="agent.start")) + 1)
        stays("counted once", lambda: len(t.log.find(type="permit.use")) == 1, 0.5)
        assert "used 1\n" in stored(t, number)


def another_medium_does_not_open():
    with desk() as t:
        approved(t)
        other = t.bus.plug("1-2", **STICK | {"serial": "ABCDEF012345"})
        becomes("the verdict", lambda: t.log.find(type="device.block", medium_number="T-2"))
        stays("shut", lambda: not other.authorized(0), 0.3)


def a_file_that_is_damaged_holds_no_more():
    with desk() as t:
        number = approved(t)
        (t.root / "state/permits" / number).write_text("nonsense {\n}\n", encoding="utf-8")
        t.restart()
        stick = t.bus.plug("1-1", **STICK)
        becomes("the verdict", lambda: t.log.find(type="device.block", medium_number="T-1"))
        assert not stick.authorized(0) and number in (t.root / "journal").read_text()


TESTS = [
    without_one_nothing_opens, who_may_not_approve_does_not, what_cannot_be_asked_for,
    a_use_is_logged_and_counted_before_it_opens, a_log_that_refuses_the_use_opens_nothing,
    a_log_that_refuses_approves_nothing, an_agent_that_is_killed_counts_no_other_use, another_medium_does_not_open,
    a_file_that_is_damaged_holds_no_more,
]
office = Office(sys.argv.pop(2))
try:
    status = run_each(TESTS)
finally:
    office.close()
sys.exit(status)
