#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho-otpd under a crowd, a bad log, kill -9 and liars.

usage: test_otpd.py SEKISHO_OTPD [TEST...]
"""

import concurrent.futures
import contextlib
import os
import pathlib
import struct
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from each import run_each  # noqa: E402
from fake_log import ACCEPT, DROP, SILENT, FakeLog  # noqa: E402
from lost_client import grouped  # noqa: E402
from otpd_client import (ENROLL, ERROR, HEADER, LIST, STATUS, VERIFY, VERSION, Otpd, stand_in,  # noqa: E402
                         steady)

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ""
ENOSPC, EPERM = -28, -1
NOBODY = 65534


@contextlib.contextmanager
def daemon():
    with tempfile.TemporaryDirectory(prefix="sekisho-otpd-") as directory:
        os.chmod(directory, 0o711)
        log = FakeLog(os.path.join(directory, "log"))
        otpd = Otpd(PROGRAM, directory)
        try:
            yield otpd.start(), log
            assert otpd.stop() == 0, "SIGTERM does not end it cleanly"
        except BaseException:
            print((otpd.root / "journal").read_text(encoding="utf-8"), file=sys.stderr)
            if otpd.process and otpd.process.poll() is None:
                otpd.process.kill()
            raise
        finally:
            log.close()


def at_once(calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [f.result() for f in [pool.submit(*call) for call in calls]]


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def a_code_lets_in_once():
    with daemon() as (otpd, log):
        phone = otpd.enroll("sato")
        assert otpd.result("sato", phone.code()) == "ACCEPTED"
        assert log.events[-1]["type"] == "mfa.success" and log.events[-1]["user"] == "sato"
        assert otpd.result("sato", phone.code()) == "USED"
        assert log.events[-1]["type"] == "mfa.replay", log.events[-1]
        assert otpd.result("sato", phone.code(-1)) == "USED", "the code of the confirmation"
        result, _, last_success, failures = otpd.verify("sato", phone.code(1))
        assert result == "ACCEPTED" and abs(last_success - time.time()) < 30 and failures == 2
        assert otpd.prove("sato", phone.code(1)) == "USED"
        everything = repr(log.events)
        assert not any(phone.code(n) in everything for n in (-1, 0, 1)), "a code is in the log"


def a_token_counts_only_when_confirmed():
    with daemon() as (otpd, log):
        steady(6)
        phone = otpd.begin("sato")
        assert otpd.need() == "NONE"
        assert otpd.prove("sato", phone.code()) == "NOT_ENROLLED"
        assert otpd.confirm("sato", phone.wrong()) == "WRONG"
        assert otpd.confirm("sato", phone.code()) == "ACCEPTED"
        assert otpd.need() == "REQUIRED" and otpd.status()["users"] == 1
        assert otpd.result("sato", phone.code()) == "USED"
        assert [e["type"] for e in log.events[:3]] == ["token.enroll", "mfa.fail", "token.confirm"]
        assert otpd.revoke("sato") == "ACCEPTED" and otpd.need() == "NONE"
        assert otpd.prove("sato", phone.code(1)) == "NOT_ENROLLED"


def one_of_64_at_once():
    with daemon() as (otpd, _):
        phone = otpd.enroll("sato")
        code = phone.code()
        results = at_once([(otpd.result, "sato", code)] * 64)
        assert results.count("ACCEPTED") == 1, results
        assert set(results) <= {"ACCEPTED", "USED", "LOCKED"}, results


def sixty_four_people_at_once():
    with daemon() as (otpd, _):
        phones = {f"user{n}": otpd.enroll(f"user{n}") for n in range(64)}
        steady(10)
        results = at_once([(otpd.result, user, phone.code()) for user, phone in phones.items()])
        assert results == ["ACCEPTED"] * 64, results


def guessing_is_slowed_down():
    with daemon() as (otpd, log):
        phone = otpd.enroll("sato")
        other = otpd.enroll("suzuki")
        for n in range(4):
            assert otpd.verify("sato", phone.wrong())[:2] == ("WRONG", 0), n
        assert otpd.verify("sato", phone.wrong())[:2] == ("WRONG", 60)
        assert log.events[-1]["type"] == "mfa.lock", log.events[-1]
        result, wait, *_ = otpd.verify("sato", phone.code())
        assert result == "LOCKED" and 55 <= wait <= 60, (result, wait)
        assert otpd.result("suzuki", other.code()) == "ACCEPTED", "another one is locked too"
        otpd.kill()
        otpd.start()
        assert otpd.result("sato", phone.code()) == "LOCKED", "forgotten by a restart"
        assert otpd.unlock("sato") == "ACCEPTED" and log.events[-1]["type"] == "mfa.unlock"
        assert otpd.result("sato", phone.code(1)) == "ACCEPTED"


def without_the_log_no_answer_but_the_code_is_used():
    for answer in (ENOSPC, SILENT, DROP):
        with daemon() as (otpd, log):
            phone = otpd.enroll("sato")
            code = phone.code()
            log.answer = answer
            began = time.monotonic()
            assert otpd.result("sato", code) == "UNAVAILABLE", answer
            assert time.monotonic() - began < 1.9, "later than a client waits"
            log.answer = ACCEPT
            assert otpd.result("sato", code) == "USED", answer


def without_the_log_no_secret():
    with daemon() as (otpd, log):
        log.answer = ENOSPC
        assert otpd.begin("sato") is None
        log.answer = ACCEPT
        assert otpd.prove("sato", "123456") == "NOT_ENROLLED"


def the_answer_waits_for_the_log():
    with daemon() as (otpd, log):
        phone = otpd.enroll("sato")
        log.delay = 0.6
        began = time.monotonic()
        assert otpd.result("sato", phone.code()) == "ACCEPTED"
        assert time.monotonic() - began >= 0.6


def killed_between_decision_and_answer():
    with daemon() as (otpd, log):
        phone = otpd.enroll("sato")
        code = phone.code()
        log.answer = SILENT
        n_events = len(log.events)
        with otpd.connect() as client:
            client.send(HEADER.pack(VERSION, VERIFY, 0, 1) + struct.pack(
                "=64s64s64s256s64s64s", b"sato", b"login", b"", b"", b"", code.encode()))
            while len(log.events) == n_events:
                time.sleep(0.01)
            otpd.kill()
        log.answer = ACCEPT
        otpd.start()
        assert otpd.result("sato", code) == "USED", "given twice"
        otpd.kill()
        otpd.start()
        assert otpd.result("sato", code) == "USED" and otpd.status()["users"] == 1


MALFORMED = (
    b"", b"\x02", HEADER.pack(VERSION, STATUS, 0, 0)[:-1], HEADER.pack(VERSION, STATUS, 0, 0) + b"x",
    HEADER.pack(VERSION + 1, STATUS, 0, 0), HEADER.pack(0, STATUS, 0, 0),
    HEADER.pack(VERSION, 0, 0, 0), HEADER.pack(VERSION, 35, 0, 0) + bytes(24),
    HEADER.pack(VERSION, 200, 0, 0), HEADER.pack(VERSION, VERIFY, 0, 0) + bytes(100),
    bytes(4096), bytes(5000), HEADER.pack(VERSION, VERIFY, 0, 0) + bytes(4000),
)


def who_speaks_nonsense_is_dropped_alone():
    with daemon() as (otpd, _):
        with otpd.connect() as good:
            for message in MALFORMED:
                with otpd.connect() as bad:
                    bad.send(message)
                    with contextlib.suppress(ConnectionResetError):
                        assert bad.recv(100) == b"", message
            good.send(HEADER.pack(VERSION, STATUS, 0, 5))
            assert good.recv(4096)[1] == 44, "an innocent client was dropped"
        for field in range(6):
            sizes = [64, 64, 64, 256, 64, 64]
            for filler in (b"\xff", b"A", b"\x1b"):
                body = b"".join((filler * size if n == field else b"sato").ljust(size, b"\0")
                                for n, size in enumerate(sizes))
                assert otpd.ask(VERIFY, body)[0] == "WRONG", (field, filler)


def in_a_child(prepare, function):
    """What @function returns in a process of its own, as text."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            prepare()
            os.write(write, repr(function()).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with open(read, encoding="utf-8") as pipe:
        return pipe.read()


def become_nobody():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def as_nobody(function):
    return in_a_child(become_nobody, function)


def others_may_not_ask():
    with daemon() as (otpd, log):
        phone = otpd.enroll("sato")
        mine = otpd.enroll("nobody")
        code = phone.code()
        n_events = len(log.events)
        assert as_nobody(lambda: otpd.result("sato", code)) == "'WRONG'"
        assert as_nobody(lambda: otpd.prove("sato", code)) == "'WRONG'"
        for n in range(6):
            assert as_nobody(lambda: otpd.result("sato", "000000")) == "'WRONG'", n
        assert as_nobody(lambda: otpd.begin("sato")) == str(EPERM)
        assert as_nobody(lambda: otpd.confirm("nobody", "1")) == str(EPERM)
        assert as_nobody(lambda: otpd.unlock("nobody")) == str(EPERM)
        assert as_nobody(lambda: otpd.revoke("sato")) == str(EPERM)
        assert as_nobody(lambda: otpd.call(LIST)[0]) == str(ERROR)
        assert len(log.events) == n_events, "they fill the log"
        assert as_nobody(lambda: otpd.result("nobody", mine.code())) == "'ACCEPTED'"
        assert otpd.result("sato", code) == "ACCEPTED", "used up or locked by somebody else"


def the_policy_decides_who_needs_a_code():
    with daemon() as (otpd, log):
        phone = otpd.enroll("sato")
        otpd.policy.write_text("zone internet {\n\tcode none\n}\nzone lgwan {\n\tcode optional\n}\n")
        stand_in(otpd, log, "internet")
        assert otpd.need() == "NONE" and otpd.result("suzuki", "") == "NOT_REQUIRED"
        until(lambda: log.events[-1]["type"] == "mfa.skip")  # nobody is kept waiting for it
        assert log.events[-1]["zone"] == "internet"
        stand_in(otpd, log, "lgwan")
        assert otpd.need() == "OPTIONAL" and otpd.result("suzuki", "") == "NOT_REQUIRED"
        assert otpd.result("sato", phone.wrong()) == "WRONG"
        assert otpd.result("sato", "") == "WRONG", "who has a token needs it"
        assert otpd.result("sato", phone.code()) == "ACCEPTED"
        log.answer = ENOSPC
        assert otpd.result("suzuki", "") == "UNAVAILABLE"
        log.answer = ACCEPT
        stand_in(otpd, log, "mynumber")
        assert otpd.need() == "REQUIRED" and otpd.result("suzuki", "") == "NOT_ENROLLED"


def grace_is_one_sessions_own():
    with daemon() as (otpd, log):
        phone, other = otpd.enroll("sato"), otpd.enroll("suzuki")
        otpd.policy.write_text("zone lgwan {\n\tcode required\n\tcode required sudo {\n\t\tgrace 3s\n\t}\n}\n")
        stand_in(otpd, log, "lgwan")
        assert otpd.need("sudo", "sato") == "REQUIRED", "before any code"
        assert otpd.result("sato", phone.code(), "sudo") == "ACCEPTED"
        assert otpd.need("sudo", "sato") == "NONE"
        assert otpd.result("sato", "", "sudo") == "NOT_REQUIRED"
        assert log.events[-1]["type"] == "mfa.skip" and log.events[-1]["reason"] == "grace", log.events[-1]
        for service, user in (("login", "sato"), ("sudo", "suzuki")):
            assert otpd.need(service, user) == "REQUIRED", (service, user)
        assert in_a_child(os.setsid, lambda: otpd.need("sudo", "sato")) == "'REQUIRED'"
        log.answer = ENOSPC
        assert otpd.result("sato", "", "sudo") == "UNAVAILABLE", "unrecorded"
        log.answer = ACCEPT
        assert otpd.need("sudo", "sato") == "NONE"
        time.sleep(3.1)
        assert otpd.need("sudo", "sato") == "REQUIRED", "its time is over"
        assert otpd.result("sato", "", "sudo") == "NOT_REQUIRED", "promised before it ended"
        assert otpd.result("sato", "", "sudo") == "WRONG", "once"
        assert otpd.result("suzuki", other.code(), "sudo") == "ACCEPTED"
        assert otpd.revoke("suzuki") == "ACCEPTED"
        assert otpd.need("sudo", "suzuki") == "REQUIRED", "revoked"
        assert otpd.result("sato", phone.code(1), "sudo") == "ACCEPTED"
        assert in_a_child(os.setsid, lambda: otpd.result("sato", phone.wrong(), "sudo")) == "'WRONG'"
        assert otpd.need("sudo", "sato") == "REQUIRED", "somebody guesses"
        steady(6)
        otpd.unlock("sato")
        last = otpd.begin("sato")
        assert otpd.confirm("sato", last.code()) == "ACCEPTED" == otpd.result("sato", last.code(1), "sudo")
        assert otpd.need("sudo", "sato") == "NONE"
        assert in_a_child(os.setsid, lambda: otpd.result("sato", grouped("000000000000"), "sudo")) == "'WRONG'"
        assert otpd.need("sudo", "sato") == "REQUIRED", "somebody guesses at a temporary code"


def what_is_no_file_of_its_own_refuses():
    with daemon() as (otpd, log):
        phone, copy = otpd.enroll("sato"), otpd.root / "copy"
        file = next(f for f in otpd.state.iterdir() if len(f.name) == 32)
        file.rename(copy)

        def cut():
            file.write_bytes(copy.read_bytes()[:5000])
            file.chmod(0o600)

        def others():
            file.write_bytes(copy.read_bytes())
            os.chown(file, 65534, 65534)

        def readable():
            file.write_bytes(copy.read_bytes())
            file.chmod(0o640)

        for put, why in ((lambda: file.symlink_to(copy), "symbolic link"), (lambda: os.mkfifo(file), "regular file"),
                         (file.mkdir, "regular file"), (cut, "damaged"), (others, "alone"), (readable, "alone"),
                         (lambda: os.link(copy, file), "hard links")):
            put()
            assert otpd.result("sato", phone.code()) == "UNAVAILABLE"
            assert log.events[-1]["type"] == "mfa.unavailable", log.events[-1]
            assert why in (otpd.root / "journal").read_text(encoding="utf-8").splitlines()[-1], why
            assert put == cut or isinstance(otpd.begin("sato"), int), "enrolled as if fresh"
            if file.is_dir():
                file.rmdir()
            else:
                file.unlink()
        copy.rename(file)
        assert otpd.result("sato", phone.code()) == "ACCEPTED"


def a_directory_of_others_is_not_used():
    with daemon() as (otpd, _):
        phone, elsewhere = otpd.enroll("sato"), otpd.root / "elsewhere"

        def moved():
            otpd.state.rename(elsewhere)
            otpd.state.symlink_to(elsewhere)

        def back():
            otpd.state.unlink()
            elsewhere.rename(otpd.state)

        for spoil, mend in ((lambda: otpd.state.chmod(0o750), lambda: otpd.state.chmod(0o700)),
                            (lambda: os.chown(otpd.state, 65534, 65534), lambda: os.chown(otpd.state, 0, 0)),
                            (moved, back)):
            otpd.kill()
            spoil()
            otpd.start()
            assert otpd.result("sato", phone.code()) == "UNAVAILABLE"
            assert not otpd.status()["key"] and "remedy" in otpd.status()["detail"], otpd.status()
            mend()
        otpd.kill()
        otpd.start()
        assert otpd.result("sato", phone.code()) == "ACCEPTED"


def damage_refuses_its_user_alone():
    with daemon() as (otpd, log):
        phone = otpd.enroll("sato")
        file = next(f for f in otpd.state.iterdir() if len(f.name) == 32)
        otpd.policy.write_text("zone mynumber {\n\tcode required\n}\n")
        other = otpd.enroll("suzuki")
        content = bytearray(file.read_bytes())
        content[4096 + 100] ^= 1
        content[8192 + 100] ^= 1
        file.write_bytes(content)
        assert otpd.result("sato", phone.code()) == "UNAVAILABLE"
        assert log.events[-1]["type"] == "mfa.unavailable", log.events[-1]
        assert otpd.result("suzuki", other.code()) == "ACCEPTED"
        otpd.kill()
        otpd.start()
        assert otpd.result("sato", phone.code()) == "UNAVAILABLE"
        assert "damaged" in otpd.status()["detail"], otpd.status()
        again = otpd.enroll("sato")
        assert otpd.result("sato", again.code()) == "ACCEPTED"


def without_the_host_key_codes_are_needed_where_they_were():
    with daemon() as (otpd, log):
        assert otpd.need() == "NONE", "nobody has a token"
        key = otpd.key.read_bytes()
        otpd.key.write_bytes(b"")
        otpd.kill()
        otpd.start()
        assert otpd.need() == "NONE", "nobody ever had one"
        otpd.key.write_bytes(key)
        otpd.kill()
        otpd.start()
        otpd.enroll("sato")
        assert otpd.need() == "REQUIRED"
        otpd.key.write_bytes(b"")
        otpd.kill()
        otpd.start()
        assert otpd.need() == "REQUIRED", "the key is gone, and with it the question"
        assert otpd.result("suzuki", "") == "UNAVAILABLE"


def without_the_host_key_nobody_gets_in():
    with daemon() as (otpd, log):
        phone = otpd.enroll("sato")
        otpd.kill()
        key = otpd.key.read_bytes()
        otpd.policy.write_text("zone lgwan {\n\tcode optional\n}\n")
        stand_in(otpd, log, "lgwan")
        for bad in (key[:31], b"", key + b"x", os.urandom(32)):
            otpd.key.write_bytes(bad)
            otpd.start()
            assert otpd.prove("sato", phone.code()) == "UNAVAILABLE"
            assert otpd.result("sato", phone.code()) == "UNAVAILABLE"
            assert otpd.result("suzuki", "") == "UNAVAILABLE", "nobody knows whether he has one"
            assert otpd.status()["key"] == 0 and otpd.status()["detail"] and otpd.begin("sato") < 0
            otpd.kill()
        otpd.key.write_bytes(key)
        otpd.start()
        assert otpd.result("sato", phone.code()) == "ACCEPTED"


TESTS = [
    a_code_lets_in_once, a_token_counts_only_when_confirmed, one_of_64_at_once,
    sixty_four_people_at_once, guessing_is_slowed_down, without_the_log_no_answer_but_the_code_is_used,
    without_the_log_no_secret, the_answer_waits_for_the_log, killed_between_decision_and_answer,
    who_speaks_nonsense_is_dropped_alone, others_may_not_ask, the_policy_decides_who_needs_a_code,
    grace_is_one_sessions_own, what_is_no_file_of_its_own_refuses, a_directory_of_others_is_not_used,
    damage_refuses_its_user_alone, without_the_host_key_codes_are_needed_where_they_were,
    without_the_host_key_nobody_gets_in,
]


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP the daemon answers root alone about everybody")
        return 0
    return run_each(TESTS)


if __name__ == "__main__":
    sys.exit(main())
