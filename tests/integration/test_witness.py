#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who was there: sekishod asks the real sekisho-otpd whether people are who they say.

usage: test_witness.py SEKISHO_OTPD SHIFTED_CLOCK_SO [TEST...]
"""

import ast
import contextlib
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import accounts  # noqa: E402
import lost_client  # noqa: E402
from each import run_each_private  # noqa: E402
from lost_client import as_nobody, as_user  # noqa: E402
from otpd_client import ERROR, RESULTS, Phone, steady, words  # noqa: E402

OTPD, PRELOAD = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
SOCKET = pathlib.Path("/run/sekisho/sock/otp")
WITNESS, WITNESSED = 140, 141
REQUEST, REPLY = struct.Struct("=B7x64s64s64s64s64s"), struct.Struct("=BB2xIi4x256s")
EINVAL, EPERM, ENOENT = -22, -1, -2
NOBODY_THERE = ("", "")


@contextlib.contextmanager
def machine():
    """suzuki, tanaka and mori administer, abe and kato do not, twin is suzuki by another name; mori has no token."""
    accounts.be({"suzuki": (61001, True), "tanaka": (61002, True), "mori": (61003, True), "abe": (61004, False),
                 "kato": (61005, False), "twin": (61001, True)})
    with lost_client.machine(OTPD, PRELOAD, SOCKET) as (otpd, log):
        steady(12)
        yield otpd, log, {name: otpd.enroll(name) for name in ("suzuki", "tanaka", "abe", "kato", "twin", "ghost")}


def witness(otpd, admins, issuer, approver=NOBODY_THERE, user=""):
    """(result, whether it is of the approver), or (errno, why)."""
    kind, body = otpd.call(WITNESS, REQUEST.pack(admins, *(word.encode() for word in (user, *issuer, *approver))))
    if kind == ERROR:
        return struct.unpack_from("=i", body)[0], words(body[4:])
    assert kind == WITNESSED, kind
    result, is_approver, _, code, detail = REPLY.unpack(body)
    assert (code < 0) == bool(words(detail)) and (code == 0 or result == 0), body
    return (code, words(detail)) if code < 0 else (RESULTS[result], bool(is_approver))


def refused(otpd, log, code, *words_, **more):
    """Why; nobody's code was tried for it."""
    n_events = len(log.events)
    answer = witness(otpd, *words_, **more)
    assert answer[0] == code and "remedy: " in answer[1], (words_, answer)
    assert len(log.events) == n_events, "somebody's code was tried"
    return answer[1]


def made_by(otpd, uid, user):
    """A confirmed token of USER that this person made."""
    steady(12)
    phone = Phone(ast.literal_eval(as_user(uid, lambda: otpd.begin(user).key)))
    assert ast.literal_eval(as_user(uid, lambda: otpd.confirm(user, phone.code(-1)))) == "ACCEPTED"
    return phone


def root_alone_may_ask():
    with machine() as (otpd, log, phones):
        n_events = len(log.events)
        people = ("suzuki", phones["suzuki"].code(1)), ("tanaka", phones["tanaka"].code(1))
        assert as_user(61001, lambda: witness(otpd, True, *people)[0]) == str(EPERM)
        assert as_user(61001, lambda: witness(otpd, True, people[0])[0]) == str(EPERM)
        assert as_nobody(lambda: witness(otpd, False, ("suzuki", ""), people[1])[0]) == str(EPERM)
        assert len(log.events) == n_events
        assert witness(otpd, True, *people) == ("ACCEPTED", True)


def what_is_no_question_tries_no_code():
    with machine() as (otpd, log, phones):
        n_events, code = len(log.events), phones["suzuki"].code(1)
        for odd in ((True, ("", code)), (True, ("suzuki", "")), (False, ("suzuki", "")), (True, ("suz\nuki", code)),
                    (True, ("suzuki", code), ("tan\naka", code)), (True, ("s" * 64, code)), (True, ("suzuki", "1" * 64)),
                    (False, ("suzuki", ""), ("tanaka", "1" * 64))):
            assert witness(otpd, *odd)[0] == EINVAL, odd
        assert witness(otpd, True, ("suzuki", code), user="x\n")[0] == EINVAL
        assert len(log.events) == n_events
        assert witness(otpd, True, ("suzuki", code)) == ("ACCEPTED", False)


def two_administrators():
    with machine() as (otpd, log, phones):
        suzuki, tanaka, abe = ((name, phones[name].code(1)) for name in ("suzuki", "tanaka", "abe"))
        assert "two people" in refused(otpd, log, EINVAL, True, suzuki, suzuki)
        assert "two people" in refused(otpd, log, EINVAL, True, suzuki, ("twin", phones["twin"].code(1)))
        for other, code in ((abe, EPERM), (("ghost", phones["ghost"].code(1)), EPERM), (("mori", "123456"), ENOENT)):
            refused(otpd, log, code, True, suzuki, other)
            refused(otpd, log, code, True, other, suzuki)
        for user in ("suzuki", "tanaka", "twin"):
            assert "three people" in refused(otpd, log, EINVAL, True, suzuki, tanaka, user=user)
        assert witness(otpd, True, ("suzuki", phones["suzuki"].wrong()), tanaka) == ("WRONG", False)
        assert witness(otpd, True, ("suzuki", ""), tanaka)[0] != "ACCEPTED"
        assert witness(otpd, True, suzuki, ("tanaka", phones["tanaka"].wrong())) == ("WRONG", True)
        assert witness(otpd, True, suzuki, tanaka) == ("USED", False)
        otpd.shift(wall=30)
        suzuki = ("suzuki", phones["suzuki"].code(2))
        assert witness(otpd, True, suzuki, tanaka, user="abe") == ("ACCEPTED", True)
        assert phones["suzuki"].code(2) not in repr(log.events) and tanaka[1] not in repr(log.events)


def two_administrators_who_share_no_token():
    with machine() as (otpd, log, phones):
        mori = made_by(otpd, 61001, "mori")
        assert "suzuki made or assigned the token of mori" in refused(
            otpd, log, EPERM, True, ("suzuki", phones["suzuki"].code(1)), ("mori", mori.code(1)))
        refused(otpd, log, EPERM, True, ("mori", mori.code(1)), ("suzuki", phones["suzuki"].code(1)))
        assert witness(otpd, True, ("tanaka", phones["tanaka"].code(1)), ("mori", mori.code(1))) == ("ACCEPTED", True)


def one_administrator():
    with machine() as (otpd, log, phones):
        refused(otpd, log, EPERM, True, ("abe", phones["abe"].code(1)))
        refused(otpd, log, EPERM, True, ("ghost", phones["ghost"].code(1)))
        refused(otpd, log, ENOENT, True, ("mori", "123456"))
        assert witness(otpd, True, ("suzuki", phones["suzuki"].wrong())) == ("WRONG", False)
        assert witness(otpd, True, ("suzuki", phones["tanaka"].code(1))) == ("WRONG", False)
        right = ("suzuki", phones["suzuki"].code(1))
        assert witness(otpd, True, right) == ("ACCEPTED", False)
        assert witness(otpd, True, right) == ("USED", False)
        for step in range(2, 6):  # one that is used already counts like a wrong one
            otpd.shift(wall=30 * step)
            assert witness(otpd, True, ("suzuki", phones["suzuki"].wrong()))[0] == "WRONG", step
        assert witness(otpd, True, ("suzuki", phones["suzuki"].code(7))) == ("LOCKED", False)


def an_approver_alone():
    with machine() as (otpd, log, phones):
        kato = ("kato", phones["kato"].code(1))
        assert "two people" in refused(otpd, log, EINVAL, False, ("kato", ""), kato)
        assert "two people" in refused(otpd, log, EINVAL, False, ("suzuki", ""), ("twin", phones["twin"].code(1)))
        assert "for himself" in refused(otpd, log, EINVAL, False, ("abe", ""), kato, user="kato")
        assert "for himself" in refused(otpd, log, EINVAL, False, ("abe", ""), ("suzuki", phones["suzuki"].code(1)),
                                        user="twin")
        refused(otpd, log, EPERM, False, ("abe", ""), ("ghost", phones["ghost"].code(1)))
        assert "mori" in (told := refused(otpd, log, ENOENT, False, ("mori", ""), kato)), told
        refused(otpd, log, ENOENT, False, ("abe", ""), ("mori", "123456"))
        assert witness(otpd, False, ("abe", ""), ("kato", phones["kato"].wrong())) == ("WRONG", True)
        assert witness(otpd, False, ("abe", ""), kato, user="abe") == ("ACCEPTED", True)
        assert witness(otpd, False, ("abe", ""), kato) == ("USED", True)
        assert witness(otpd, False, ("abe", "000000"), ("suzuki", phones["suzuki"].code(1))) == ("ACCEPTED", True)


def an_approver_whose_token_the_issuer_made():
    with machine() as (otpd, log, phones):
        mori = made_by(otpd, 61001, "mori")
        assert "suzuki made or assigned the token of mori" in refused(
            otpd, log, EPERM, False, ("suzuki", ""), ("mori", mori.code(1)))
        refused(otpd, log, EPERM, False, ("twin", ""), ("mori", mori.code(1)))
        own = made_by(otpd, 61003, "mori")
        assert witness(otpd, False, ("suzuki", ""), ("mori", mori.code(1))) == ("WRONG", True), "that one"
        assert witness(otpd, False, ("suzuki", ""), ("mori", own.code(1))) == ("ACCEPTED", True)
        assert witness(otpd, False, ("tanaka", ""), ("mori", mori.code(1)))[0] == "ACCEPTED", "who has not seen it"


def wrong_codes_of_the_approver_are_the_issuers_own():
    with machine() as (otpd, _, phones):
        for step in range(2, 7):
            otpd.shift(wall=30 * step)
            assert witness(otpd, False, ("abe", ""), ("kato", phones["kato"].wrong())) == ("WRONG", True), step
        otpd.shift(wall=210)
        assert witness(otpd, False, ("abe", ""), ("kato", phones["kato"].code(7)))[0] == "LOCKED", "he may go on guessing"
        assert witness(otpd, False, ("abe", ""), ("suzuki", phones["suzuki"].code(7)))[0] == "LOCKED", "at another's"
        assert otpd.prove("kato", phones["kato"].code(7)) == "ACCEPTED", "the approver is locked out"
        otpd.again().shift(wall=240)
        assert witness(otpd, False, ("abe", ""), ("kato", phones["kato"].code(8)))[0] == "LOCKED", "forgotten"
        assert witness(otpd, False, ("suzuki", ""), ("kato", phones["kato"].code(8)))[0] == "ACCEPTED", "for others"
        assert otpd.unlock("abe") == "ACCEPTED"
        otpd.shift(wall=270)
        assert witness(otpd, False, ("abe", ""), ("kato", phones["kato"].code(9))) == ("ACCEPTED", True)


def each_code_that_was_tried_is_logged():
    with machine() as (otpd, log, phones):
        log.events.clear()
        people = ("suzuki", phones["suzuki"].code(1)), ("tanaka", phones["tanaka"].wrong())
        assert witness(otpd, True, *people) == ("WRONG", True)
        assert otpd.stop() == 0  # what it had to say is said
        assert [(event["type"], event["user"]) for event in log.events] == [
            ("mfa.success", "suzuki"), ("mfa.fail", "tanaka")], log.events


TESTS = [
    root_alone_may_ask, what_is_no_question_tries_no_code, two_administrators, two_administrators_who_share_no_token,
    one_administrator, an_approver_alone, an_approver_whose_token_the_issuer_made,
    wrong_codes_of_the_approver_are_the_issuers_own, each_code_that_was_tried_is_logged,
]


if __name__ == "__main__":
    sys.exit(run_each_private(TESTS))
