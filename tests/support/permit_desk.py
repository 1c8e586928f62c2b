# SPDX-License-Identifier: Apache-2.0
"""A terminal at which permits are asked for, approved and used."""

import contextlib
import datetime
import os
import pathlib
import struct
import sys
import tempfile

from agent_terminal import becomes, terminal
from each import run_each
from orders import Office, give
from registers import medium, register
from stick_in_use import PERSON, STICK, Disk

ACT, ACTED, ACCEPTED, WRONG = 128, 129, 1, 2
REQUEST = struct.Struct("=32s64s64s64s64sI3072s")
REPLY = struct.Struct("=BB2xIQ64s")
POLICY = "rule by-permit allow {\n    only storage\n    permit write\n}\n"
OURS = medium("T-1", STICK["serial"]).replace("encryption none", "encryption hardware")
OTHER = medium("T-2", "ABCDEF012345").replace("encryption none", "encryption hardware")
WELFARE = 'section welfare {\n    name "welfare"\n    approver mori\n}\n'

office = Office(sys.argv.pop(2))


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


def clocks(wall, boot):
    """By how many seconds those of the agents are off."""
    pathlib.Path(os.environ["SHIFTED_CLOCK"]).write_text(f"{wall} {boot}\n", encoding="ascii")


def run_with_clocks(tests, preload):
    """run_each() with clocks() that begin right, behind the simulated devices, in the agents alone that are started from here."""
    def fresh(test):
        def run():
            clocks(0, 0)
            test()
        run.__name__ = test.__name__
        return run

    os.environ["LD_PRELOAD"] = f"{os.environ.get('LD_PRELOAD', '')} {os.path.abspath(preload)}"
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["SHIFTED_CLOCK"] = f"{folder}/clock"
            return run_each([fresh(test) for test in tests])
    finally:
        office.close()


@contextlib.contextmanager
def desk(**options):
    """A terminal with a register, whose policy opens what is permitted, and somebody at it."""
    with terminal(policy="# nothing\n", **options) as t:
        assert give(t, office.order(1, "lgwan", permits_by="suzuki"))[0] == 0
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
