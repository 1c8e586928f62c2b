#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pam_sekisho.so in the stack that pam-auth-update makes, with a real sekisho-otpd.

usage: test_pam.py SEKISHO_OTPD PAM_LOGIN PAM_SEKISHO_SO PAM_PASSWORD_SO [TEST...]
"""

import concurrent.futures
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from each import run_each_private  # noqa: E402
from fake_log import ACCEPT, FakeLog  # noqa: E402
from otpd_client import Otpd, stand_in, steady  # noqa: E402
from pam_stack import SERVICES, Stack  # noqa: E402
import seats  # noqa: E402

ENOSPC = -28
FAILING_CALLS = str(pathlib.Path(sys.argv[2]).resolve().parent / "failing_calls.so")
SERVICE_ERR, AUTH_ERR, PERM_DENIED, UNAVAIL, MAXTRIES = 3, 7, 6, 9, 11
REMOTE = "198.51.100.7"
GENERIC = ["Password or code is wrong."]
ENTRY_POINTS = {"pam_sm_acct_mgmt", "pam_sm_authenticate", "pam_sm_chauthtok",
                "pam_sm_close_session", "pam_sm_open_session", "pam_sm_setcred"}


@contextlib.contextmanager
def terminal():
    """The daemon on the path that is compiled in, and the stack."""
    with tempfile.TemporaryDirectory(prefix="sekisho-pam-") as directory:
        log = FakeLog(os.path.join(directory, "log"))
        otpd = Otpd(sys.argv[1], directory, "/run/sekisho/sock/otp").start()
        try:
            yield otpd, log, Stack(otpd.root / "pam", *sys.argv[2:5])
        except BaseException:
            print((otpd.root / "journal").read_text(encoding="utf-8"), file=sys.stderr)
            raise
        finally:
            otpd.process.kill()
            otpd.process.wait()
            log.close()


def is_delayed(login):
    """Two seconds, which libpam varies by half."""
    return 1_000_000 <= login.delay_us <= 3_000_000


def both_factors_are_always_asked_for_and_both_needed():
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        seen = set()
        for user in ("sato", "ghost", "suzuki"):
            for password in ("wrong", "right", ""):
                for code in (phone.wrong(), phone.code(), "", "x" * 200, "１" * 4096):
                    if (user, password) == ("sato", "right") and code != phone.wrong():
                        continue
                    login = stack.login(user, password, code)
                    assert not login.is_in and login.auth != 0, (user, password, code, login)
                    seen.add((login.prompts, login.conversations, *login.asked, is_delayed(login)))
        login = stack.login("sato", "right", phone.code())
        assert login.is_in and not is_delayed(login), login
        seen.add((login.prompts, login.conversations, *login.asked, True))
        assert seen == {(2, 1, "Password: ", "One-time code: ", True)}, seen


def a_code_lets_in_once():
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        code = phone.code()
        first = stack.login("sato", "right", code)
        assert first.is_in and first.texts == ["First logon here, failures before: 0"], first
        again = stack.login("sato", "right", code)
        assert again.auth == AUTH_ERR, again
        assert again.texts == ["Code already used. Wait for the next one."], again
        wrong = stack.login("sato", "right", phone.wrong())
        assert wrong.auth == AUTH_ERR and wrong.texts == ["Wrong code. Wait for the next one."], wrong
        third = stack.login("sato", "right", " " + phone.code(1)[:3] + "-" + phone.code(1)[3:])
        assert third.is_in, third
        assert third.texts[0].startswith("Last logon: 20") and "failures since: 2" in third.texts[0]
        assert third.texts[1:] == ["Not you? Call IT (ext. -)."], third


def a_wrong_password_costs_no_attempt():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        for code in [phone.wrong()] * 7 + [phone.code()]:
            assert stack.login("sato", "wrong", code).auth == AUTH_ERR
        assert not [e for e in log.events if e["type"].startswith("mfa.")], log.events
        assert stack.login("sato", "right", phone.code()).is_in


def too_many_wrong_codes_lock():
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        for _ in range(5):
            assert stack.login("sato", "right", phone.wrong()).auth == AUTH_ERR
        locked = stack.login("sato", "right", phone.code())
        assert locked.auth == MAXTRIES and locked.texts == ["Too many failures. Wait 1 min."], locked


def without_the_daemon_nobody_gets_in():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        code = phone.code()
        log.answer = ENOSPC
        refused = stack.login("sato", "right", code)
        assert refused.auth == UNAVAIL, refused
        assert refused.texts == ["The code could not be checked. Call IT (ext. -)."], refused
        log.answer = ACCEPT
        for service in ("interrupted", "login"):
            refused = stack.login("sato", "right", phone.code(1), service)
            assert refused.auth == UNAVAIL and is_delayed(refused), refused
            assert refused.texts == ["The code service does not answer. Call IT (ext. -)."], refused
        for service in ("verify-alone", "collect-alone"):
            assert not stack.login("sato", "right", phone.code(1), service).is_in, service


def a_daemon_that_hangs_is_not_waited_for():
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        os.kill(otpd.process.pid, 19)
        began = time.monotonic()
        refused = stack.login("sato", "right", phone.code())
        os.kill(otpd.process.pid, 18)
        assert refused.auth == UNAVAIL and time.monotonic() - began < 4, refused


def no_call_that_fails_lets_anybody_in():
    """Every call of the module to other libraries in turn, at a wrong code and past the auth lines."""
    if b"libasan" in pathlib.Path(sys.argv[2]).read_bytes():
        return      # which has an allocator of its own
    with terminal() as (otpd, _, stack):
        wrong = otpd.enroll("sato").wrong()
        counted = otpd.root / "counted"

        def attempt(number, service):
            otpd.unlock("sato")
            return stack.login("sato", "right", wrong, service, LD_PRELOAD=FAILING_CALLS, FAILING_CALL=str(number),
                               COUNTED_CALLS=str(counted))
        for service, at_least in (("login", 30), ("sshd", 8), ("collect-alone", 15)):
            assert not attempt(0, service).is_in
            n_calls = int(counted.read_text(encoding="ascii"))
            assert n_calls >= at_least, (service, n_calls)
            for number in range(1, n_calls + 1):
                login = attempt(number, service)
                assert not login.is_in, (service, number, login)


def half_a_stack_lets_nobody_in():
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        collected = stack.login("sato", "right", phone.code(), "collect-alone")
        assert (collected.auth, collected.acct) == (0, PERM_DENIED), collected
        expired = stack.login("sato", "right", phone.code(), "collect-expired")
        assert (expired.auth, expired.acct) == (0, PERM_DENIED), expired
        verified = stack.login("sato", "right", phone.code(), "verify-alone")
        assert verified.auth == AUTH_ERR, verified
        other = otpd.enroll("suzuki")
        for code in (phone.code(), other.code()):
            swapped = stack.login("sato", "right", code, "swapped")
            assert swapped.auth == AUTH_ERR, swapped
        assert stack.login("sato", "right", "", "account-alone").is_in, "a service without sekisho"


def a_key_alone_is_not_enough():
    with terminal() as (otpd, log, stack):
        otpd.enroll("sato")
        for service in ("sshd", "account-strict"):
            login = stack.login("sato", "right", "", service)
            assert (login.auth, login.acct) == (0, PERM_DENIED), (service, login)
        otpd.policy.write_text("zone internet {\n\tcode none\n}\nzone lgwan {\n\tcode required\n\tcode none sshd\n}\n")
        for zone, other_is_in in (("internet", True), ("lgwan", False)):
            stand_in(otpd, log, zone)
            assert stack.login("sato", "right", "", "sshd").is_in, zone
            assert stack.login("sato", "right", "", "account-strict").is_in == other_is_in, zone
        os.kill(otpd.process.pid, 19)
        hung = stack.login("sato", "right", "", "sshd")
        os.kill(otpd.process.pid, 18)
        assert (hung.auth, hung.acct) == (0, PERM_DENIED), hung


def the_policy_may_ask_for_no_code():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        otpd.policy.write_text("zone internet {\n\tcode none\n}\nzone lgwan {\n\tcode optional\n}\n")
        stand_in(otpd, log, "internet")
        for service in ("login", "verify-alone", "collect-alone"):
            login = stack.login("sato", "right", "", service)
            assert login.is_in and login.prompts == 1, (service, login)
            assert stack.login("sato", "wrong", "", service).auth == AUTH_ERR, service
            assert stack.login("ghost", "right", "", service).auth == AUTH_ERR, service
        stand_in(otpd, log, "lgwan")
        assert stack.login("suzuki", "right", "").is_in
        assert log.events[-1]["type"] == "mfa.skip", log.events[-1]
        assert not stack.login("suzuki", "wrong", "").is_in
        login = stack.login("sato", "right", "")
        assert not login.is_in and "empty if you have no token" in login.asked[1], login
        assert stack.login("sato", "right", phone.code()).is_in


def grace_asks_for_the_password_alone():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        otpd.policy.write_text("zone lgwan {\n\tcode required\n\tcode required login {\n\t\tgrace 1m\n\t}\n}\n")
        stand_in(otpd, log, "lgwan")
        assert stack.login("sato", "right", "").prompts == 2
        assert stack.login("sato", "right", phone.code()).is_in
        login = stack.login("sato", "right", "")
        assert login.is_in and login.prompts == 1, login
        assert log.events[-1]["reason"] == "grace", log.events[-1]
        assert stack.login("sato", "wrong", "").auth == AUTH_ERR
        log.answer = ENOSPC
        assert not stack.login("sato", "right", "").is_in, "unrecorded"


def from_afar_every_reason_looks_the_same():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        code = phone.code()
        let_in = stack.login("sato", "right", code, rhost=REMOTE)
        assert let_in.is_in and not let_in.texts, let_in
        let_in = stack.login("sato", "right", phone.code(1), rhost=REMOTE)
        assert let_in.is_in and not let_in.texts, "when he last logged in is nobody's business there"
        assert log.events[-1]["rhost"] == REMOTE, log.events[-1]
        reasons = {"used": ("sato", code), "wrong": ("sato", phone.wrong()), "none": ("suzuki", code)}
        seen = {}
        for reason, (user, typed) in reasons.items():
            seen[reason] = stack.login(user, "right", typed, rhost=REMOTE)
        log.answer = ENOSPC
        seen["unlogged"] = stack.login("sato", "right", phone.wrong(), rhost=REMOTE)
        log.answer = ACCEPT
        for _ in range(3):
            stack.login("sato", "right", phone.wrong(), rhost=REMOTE)
        seen["locked"] = stack.login("sato", "right", code, rhost=REMOTE)
        for reason, login in seen.items():
            assert login.texts == GENERIC and login.auth != 0 and login.prompts == 2, (reason, login)
            assert is_delayed(login), (reason, login)
        assert {"used", "wrong", "not_enrolled", "locked"} <= {
            e.get("result") for e in log.events}, "the reasons are in the log"


def from_afar_by_su_as_well():
    """su and sudo set no PAM_RHOST: the login in which they run says where they are."""
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        seats.login(7, REMOTE=1, SEAT="", TTY="pts/0")
        seats.login(8, REMOTE=0, SEAT="seat0", TTY="tty1")
        for tty in ("pts/0", "/dev/tty1"):
            far = stack.login("sato", "right", phone.wrong(), tty=tty, seat=(seats.PTS0, 7))
            assert far.texts == GENERIC and is_delayed(far), far
        near = stack.login("sato", "right", phone.wrong(), seat=(seats.PTS0, 8))
        assert near.texts == ["Wrong code. Wait for the next one."], near
        far = stack.login("sato", "right", phone.code(), seat=(seats.PTS0, 7))
        assert far.is_in and not far.texts, far


def in_the_language_of_the_terminal():
    with terminal() as (otpd, _, stack):
        conf = pathlib.Path("/etc/sekisho/terminal.conf")
        phone = otpd.enroll("sato")
        conf.write_text("language ja\nhelpdesk 1234\n", encoding="ascii")
        try:
            login = stack.login("suzuki", "right", phone.wrong())
            assert "コード" in login.asked[1] and "1234" in login.texts[0], login
            login = stack.login("sato", "right", phone.code())
            assert login.is_in and "初めてのログオン" in login.texts[0], login
            stack.login("sato", "right", phone.wrong())
            login = stack.login("sato", "right", phone.code(1))
            assert "前回のログオン:20" in login.texts[0] and "失敗:1回" in login.texts[0], login
            assert "心当たり" in login.texts[1] and "1234" in login.texts[1], login
            conf.chmod(0o666)
            assert stack.login("suzuki", "right", "").asked[0] == "Password: ", "anybody's file"
        finally:
            conf.unlink()


def a_service_without_a_line_needs_a_code():
    with terminal() as (otpd, log, stack):
        otpd.policy.write_text("zone lgwan {\n\tcode none cron\n\tcode optional sudo\n}\n")
        stand_in(otpd, log, "lgwan")
        phone = otpd.enroll("sato")
        stack.add("cron", SERVICES["login"])
        stack.add("left-out", SERVICES["login"])
        assert stack.login("suzuki", "right", "", "cron").is_in
        for service in ("login", "left-out"):
            assert stack.login("suzuki", "right", "", service).prompts == 2, service
            assert not stack.login("suzuki", "right", "", service).is_in, service
        assert stack.login("sato", "right", phone.code(), "left-out").is_in


def an_unknown_option_is_an_error():
    with terminal() as (otpd, _, stack):
        otpd.policy.write_text("zone internet {\n\tcode none\n}\n")  # there nothing else would refuse
        phone = otpd.enroll("sato")
        good = SERVICES["login"]
        for service, broken in (("collect", [good[0] + " nullok", *good[1:]]), ("verify", [*good[:2], good[2] + " debug", good[3]]),
                                ("no-mode", [good[0].replace(" collect", ""), *good[1:]]), ("case", [good[0].replace("coll", "Coll"), *good[1:]])):
            stack.add(service, broken)
            login = stack.login("sato", "right", phone.code(), service)
            assert login.auth == SERVICE_ERR, (service, login)
        stack.add("account", [*good[:3], good[3].replace("{sekisho}", "{sekisho} strikt")])
        login = stack.login("sato", "right", phone.code(), "account")
        assert (login.auth, login.acct) == (0, SERVICE_ERR), login


def sixty_four_logins_at_once():
    """Of one user with one code, who may get in once; and of 64 others, who all may."""
    with terminal() as (otpd, _, stack):
        phones = {f"user{n}": otpd.enroll(f"user{n}") for n in range(65)}
        steady(15)
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            same = list(pool.map(lambda _: stack.login("user0", "right", phones["user0"].code()), range(64)))
            assert sum(login.is_in for login in same) == 1, same
            assert {login.auth for login in same} <= {0, AUTH_ERR, MAXTRIES}, same
            others = list(pool.map(lambda user: stack.login(user, "right", phones[user].code()), list(phones)[1:]))
        assert all(login.is_in for login in others), [login for login in others if not login.is_in]


def exports_and_needs_nothing_else():
    def lines(*command):
        return subprocess.run(command, check=True, capture_output=True, encoding="ascii").stdout.splitlines()
    needed = [line.split("[")[1].rstrip("]") for line in lines("readelf", "-d", sys.argv[3])
              if "(NEEDED)" in line]
    if any(name.startswith(("libasan", "libubsan")) for name in needed):
        return  # the sanitizers bring their own
    assert {name.split(".")[0] for name in needed} == {"libpam", "libc"}, needed
    exported = {line.split()[-1].split("@")[0] for line in lines("nm", "-D", "--defined-only", sys.argv[3])}
    assert exported == ENTRY_POINTS, exported


TESTS = [
    both_factors_are_always_asked_for_and_both_needed, a_code_lets_in_once,
    a_wrong_password_costs_no_attempt, too_many_wrong_codes_lock, without_the_daemon_nobody_gets_in,
    a_daemon_that_hangs_is_not_waited_for, no_call_that_fails_lets_anybody_in, half_a_stack_lets_nobody_in, a_key_alone_is_not_enough,
    the_policy_may_ask_for_no_code, grace_asks_for_the_password_alone, from_afar_every_reason_looks_the_same, from_afar_by_su_as_well,
    in_the_language_of_the_terminal, a_service_without_a_line_needs_a_code, an_unknown_option_is_an_error,
    sixty_four_logins_at_once, exports_and_needs_nothing_else,
]


if __name__ == "__main__":
    sys.exit(run_each_private(TESTS))
