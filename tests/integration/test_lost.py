#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Temporary codes through the real sekisho-otpd, the real module and the real command.

usage: test_lost.py SEKISHO_OTPD SHIFTED_CLOCK_SO SEKISHO PAM_LOGIN PAM_SEKISHO_SO PAM_PASSWORD_SO [TEST...]
"""

import ast
import concurrent.futures
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import accounts  # noqa: E402
import lost_client  # noqa: E402
from each import run_each_private  # noqa: E402
from fake_log import ACCEPT  # noqa: E402
from lost_client import END_TEMPORARY, ERROR, another_boot, as_nobody, as_user, digits, grouped  # noqa: E402
from otpd_client import Phone, stand_in, steady  # noqa: E402
from pam_stack import Stack  # noqa: E402

OTPD, PRELOAD, SEKISHO, *PAM = (pathlib.Path(word).resolve() for word in sys.argv[1:7])
SOCKET = pathlib.Path("/run/sekisho/sock/otp")
ENOSPC, EINVAL, EPERM, ENOENT = -28, -22, -1, -2
QUARTER = 900
REMOTE = "198.51.100.7"


def machine(name="terminal", path=SOCKET):
    return lost_client.machine(OTPD, PRELOAD, path, name)


def types(log):
    return [event["type"] for event in log.events]


def a_code_by_telephone_lets_in_once():
    with machine() as (otpd, log):
        result, terminal, challenge, _ = otpd.question("sato")
        assert result == "ACCEPTED" and terminal == os.uname().nodename
        assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", challenge), challenge
        code = digits(otpd.key.read_bytes(), "sato", terminal, challenge)
        assert otpd.result("sato", code.replace(" ", "-")) == "ACCEPTED"
        assert otpd.result("sato", code) == "USED"
        asked, used, again = log.events
        assert (asked["type"], used["type"], again["type"]) == (
            "code.challenge", "code.temporary", "code.fail"), log.events
        assert asked["ticket"] == used["ticket"] == challenge and used["count"] == "0", log.events
        assert code.replace(" ", "")[:12] not in repr(log.events), "the digits are in the log"


def what_was_misheard_is_told_and_does_not_count():
    with machine() as (otpd, log):
        code = otpd.temporary("sato").replace(" ", "")
        for at in range(16):
            for other in set("0123456789") - {code[at]}:
                edited = code[:at] + other + code[at + 1:]
                result, _, _, group = otpd.verify("sato", edited)
                assert (result, group) == ("MISTYPED", at // 4 + 1), (at, edited, result, group)
        for at in range(15):
            swapped = code[:at] + code[at + 1] + code[at] + code[at + 2:]
            if swapped != code:
                assert otpd.result("sato", swapped) == "MISTYPED", (at, swapped)
        assert otpd.result("sato", code[4:8] + code[:4] + code[8:]) == "MISTYPED"
        for odd in (code[:15], code + "1", code[:9]):
            assert otpd.verify("sato", odd)[::3] == ("MISTYPED", 0), odd
        assert types(log) == ["code.challenge"]
        assert otpd.result("sato", code) == "ACCEPTED"


def every_digit_counts():
    with machine() as (otpd, log):
        code = otpd.temporary("sato").replace(" ", "")
        data = "".join(code[n:n + 3] for n in range(0, 16, 4))
        for at in range(12):
            edited = data[:at] + str((int(data[at]) + 1) % 10) + data[at + 1:]
            assert otpd.result("sato", grouped(edited)) in ("WRONG", "LOCKED"), at
            if at % 4 == 3:
                assert otpd.end_temporary("sato") == "ACCEPTED"
                code = otpd.temporary("sato").replace(" ", "")
                data = "".join(code[n:n + 3] for n in range(0, 16, 4))
        assert otpd.result("sato", code) == "ACCEPTED"


def for_nobody_else_and_nowhere_else():
    with machine() as (otpd, log):
        key = otpd.key.read_bytes()
        _, terminal, challenge, _ = otpd.question("sato")
        _, _, other, _ = otpd.question("suzuki")
        assert otpd.result("suzuki", digits(key, "sato", terminal, challenge)) == "WRONG"
        assert otpd.result("suzuki", digits(key, "sato", terminal, other)) == "WRONG"
        assert otpd.result("ghost", digits(key, "ghost", terminal, challenge)) == "WRONG"
        assert otpd.result("sato", digits(key, "sato", "T-9999", challenge)) == "WRONG"
        assert otpd.result("sato", digits(os.urandom(32), "sato", terminal, challenge)) == "WRONG"
        assert otpd.result("sato", digits(key, "sato", terminal, challenge, 97, 1)) == "WRONG"
        assert otpd.result("sato", digits(key, "sato", terminal, challenge)) == "ACCEPTED"
        log.state = {"terminal": "T-0042", "zone": "mynumber"}
        otpd.order.write_text("changed\n", encoding="ascii")
        assert otpd.question("sato")[1] == "T-0042"


def a_new_challenge_ends_the_old_one():
    with machine() as (otpd, _):
        old = otpd.temporary("sato", uses=9)
        assert otpd.result("sato", old) == "ACCEPTED"
        new = otpd.temporary("sato")
        assert otpd.result("sato", old) == "WRONG"
        assert otpd.result("sato", new) == "ACCEPTED"
        more = otpd.temporary("sato", uses=2)
        assert [otpd.result("sato", more) for _ in range(3)] == ["ACCEPTED", "ACCEPTED", "USED"]


def one_challenge_takes_one_grant():
    with machine() as (otpd, _):
        key = otpd.key.read_bytes()
        _, terminal, challenge, _ = otpd.question("sato")
        assert otpd.result("sato", digits(key, "sato", terminal, challenge, 4, 2)) == "ACCEPTED"
        assert otpd.result("sato", digits(key, "sato", terminal, challenge, 96, 9)) == "USED"
        assert otpd.result("sato", digits(key, "sato", terminal, challenge, 4, 2)) == "ACCEPTED"


def it_ends_by_the_wall_clock_and_by_the_boot_clock():
    with machine() as (otpd, log):
        for clock in ({"wall": QUARTER}, {"boot": QUARTER}):
            code = otpd.temporary("sato", quarters=1, uses=9)
            assert otpd.result("sato", code) == "ACCEPTED"
            otpd.shift(**{name: seconds - 60 for name, seconds in clock.items()})
            assert otpd.result("sato", code) == "ACCEPTED", clock
            otpd.shift(**clock)
            assert otpd.result("sato", code) == "OVER", clock
            assert log.events[-1]["result"] == "over"
            otpd.shift()
            assert otpd.result("sato", code) == "OVER", "the clock was set back"
            otpd.again()
            assert otpd.result("sato", code) == "OVER", "forgotten"


def neither_clock_nor_restart_nor_reboot_prolongs_it():
    with machine() as (otpd, _):
        code = otpd.temporary("sato", quarters=2, uses=9)
        otpd.shift(wall=-86400 * 365, boot=1000)
        assert otpd.result("sato", code) == "ACCEPTED", "a clock set back takes nothing away"
        otpd.again()
        otpd.shift(wall=-86400 * 365, boot=1700)
        assert otpd.result("sato", code) == "ACCEPTED"
        otpd.shift(wall=-86400 * 365, boot=1800)
        assert otpd.result("sato", code) == "OVER"
        # One that has had 600 of its 1800 seconds before the reboot, 300 for it, and 900 since.
        otpd.shift()
        code = otpd.temporary("sato", quarters=2, uses=9)
        otpd.shift(boot=600)
        assert otpd.result("sato", code) == "ACCEPTED"
        otpd.kill()
        with another_boot(otpd.root / "boot"):
            uptime = int(time.clock_gettime(time.CLOCK_BOOTTIME))
            otpd.shift(wall=-600, boot=-uptime + 10)
            otpd.start()
            assert otpd.result("sato", code) == "ACCEPTED", "a reboot ends it"
            otpd.shift(wall=-600, boot=-uptime + 800)
            assert otpd.result("sato", code) == "ACCEPTED"
            otpd.shift(wall=-600, boot=-uptime + 900)
            assert otpd.result("sato", code) == "OVER", "prolonged by a reboot"


def a_wrong_clock_shuts_nobody_out():
    with machine() as (otpd, log):
        phone = otpd.enroll("sato")
        otpd.shift(wall=-86400 * 365 * 9)
        assert otpd.result("sato", phone.code()) == "CLOCK"
        assert otpd.result("sato", otpd.temporary("sato")) == "ACCEPTED"


def a_wrong_clock_is_said_and_logged():
    with machine() as (otpd, log):
        stack = Stack(otpd.root / "pam", *PAM)
        phone = otpd.enroll("sato")
        assert stack.login("sato", "right", phone.code()).is_in
        for wall in (-1200, -86400 * 365 * 9):  # behind what a code has proved; before this program was written
            otpd.shift(wall=wall)
            for restarted in (False, True):
                log.events.clear()
                for _ in range(4):  # no attempts, so nobody is locked for them
                    told = stack.login("sato", "right", phone.code(1))
                    assert told.auth == 7 and told.texts == ["Terminal clock may be wrong. Call IT (ext. -)."], told
                far = stack.login("sato", "right", phone.code(1), rhost=REMOTE)
                assert far.auth == 7 and far.texts == ["Password or code is wrong."], far
                assert types(log) == ["clock.rollback"] * 5, log.events
                assert (log.events[0]["user"], log.events[0]["result"], log.events[4]["rhost"]) == ("sato", "clock", REMOTE)
                assert not stack.login("sato", "wrong", phone.code(1)).texts and len(log.events) == 5, "without the password"
                assert stack.login("sato", "right", otpd.temporary("sato")).is_in, "a temporary code needs no clock"
                assert types(log)[5:] == ["code.challenge", "code.temporary"], log.events
                if not restarted:
                    otpd.again()
        otpd.shift()
        assert stack.login("sato", "right", phone.code(1)).is_in, "used up or locked meanwhile"
        otpd.shift(wall=-500)
        assert stack.login("sato", "right", phone.code(1)).texts != told.texts, "a clock is allowed some minutes"


def its_budget_is_its_own():
    with machine() as (otpd, log):
        phone = otpd.enroll("sato")
        for _ in range(5):
            otpd.result("sato", phone.wrong())
        assert otpd.result("sato", phone.code()) == "LOCKED"
        code = otpd.temporary("sato")
        assert otpd.result("sato", code) == "ACCEPTED", "who is locked has lost his token, too"
        other = otpd.enroll("suzuki")
        code = otpd.temporary("suzuki")
        wrong = grouped(f"{(int(code.replace(' ', '')[:3]) + 1) % 800:03}000000000")
        for n in range(5):
            assert otpd.result("suzuki", wrong) == "WRONG", n
        assert otpd.verify("suzuki", code)[0] == "LOCKED"
        assert otpd.question("suzuki")[::3] >= ("LOCKED", 50), "a new challenge, a new budget"
        assert otpd.again().result("suzuki", code) == "LOCKED", "forgotten by a restart"
        otpd.shift(boot=61)
        assert otpd.result("suzuki", code) == "ACCEPTED"
        otpd.shift()
        assert otpd.result("suzuki", other.code()) == "ACCEPTED"


def an_administrator_ends_its_wait_as_well():
    with machine() as (otpd, log):
        for _ in range(2):
            code = otpd.temporary("sato", uses=9)
            wrong = grouped(f"{(int(code.replace(' ', '')[:3]) + 1) % 800:03}000000000")
            for _ in range(5):
                assert otpd.result("sato", wrong) == "WRONG"
            assert otpd.result("sato", code) == "LOCKED"
            assert otpd.unlock("sato") == "ACCEPTED" and log.events[-1]["type"] == "mfa.unlock"
            assert otpd.result("sato", code) == "ACCEPTED", "unlocked, and locked all the same"
            otpd.enroll("sato")  # at first he has no token at all
        assert otpd.unlock("ghost") == ENOENT


def one_of_64_at_once():
    with machine() as (otpd, _):
        code = otpd.temporary("sato")
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            results = [f.result() for f in [pool.submit(otpd.result, "sato", code) for _ in range(64)]]
        assert results.count("ACCEPTED") == 1 and set(results) == {"ACCEPTED", "USED"}, results


def on_a_full_disk():
    with machine() as (otpd, _):
        otpd.kill()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", otpd.state], check=True)
        try:
            otpd.start()
            with contextlib.suppress(OSError), open(otpd.state / "filler", "wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))
            code = otpd.temporary("sato", uses=2)
            assert otpd.result("sato", code) == "ACCEPTED"
            assert otpd.again().result("sato", code) == "ACCEPTED"
            assert otpd.result("sato", code) == "USED"
        finally:
            otpd.kill()
            subprocess.run(["umount", otpd.state], check=True)
            otpd.start()


def damage_gives_nothing_back():
    with machine() as (otpd, _):
        code = otpd.temporary("sato")
        assert otpd.result("sato", code) == "ACCEPTED"
        otpd.kill()
        file = otpd.state / "challenges"
        bytes_ = bytearray(file.read_bytes())
        for slot in (0, 4096):
            bytes_[slot + 100] ^= 1
        file.write_bytes(bytes_)
        otpd.start()
        assert otpd.result("sato", code) == "WRONG"
        assert "1 damaged places" in (otpd.root / "journal").read_text(encoding="utf-8")
        assert otpd.result("sato", otpd.temporary("sato")) == "ACCEPTED"
        otpd.kill()
        file.write_bytes(bytes(100))
        otpd.start()
        assert otpd.question("sato")[0] == "UNAVAILABLE"
        assert otpd.result("sato", code) == "UNAVAILABLE"


def unrecorded_nothing_is_said_and_nobody_gets_in():
    with machine() as (otpd, log):
        log.answer = ENOSPC
        result, terminal, challenge, _ = otpd.question("sato")
        assert (result, terminal, challenge) == ("UNAVAILABLE", "", "")
        log.answer = ACCEPT
        code = otpd.temporary("sato")
        log.answer = ENOSPC
        assert otpd.result("sato", code) == "UNAVAILABLE"
        log.answer = ACCEPT
        assert otpd.result("sato", code) == "USED"


def without_the_host_key_none():
    with machine() as (otpd, _):
        code = otpd.temporary("sato")
        otpd.kill()
        otpd.key.write_bytes(os.urandom(32))
        otpd.start()
        assert otpd.question("sato")[0] == "UNAVAILABLE"
        assert otpd.result("sato", code) == "UNAVAILABLE"
        assert otpd.escrow(bytes(32)) < 0


def others_may_not_ask():
    with machine() as (otpd, log):
        desk = otpd.desk()
        n_events = len(log.events)
        assert as_nobody(lambda: otpd.question("sato")[0]) == "'WRONG'"
        assert as_nobody(lambda: otpd.escrow(desk)) == str(EPERM)
        assert as_nobody(lambda: otpd.end_temporary("sato")) == str(EPERM)
        assert as_nobody(lambda: otpd.issue(b"", "sato", "", (("nobody", ""), ("sato", "")))[0]) == str(EPERM)
        assert len(log.events) == n_events, "they fill the log"
        assert as_nobody(lambda: otpd.question("nobody")[0]) == "'ACCEPTED'"
        ghost, sato = otpd.question("ghost"), otpd.question("sato")
        assert ghost[:2] == sato[:2] and len(ghost[2]) == len(sato[2]), (ghost, sato)


def revoked_it_is_over():
    with machine() as (otpd, log):
        code = otpd.temporary("sato", uses=9)
        assert otpd.result("sato", code) == "ACCEPTED"
        assert otpd.end_temporary("sato") == "ACCEPTED" and log.events[-1]["type"] == "code.revoke"
        assert otpd.result("sato", code) == "WRONG"
        assert otpd.end_temporary("ghost") == ENOENT
        kind, answer = otpd.call(END_TEMPORARY, b"a" * 64)
        assert kind == ERROR and answer.count(b"a" * 64) == 0, "what lies behind the name is read"


@contextlib.contextmanager
def office():
    """A terminal, and a help desk's machine with two people who have a token there."""
    accounts.be({"suzuki": (61001, True), "tanaka": (61002, True), "mori": (61003, True), "abe": (61004, False),
                 "twin": (61001, True)})
    with machine("desk", SOCKET.with_name("desk")) as (desk, desk_log), machine(path=SOCKET.with_name("there")) as (otpd, log):
        steady(12)
        phones = {name: desk.enroll(name) for name in ("suzuki", "tanaka")}
        yield desk, desk_log, otpd, log, phones


def two_people_black_out_an_entry():
    with office() as (desk, log, _, _, phones):
        suzuki, tanaka = (phones[name].code() for name in ("suzuki", "tanaka"))
        n_events = len(log.events)
        for people, reason in (((("suzuki", suzuki), ("suzuki", suzuki)), "why"),
                               ((("suzuki", suzuki), ("tanaka", tanaka)), ""),
                               ((("suzuki", suzuki), ("", tanaka)), "why"),
                               ((("suzuki", suzuki), ("tanaka", tanaka)), "two\nlines")):
            assert desk.redact(7, people, reason)[0] == EINVAL, (people, reason)
        assert as_nobody(lambda: desk.redact(7, (("suzuki", suzuki), ("tanaka", tanaka)))[0]) == str(EPERM)
        assert len(log.events) == n_events, "somebody's code was tried"
        assert desk.redact(7, (("suzuki", phones["suzuki"].wrong()), ("tanaka", tanaka))) == ("WRONG", False)
        assert desk.redact(7, (("suzuki", suzuki), ("tanaka", phones["tanaka"].wrong()))) == ("WRONG", True)
        assert desk.redact(7, (("suzuki", suzuki), ("tanaka", tanaka))) == ("USED", False)
        assert "log.redact" not in types(log), "one person is enough"
        suzuki = phones["suzuki"].code(1)
        assert desk.redact(7, (("suzuki", suzuki), ("tanaka", tanaka))) == ("ACCEPTED", True)
        event = log.events[-1]
        assert {key: event[key] for key in ("type", "seq_of", "user", "approver", "reason")} == {
            "type": "log.redact", "seq_of": "7", "user": "suzuki", "approver": "tanaka",
            "reason": "decision 8-123"}, event


def unrecorded_none_is_blacked_out():
    with office() as (desk, log, _, _, phones):
        log.answer = ENOSPC
        people = tuple((name, phones[name].code()) for name in ("suzuki", "tanaka"))
        assert desk.redact(7, people)[0] == "UNAVAILABLE"


def two_people_issue_it():
    with office() as (desk, desk_log, otpd, log, phones):
        sealed = otpd.escrow(desk.desk())
        assert log.events[-1]["type"] == "token.escrow", log.events[-1]
        assert log.events[-1]["keys"] == desk.desk().hex()
        _, terminal, challenge, _ = otpd.question("sato")
        suzuki, tanaka = (phones[name].code() for name in ("suzuki", "tanaka"))

        def issue(issuer, approver, user="sato", number=challenge, seal=sealed):
            return desk.issue(seal, user, number, (issuer, approver))

        n_events = len(desk_log.events)
        for people, how_many in (((("suzuki", suzuki), ("suzuki", suzuki)), "two people"),
                                 ((("sato", suzuki), ("tanaka", tanaka)), "three people"),
                                 ((("suzuki", suzuki), ("sato", tanaka)), "three people")):
            code, text = issue(*people)
            assert code == EINVAL and how_many in text, (people, code, text)
        assert issue(("suzuki", suzuki), ("tanaka", tanaka), number="7K3M-9QPA")[0] == EINVAL
        assert issue(("suzuki", suzuki), ("tanaka", tanaka), seal=otpd.escrow(otpd.desk()))[0] == EINVAL
        assert len(desk_log.events) == n_events, "somebody's code was tried"
        wrong = phones["suzuki"].wrong()
        assert issue(("suzuki", wrong), ("tanaka", tanaka)) == ("WRONG", False, "")
        assert issue(("suzuki", suzuki), ("tanaka", phones["tanaka"].wrong())) == ("WRONG", True, "")
        assert issue(("suzuki", suzuki), ("tanaka", tanaka)) == ("USED", False, "")
        suzuki = phones["suzuki"].code(1)
        result, _, made = issue(("suzuki", suzuki), ("tanaka", tanaka), number=challenge.lower())
        assert result == "ACCEPTED" and made == digits(otpd.key.read_bytes(), "sato", terminal, challenge), made
        event = desk_log.events[-1]
        assert (event["type"], event["signer"], event["ticket"], event["terminal"]) == (
            "code.issue", "suzuki tanaka", challenge, terminal), event
        assert otpd.result("sato", made) == "ACCEPTED"
        assert log.events[-1]["ticket"] == event["ticket"], "both sides have the same number"


def neither_of_the_two_is_invented():
    with office() as (desk, desk_log, otpd, _, phones):
        sealed, (_, _, challenge, _) = otpd.escrow(desk.desk()), otpd.question("sato")
        n_events = len(desk_log.events)
        others = {name: desk.enroll(name) for name in ("ghost", "abe", "twin")}
        tried = len(desk_log.events)
        suzuki = ("suzuki", phones["suzuki"].code(1))
        for name, phone in others.items():
            for people in ((suzuki, (name, phone.code(1))), ((name, phone.code(1)), suzuki)):
                code, text = desk.issue(sealed, "sato", challenge, people)
                assert code == (EINVAL if name == "twin" else EPERM) and "remedy" in text, (name, code, text)
        assert tried == len(desk_log.events) > n_events, "somebody's code was tried"
        assert desk.issue(sealed, "twin", challenge, (suzuki, ("tanaka", phones["tanaka"].code(1))))[0] == EINVAL
        assert desk.issue(sealed, "sato", challenge, (suzuki, ("tanaka", phones["tanaka"].code(1))))[0] == "ACCEPTED"


def a_token_that_the_other_has_seen_does_not_count():
    with office() as (desk, desk_log, otpd, _, phones):
        sealed, (_, _, challenge, _) = otpd.escrow(desk.desk()), otpd.question("sato")

        def made_by(uid, user):
            """A confirmed token of USER that this person made."""
            steady(12)
            secret = ast.literal_eval(as_user(uid, lambda: desk.begin(user).key))
            phone = Phone(secret)
            assert ast.literal_eval(as_user(uid, lambda: desk.confirm(user, phone.code(-1)))) == "ACCEPTED"
            assert desk_log.events[-1]["type"] == "token.confirm" and desk_log.events[-1]["uid"] in (uid, str(uid))
            return phone

        def issue(*people):
            return desk.issue(sealed, "sato", challenge, people)

        mine = made_by(61001, "mori")     # suzuki could prove both
        code, text = issue(("suzuki", phones["suzuki"].code()), ("mori", mine.code()))
        assert code == EPERM and "suzuki made or assigned the token of mori" in text, (code, text)
        code, text = issue(("mori", mine.code()), ("suzuki", phones["suzuki"].code()))
        assert code == EPERM and "suzuki made or assigned" in text, (code, text)
        assert issue(("tanaka", phones["tanaka"].code()), ("mori", mine.code()))[0] == "ACCEPTED"
        own = made_by(61003, "mori")
        assert issue(("suzuki", phones["suzuki"].code()), ("mori", mine.code(1)))[:2] == ("WRONG", True), "that one"
        assert issue(("suzuki", phones["suzuki"].code(1)), ("mori", own.code()))[0] == "ACCEPTED"
        assert ast.literal_eval(as_user(61002, lambda: desk.bring([("HW1", bytes(range(20)), (1, 6, 30))]))) == "ACCEPTED"
        assert desk.revoke("mori") == "ACCEPTED" and desk.assign("HW1", "mori") == "ACCEPTED"
        steady(12)
        assert desk.confirm("mori", Phone(bytes(range(20))).code(-1)) == "ACCEPTED"
        code, text = issue(("tanaka", phones["tanaka"].code(1)), ("mori", Phone(bytes(range(20))).code()))
        assert code == EPERM and "tanaka" in text, ("who imported it has its secret", code, text)


def wrong_codes_of_the_second_person_are_the_firsts_own():
    with office() as (desk, _, otpd, _, phones):
        sealed, (_, _, challenge, _) = otpd.escrow(desk.desk()), otpd.question("sato")

        def issue(step, approvers):
            desk.shift(wall=30 * step)
            return as_user(61001, lambda: desk.issue(sealed, "sato", challenge, (("suzuki", phones["suzuki"].code(step)),
                                                                                ("tanaka", approvers))))

        for step in range(2, 7):
            assert issue(step, phones["tanaka"].wrong()) == repr(("WRONG", True, "")), step
        assert issue(7, phones["tanaka"].code(7)) == repr(("LOCKED", False, "")), "he may go on guessing"
        assert as_user(61001, lambda: desk.unlock("suzuki")) == str(EPERM), "he unlocks himself"
        assert desk.prove("tanaka", phones["tanaka"].code(7)) == "ACCEPTED", "a colleague is locked out"
        assert desk.again().tokens() and issue(8, phones["tanaka"].code(8)) == repr(("LOCKED", False, "")), "forgotten"
        assert as_user(61002, lambda: desk.unlock("suzuki")) == "'ACCEPTED'"
        assert "ACCEPTED" in issue(9, phones["tanaka"].code(9))
        assert as_user(61001, lambda: desk.unlock("suzuki")) == "'ACCEPTED'", "what is his own he may end"


def a_right_code_of_the_second_person_ends_the_count():
    with office() as (desk, _, otpd, _, phones):
        sealed, (_, _, challenge, _) = otpd.escrow(desk.desk()), otpd.question("sato")
        for step in range(2, 12):
            desk.shift(wall=30 * step)
            good = step in (6, 11)  # a fifth wrong one would make him wait
            code = phones["tanaka"].code(step) if good else phones["tanaka"].wrong()
            result = desk.issue(sealed, "sato", challenge, (("suzuki", phones["suzuki"].code(step)), ("tanaka", code)))
            assert result[0] == ("ACCEPTED" if good else "WRONG"), (step, result)


def unrecorded_none_is_issued():
    with office() as (desk, desk_log, otpd, log, phones):
        log.answer = ENOSPC
        assert otpd.escrow(desk.desk()) == b""
        log.answer = ACCEPT
        sealed = otpd.escrow(desk.desk())
        _, _, challenge, _ = otpd.question("sato")
        people = tuple((name, phone.code()) for name, phone in phones.items())
        desk_log.answers["code.issue"] = ENOSPC
        assert desk.issue(sealed, "sato", challenge, people) == ("UNAVAILABLE", False, "")


def at(machine_):
    """The fixed path leads there."""
    SOCKET.unlink(missing_ok=True)
    SOCKET.symlink_to(machine_.path)


def sekisho(*words, typed=""):
    return subprocess.run([SEKISHO, *words], input=typed, capture_output=True, encoding="utf-8",
                          env={**os.environ, "LANG": "C", "TZ": "UTC"}, check=False)


def from_the_call_to_the_login():
    with office() as (desk, _, otpd, _, phones):
        stack = Stack(otpd.root / "pam", *PAM)
        folder = otpd.root / "escrow"
        folder.mkdir()
        at(desk)
        key = sekisho("token", "desk").stdout
        at(otpd)
        refused = sekisho("token", "escrow", "--to", "nonsense")
        assert refused.returncode != 0 and not refused.stdout, refused
        terminal = os.uname().nodename
        (folder / f"{terminal}.escrow").write_text(sekisho("token", "escrow", "--to", key.strip()).stdout)
        asked = stack.login("sato", "right", "?")
        assert asked.auth == 7 and not asked.is_in, asked
        challenge = re.search("Terminal (.*), number (.*)", asked.texts[1])
        assert challenge[1] == terminal, asked
        at(desk)
        until = time.strftime("%H:%M", time.gmtime(time.time() + 3600))
        if until < "01:05":
            return  # no hour is left of today
        for words in (("sato", "--until", "25:00"), ("sato", "--until", "00:00"), ("suzuki", "--until", until)):
            wrong = sekisho("token", "temporary", *words, "--escrow", folder, "--issuer", "suzuki")
            assert wrong.returncode != 0 and "remedy" in wrong.stderr, wrong
        made = sekisho("token", "temporary", "sato", "--until", until, "--escrow", folder, "--issuer", "suzuki",
                       typed="\n".join([terminal, "0000-0001", challenge[2].replace("-", " ").lower(), "tanaka",
                                        phones["suzuki"].code(), phones["tanaka"].code(), ""]))
        assert made.returncode == 0 and "misheard" in made.stdout, made
        code = re.search(r"\d{4} \d{4} \d{4} \d{4}", made.stdout)[0]
        at(otpd)
        assert stack.login("sato", "wrong", code).auth == 7, "without the password"
        mistyped = stack.login("sato", "right", code[:-1] + str((int(code[-1]) + 1) % 10))
        assert mistyped.texts == ["Group 4 of the code is mistyped. This did not count."], mistyped
        lets_in = stack.login("sato", "right", code)
        assert lets_in.is_in and not lets_in.texts, ("nothing is known of the logon before", lets_in)
        assert stack.login("sato", "right", code).auth == 7
        assert sekisho("token", "revoke-temporary", "sato").returncode == 0


def no_next_one(otpd, stack):
    """Whoever has such a code must not be told to wait for the next."""
    for user, code in (("other", otpd.temporary("other")), ("sato", grouped("000000000000"))):
        stack.login(user, "right", code)
        refused = stack.login(user, "right", code)
        assert len(refused.texts) == 1 and "ype ? for another." in refused.texts[0], refused
        assert "next" not in refused.texts[0], refused
    for _ in range(3):
        otpd.result("sato", grouped("000000000000"))
    locked = stack.login("sato", "right", "?")
    assert locked.texts == ["Too many wrong temporary codes. Call IT (ext. -)."], locked
    far = stack.login("sato", "right", "?", rhost=REMOTE)
    assert far.texts == ["Password or code is wrong."] and far.delay_us > 0, far
    assert otpd.unlock("sato") == "ACCEPTED"


def what_people_see():
    with machine() as (otpd, log):
        stack = Stack(otpd.root / "pam", *PAM)
        otpd.enroll("other")
        log.events.clear()
        for user, password in (("sato", "wrong"), ("ghost", "wrong")):
            assert not stack.login(user, password, "?").texts
        assert not log.events, "a challenge without the password"
        for typed in ("?", " ? ", "\uff1f"):
            asked = stack.login("sato", "right", typed)
            assert len(asked.texts) == 3 and asked.texts[0] == "Call IT (ext. -) and read out:", asked
            assert asked.delay_us > 0 and all(text.isascii() for text in asked.texts), asked
        assert types(log) == ["code.challenge"] * 3
        far = stack.login("sato", "right", "?", rhost=REMOTE)
        assert len(far.texts) == 3 and log.events[-1]["rhost"] == REMOTE, far
        far = stack.login("sato", "right", "1" * 16, rhost=REMOTE)
        assert far.texts == ["Password or code is wrong."], far
        no_next_one(otpd, stack)
        conf = pathlib.Path("/etc/sekisho/terminal.conf")
        conf.write_text("language ja\nhelpdesk 1234\n", encoding="ascii")
        try:
            asked = stack.login("sato", "right", "?")
            assert "1234" in asked.texts[0] and "端末" in asked.texts[1], asked
            console = stack.login("sato", "right", "?", tty="/dev/tty1")
            assert all(text.isascii() for text in console.texts) and "1234" in console.texts[0], console
        finally:
            conf.unlink()
        log.answer = ENOSPC
        assert stack.login("sato", "right", "?").texts == ["No temporary code can be had. Call IT (ext. -)."]
        far = stack.login("sato", "right", "?", rhost=REMOTE)
        assert far.texts == ["Password or code is wrong."], far


def until_when(text):
    """Seconds from now to the minute that is shown."""
    return time.mktime(time.strptime(re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", text)[0], "%Y-%m-%d %H:%M")) - time.time()


def how_often_and_until_when_it_holds():
    with machine() as (otpd, _):
        stack = Stack(otpd.root / "pam", *PAM)
        code = otpd.temporary("sato", quarters=8, uses=6)
        first = stack.login("sato", "right", code)
        assert first.is_in and len(first.texts) == 1, first
        assert first.texts[0].startswith("Temporary code: logons left: 5, until 20"), first
        assert 7200 - 120 <= until_when(first.texts[0]) <= 7200, first
        assert not stack.login("sato", "right", code, rhost=REMOTE).texts, "over the network"
        conf = pathlib.Path("/etc/sekisho/terminal.conf")
        conf.write_text("language ja\n", encoding="ascii")
        try:
            otpd.shift(wall=3600)  # an hour on: what is left is shown in the terminal's own time
            japanese = stack.login("sato", "right", code)
            assert "臨時コード:あと3回、20" in japanese.texts[0] and 3600 - 120 <= until_when(japanese.texts[0]) <= 3600, japanese
            console = stack.login("sato", "right", code, tty="/dev/tty1")
            assert console.texts[0].isascii() and "left: 2" in console.texts[0], console
        finally:
            conf.unlink()
        otpd.shift(boot=5400)  # the other clock has gone further
        later = stack.login("sato", "right", code)
        assert "left: 1" in later.texts[0] and 1800 - 120 <= until_when(later.texts[0]) <= 1800, later
        last = stack.login("sato", "right", code)
        assert last.is_in and last.texts == ["The temporary code is used up. Type ? for another."], last


def no_grace_follows_it():
    with machine() as (otpd, log):
        otpd.policy.write_text("zone mynumber {\n\tcode required\n\tcode required sudo {\n\t\tgrace 5m\n\t}\n}\n")
        stand_in(otpd, log, "mynumber")
        code = otpd.temporary("sato", uses=2)
        for _ in range(2):
            assert otpd.result("sato", code, "sudo") == "ACCEPTED"
            assert otpd.need("sudo", "sato") == "REQUIRED", "one use became many"
            assert otpd.result("sato", "", "sudo") == "NOT_ENROLLED"
        assert otpd.result("sato", code, "sudo") == "USED"
        phone = otpd.enroll("sato")
        assert otpd.result("sato", phone.code(), "sudo") == "ACCEPTED" and otpd.need("sudo", "sato") == "NONE"
        assert otpd.result("sato", otpd.temporary("sato"), "sudo") == "ACCEPTED"
        assert otpd.need("sudo", "sato") == "NONE", "one that the token gave is not taken away"


TESTS = [
    a_code_by_telephone_lets_in_once, what_was_misheard_is_told_and_does_not_count, every_digit_counts,
    for_nobody_else_and_nowhere_else, a_new_challenge_ends_the_old_one, one_challenge_takes_one_grant,
    it_ends_by_the_wall_clock_and_by_the_boot_clock, neither_clock_nor_restart_nor_reboot_prolongs_it,
    a_wrong_clock_shuts_nobody_out, a_wrong_clock_is_said_and_logged, its_budget_is_its_own,
    an_administrator_ends_its_wait_as_well, one_of_64_at_once, on_a_full_disk,
    damage_gives_nothing_back, unrecorded_nothing_is_said_and_nobody_gets_in, without_the_host_key_none,
    others_may_not_ask, revoked_it_is_over, two_people_issue_it, neither_of_the_two_is_invented,
    a_token_that_the_other_has_seen_does_not_count, a_right_code_of_the_second_person_ends_the_count,
    wrong_codes_of_the_second_person_are_the_firsts_own,
    unrecorded_none_is_issued, two_people_black_out_an_entry, unrecorded_none_is_blacked_out,
    from_the_call_to_the_login, what_people_see, how_often_and_until_when_it_holds, no_grace_follows_it,
]


if __name__ == "__main__":
    sys.exit(run_each_private(TESTS))
