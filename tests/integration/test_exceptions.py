#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Exceptions: who declares one, what it opens, and that it ends, whatever becomes of clock, agent and file.

usage: umockdev-wrapper test_exceptions.py SEKISHOD SEKISHO SHIFTED_CLOCK_SO BENT_TIMERS_SO [TEST...]
(as root: in a mount namespace of its own)
"""

import contextlib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

import accounts  # noqa: E402
import private_run  # noqa: E402
from agent_terminal import becomes, sanitizer_first, stays, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_usb import STORAGE  # noqa: E402
from lost_client import as_user  # noqa: E402
from orders import ENVIRONMENT  # noqa: E402

SEKISHO, SHIFTED, BENT = (os.path.abspath(word) for word in sys.argv[2:5])
ACT, ACTED, ACCEPTED, WRONG, ENOSPC = 128, 129, 1, 2, -28
REQUEST = struct.Struct("=32s64s64s64s64sI3072s")
REPLY = struct.Struct("=BB2xIQ64s")
CODE, HOUR = "123456", 3600
POLICY = "rule in-a-flood allow {\n    only storage\n    exception flood\n}\n"
ADMIN, CLERK = 61001, 61002


@contextlib.contextmanager
def desk(**options):
    accounts.be({"sato": (ADMIN, True), "mori": (CLERK, False)})
    with terminal(policy=POLICY, **options) as t:
        t.root.chmod(0o711)
        private_run.show_agent(t)
        yield t


class Clock:
    """What the clocks of an agent say; its timers come at once, time being what this says."""

    def __init__(self, path):
        self.path = path
        os.environ |= {"SHIFTED_CLOCK": str(path)}
        self.shift()

    def shift(self, wall=0, boot=0):
        new = self.path.with_suffix(".new")
        new.write_text(f"{wall} {boot}\n", encoding="ascii")
        new.rename(self.path)


@contextlib.contextmanager
def clocked(*preload):
    """A terminal whose clocks a test sets."""
    with desk(started=False) as t:
        clock = Clock(t.root / "clock")
        before = os.environ.get("LD_PRELOAD", "")
        os.environ["LD_PRELOAD"] = " ".join([*preload, before])
        try:
            t.start()
            yield t, clock
            clock.shift()
        finally:
            os.environ["LD_PRELOAD"] = before


def act(t, what, issuer="sato", approver="ito", codes=(CODE, CODE), **fields):
    """The result and the name, or what is wrong."""
    packed = "".join(f"{key}\0{value}\0" for key, value in fields.items()).encode()
    names = [word.encode() for word in (what, issuer, codes[0], approver, codes[1])]
    kind, body = t.ask(ACT, REQUEST.pack(*names, len(packed), packed))
    if kind != ACTED:
        return None, body[4:].split(b"\0")[0].decode()
    result, is_approver, _, _, number = REPLY.unpack(body)
    return result, number.split(b"\0")[0].decode() or is_approver


def declare(t, name="flood", hours="2", **more):
    return act(t, "exception.declare", **{"exceptions": name, "reason": "the river", "hours": hours} | more)


def declared(t, *words, **more):
    assert declare(t, *words, **more)[0] == ACCEPTED


def end(t, name="flood", **more):
    return act(t, "exception.end", approver="", codes=(CODE, ""), **{"exceptions": name, "reason": "it is dry"} | more)


def sekisho(*words, answers="", user=None):
    done = subprocess.run([SEKISHO, *words], env=ENVIRONMENT | {"LANG": "C"}, input=answers, capture_output=True,
                          text=True, check=False, user=user)
    return done.returncode, done.stdout + done.stderr


def names(*words):
    return [row["name"] for row in json.loads(sekisho("exception", "list", "--json", *words)[1])]


def gates():
    """The lines of `sekisho status` on exceptions, and whether they are good."""
    return [(gate["closed"], gate["detail"]) for gate in json.loads(sekisho("status", "--json")[1])["gates"]
            if gate["gate"] == "except"]


def plug(t, port="1-1"):
    return t.bus.plug(port, "0951:1666", [STORAGE], "60A44C413FAE", "Stick")


def left_s():
    return int(json.loads(sekisho("exception", "list", "--json")[1])[0]["left_s"])


def kept(t, word):
    """What the file says behind that word."""
    return int(re.search(rf"{word} (\d+)", (t.root / "state/exceptions").read_text(encoding="utf-8"))[1])


def two_administrators_declare_one():
    with desk() as t:
        assert declare(t, approver="")[0] is None and declare(t, codes=("", CODE))[0] is None
        assert declare(t, codes=("1", CODE)) == (WRONG, 0) and declare(t, codes=(CODE, "1")) == (WRONG, 1)
        assert as_user(CLERK, lambda: declare(t, issuer="mori")[0]) == "None"
        assert as_user(CLERK, lambda: declare(t, issuer="sato")[1]) == repr(
            "you are not the issuer you name; remedy: leave out --issuer")
        assert as_user(CLERK, lambda: end(t, issuer="")[0]) == "None"
        assert not t.otp.asked[2:] and not t.log.find(type="exception.declare") and not names()
        assert as_user(ADMIN, lambda: declare(t, issuer="")) == repr((ACCEPTED, "flood"))
        entry = t.log.find(type="exception.declare")[0]
        assert {key: entry[key] for key in ("exceptions", "user", "approver", "reason", "detail")} == {
            "exceptions": "flood", "user": "sato", "approver": "ito", "reason": "the river", "detail": "2 h"}, entry
        assert t.otp.asked[-1] == (1, "sato", "ito") and names() == ["flood"]


def what_is_no_exception_uses_up_no_code():
    with desk() as t:
        for odd in ({"name": "Flood"}, {"name": ""}, {"hours": "0"}, {"hours": "73"}, {"hours": "long"},
                    {"reason": ""}, {"reason": "x" * 256}, {"ticket": "x" * 256}, {"reason": "a\nb"}):
            assert declare(t, **odd)[0] is None, odd
        assert not t.otp.asked
        for n in range(8):
            declared(t, f"flood-{n}")
        n_asked = len(t.otp.asked)
        assert "already" in declare(t, "flood-8")[1] and "already" in declare(t, "flood-7")[1]
        assert "no exception" in end(t, "fire")[1] and end(t, "flood-1", reason="expired")[0] is None
        assert len(t.otp.asked) == n_asked and len(names()) == 8 and len(gates()) == 8
        assert end(t, "flood-3")[0] == ACCEPTED
        declared(t, "flood-8")
        assert "flood-3" not in names() and "flood-8" in names()


def unlogged_none_is_declared():
    with desk() as t:
        t.log.answers["exception.declare"] = ENOSPC
        assert declare(t)[0] is None
        assert not names() and not (t.root / "state/exceptions").exists()
        t.log.answers.clear()
        declared(t)
        t.log.answers["exception.end"] = ENOSPC
        assert end(t)[0] is None and names() == ["flood"]


def rules_hold_only_while_it_is_declared():
    with desk() as t:
        stick = plug(t)
        becomes("the verdict", lambda: t.log.find(type="device.block"))
        declared(t, "fire")
        stays("shut, for it is another", lambda: not stick.authorized(0), 0.3)
        declared(t)
        becomes("open", lambda: stick.authorized(0))
        assert end(t)[0] == ACCEPTED
        becomes("shut again", lambda: not stick.authorized(0))
        assert names() == ["fire"] and t.log.find(type="exception.end", reason="it is dry", user="sato")


def status_and_list_are_loud():
    with desk() as t:
        assert sekisho("exception", "list")[0] == 0 and not gates()
        status, said = sekisho("exception", "declare", "flood", "--reason", "the river", "--hours", "2", "--issuer", "sato",
                               "--approver", "ito", answers=f"{CODE}\n{CODE}\n")
        assert status == 0 and "flood holds" in said and "No rule" not in said, said
        said = sekisho("exception", "declare", "fire", "--reason", "x", "--hours", "1", "--issuer", "sato",
                       "--approver", "ito", answers=f"{CODE}\n{CODE}\n")[1]
        assert "No rule of the policy in force asks for fire" in said, said
        (is_good, detail), _ = gates()
        assert not is_good and re.search("EXCEPTION flood is declared, (1 h 59|2 h 0) min left: the river", detail), detail
        assert "flood" in as_user(CLERK, gates), "told to some only"
        status, said = sekisho("status")
        assert status == 1 and any(line.startswith("OPEN") and "flood" in line for line in said.splitlines()), said
        rows = json.loads(sekisho("exception", "list", "--json")[1])
        assert [(row["name"], row["rules"]) for row in rows] == [("flood", "1"), ("fire", "0")], rows
        assert sekisho("exception", "list")[0] == 1
        said = sekisho("exception", "end", "flood", "--issuer", "sato", answers=f"{CODE}\n")[1]
        assert "flood is over" in said and len(gates()) == 1, said


def a_restart_ends_nothing_and_prolongs_nothing():
    with clocked(SHIFTED) as (t, clock):
        declared(t)
        clock.shift(HOUR, HOUR)
        t.restart()
        assert names() == ["flood"] and HOUR - 120 < left_s() <= HOUR, left_s()
        clock.shift(HOUR + 600, HOUR + 600)
        t.kill()
        t.start("agent.start", len(t.log.find(type="agent.start")) + 1)
        assert names() == ["flood"] and left_s() <= HOUR - 600, left_s()
        clock.shift(2 * HOUR + 5, 2 * HOUR + 5)
        t.restart()
        assert not names() and t.log.find(type="exception.end", exceptions="flood", reason="expired")


def it_ends_by_itself():
    with clocked(SHIFTED, BENT) as (t, clock):
        declared(t)
        stick = plug(t)
        becomes("open", lambda: stick.authorized(0))
        stays("declared", lambda: names() == ["flood"], 0.5)
        clock.shift(2 * HOUR + 5, 2 * HOUR + 5)
        becomes("over", lambda: t.log.find(type="exception.end", exceptions="flood", reason="expired"))
        becomes("shut", lambda: not stick.authorized(0))
        assert not names() and not gates() and "flood" not in (t.root / "state/exceptions").read_text()


def a_clock_that_is_set_back_prolongs_nothing():
    with clocked(SHIFTED, BENT) as (t, clock):
        declared(t)
        clock.shift(wall=-48 * HOUR)
        assert 2 * HOUR - 120 < left_s() <= 2 * HOUR, left_s()
        clock.shift(wall=-48 * HOUR, boot=HOUR)
        assert left_s() <= HOUR, left_s()
        t.restart()
        assert left_s() <= HOUR, left_s()
        clock.shift(wall=-48 * HOUR, boot=2 * HOUR + 5)
        becomes("over", lambda: t.log.find(type="exception.end", reason="expired"))
        clock.shift(wall=-48 * HOUR)
        t.restart()
        assert not names()


def a_clock_that_is_set_ahead_ends_it():
    with clocked(SHIFTED, BENT) as (t, clock):
        declared(t)
        clock.shift(wall=HOUR)
        becomes("kept", lambda: kept(t, "latest") - kept(t, "approved") >= HOUR)
        clock.shift()
        assert left_s() <= HOUR, "given back"
        clock.shift(wall=2 * HOUR + 5)
        becomes("over", lambda: not names())


def a_damaged_file_is_none_and_loud():
    with desk() as t:
        file = t.root / "state/exceptions"
        declared(t)
        text = file.read_text(encoding="utf-8")
        for damaged in ("nonsense {\n}\n", text[:len(text) // 2], text.replace("span 7200", "span 99999999"),
                        text.replace("exception flood", "exception ../x"), text * 9, "\0" + text, text.replace("boot", "boo")):
            t.kill()
            file.write_text(damaged, encoding="utf-8")
            t.start("agent.start", len(t.log.find(type="agent.start")) + 1)
            stick = plug(t)
            stays("shut", lambda: not stick.authorized(0), 0.3)
            t.bus.unplug(stick)
            assert not names(), damaged
            (is_good, detail), = gates()
            assert not is_good and "cannot be read: exceptions:" in detail, detail
            assert "no exception is in force" in (t.root / "journal").read_text(encoding="utf-8")
        declared(t)
        assert names() == ["flood"] and len(gates()) == 1 and "flood" in gates()[0][1]


TESTS = [
    two_administrators_declare_one, what_is_no_exception_uses_up_no_code, unlogged_none_is_declared,
    rules_hold_only_while_it_is_declared, status_and_list_are_loud, a_restart_ends_nothing_and_prolongs_nothing,
    it_ends_by_itself, a_clock_that_is_set_back_prolongs_nothing, a_clock_that_is_set_ahead_ends_it,
    a_damaged_file_is_none_and_loud,
]
if not private_run.is_possible():
    print("1..0 # SKIP only root has a mount namespace of his own")
    sys.exit(0)
private_run.enter()
private_run.own_state()
sys.exit(run_each(TESTS))
