#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Codes from sealed envelopes and recovery codes, through the real sekisho-otpd, module and command.

usage: test_paper.py SEKISHO_OTPD SHIFTED_CLOCK_SO SEKISHO PAM_LOGIN PAM_SEKISHO_SO PAM_PASSWORD_SO [TEST...]
"""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import lost_client  # noqa: E402
import seats  # noqa: E402
from each import run_each_private  # noqa: E402
from fake_log import ACCEPT, DROP, SILENT  # noqa: E402
from pam_stack import Stack  # noqa: E402

OTPD, PRELOAD, SEKISHO, *PAM = (pathlib.Path(word).resolve() for word in sys.argv[1:7])
SOCKET = pathlib.Path("/run/sekisho/sock/otp")
ENOSPC, EPERM, EINVAL, EBUSY = -28, -1, -22, -16
ENOENT, EISDIR, EBADMSG, EIO = -2, -21, -74, -5


def machine():
    return lost_client.machine(OTPD, PRELOAD, SOCKET)


@contextlib.contextmanager
def with_envelopes(count=3):
    """root is an administrator everywhere.  This program sits at the console."""
    with machine() as (otpd, log), seats.seated(seats.TTY1):
        phone = otpd.enroll("root")
        result, n, codes = otpd.seal("root", phone.code(), count)
        assert (result, n, len(codes)) == ("ACCEPTED", count, count), (result, n, codes)
        yield otpd, log, phone, codes


def until(condition, seconds=15.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def other_symbol(code, at):
    return code[:at] + ("7" if code[at] != "7" else "8") + code[at + 1:]


CONSOLES = [("/dev/tty1", seats.TTY1), ("ttyS0", seats.TTYS0), (":0", seats.NONE), ("console", seats.TTYS0),
            ("hvc0", seats.HVC0)]


def another_terminal_on_standard_input_is_no_console():
    """As by su </dev/tty1: what PAM_TTY says is not where the program came from."""
    with with_envelopes(1) as (otpd, log, _, (code,)):
        seats.login(7, REMOTE=1, SEAT="", TTY="pts/0")
        seats.login(8, REMOTE=0, SEAT="seat0", TTY="tty1")
        seats.login(9, REMOTE=0, SEAT="", TTY="pts/1")  # as of cron
        seats.login(10, REMOTE="0\nREMOTE=1", SEAT="seat0")
        seats.login(12, REMOTE="1\nREMOTE=0", SEAT="seat0")
        for tty, seat, session in (
                ("tty1", seats.PTS0, 7), ("tty1", seats.PTS0, seats.NO_SESSION), ("tty1", seats.NONE, seats.NO_SESSION),
                ("tty1", seats.TTY1, 7), ("tty2", seats.TTY1, seats.NO_SESSION), ("ttyS0", seats.TTY1, 8),
                ("tty1", seats.TTY1, 9), ("tty1", seats.TTY1, 10), ("tty1", seats.TTY1, 11), ("tty1", seats.TTY1, 12), ("tty1", seats.TTY1, ""),
                ("console", seats.PTS0, 8),
                (":0", seats.NONE, 7), (":0", seats.NONE, 8), (":0", seats.PTS0, seats.NO_SESSION), ("tty0", seats.NONE, 8)):
            with seats.seated(seat, session):
                assert otpd.at("sato", code, tty) == "NOT_ENROLLED", (tty, seat, session)
        # A link of that name to su, which the kernel then calls so: the number is tty1's.
        with seats.seated(seats.PTS0, called=") S 0 0 0 1025 "):
            assert otpd.at("sato", code, "tty1") == "NOT_ENROLLED"
        with seats.seated(seats.TTY1, 8):
            assert otpd.at("sato", code, "tty1") == "ACCEPTED"


def an_envelope_opens_once_at_its_own_console():
    with with_envelopes(5) as (otpd, log, _, codes):
        assert log.events[-1]["type"] == "token.envelope" and log.events[-1]["count"] == "5"
        for tty, rhost in (("pts/0", ""), ("ssh", "198.51.100.7"), ("tty1", "198.51.100.7"), ("", ""),
                           ("tty", ""), ("ttyX", ""), ("localhost:10.0", ""), ("tty1/../pts/0", "")):
            assert otpd.at("sato", codes[0], tty, rhost) == "NOT_ENROLLED", (tty, rhost)
        assert lost_client.as_nobody(lambda: otpd.at("nobody", codes[0])) == "'NOT_ENROLLED'", "his own word"
        for code, (tty, seat) in zip(codes, CONSOLES, strict=True):
            with seats.seated(seat):
                assert otpd.at("sato", code.lower().replace("-", " "), tty) == "ACCEPTED", tty
                assert log.events[-1]["type"] == "code.envelope", log.events[-1]
                assert otpd.at("sato", code, tty) == "WRONG", tty
        assert otpd.again().at("sato", codes[1]) == "WRONG", "forgotten"
        assert not any(code in repr(log.events) for code in codes), "a code is in the log"


def what_was_mistyped_does_not_count():
    with with_envelopes() as (otpd, log, _, codes):
        for at in (n for n in range(19) if codes[0][n] != "-"):
            assert otpd.at("sato", other_symbol(codes[0], at)) == "MISTYPED", at
        assert otpd.at("sato", codes[0]) == "ACCEPTED"


def an_envelope_needs_no_host_key():
    with with_envelopes() as (otpd, log, phone, codes):
        otpd.kill()
        otpd.key.unlink()
        otpd.start()
        assert otpd.at("root", phone.code(1)) == "UNAVAILABLE"
        assert otpd.at("sato", codes[0]) == "ACCEPTED"
        assert otpd.at("sato", codes[0]) == "WRONG"
        assert otpd.seal("root", phone.code(1))[0] == EIO
        refused = sekisho("token", "envelope", "--admin", "root", typed=phone.code(1) + "\n")
        assert "stay valid" in refused.stderr and not refused.stdout, refused
        assert otpd.at("sato", codes[1]) == "ACCEPTED", "those before"


def a_slow_terminal_makes_them_too():
    with machine() as (otpd, _):
        typed = otpd.enroll("root").code() + "\n"
        otpd.process.send_signal(signal.SIGSTOP)
        threading.Timer(3, otpd.process.send_signal, [signal.SIGCONT]).start()
        printed = sekisho("token", "envelope", "--admin", "root", typed=typed)
        assert printed.returncode == 0 and printed.stdout, printed


def an_envelope_needs_no_log_which_hears_of_it_later():
    for answer in (ENOSPC, SILENT, DROP):
        with with_envelopes() as (otpd, log, phone, codes):
            log.answer = answer
            assert otpd.at("root", phone.code(1)) == "UNAVAILABLE"
            began = time.monotonic()
            assert otpd.at("sato", codes[0]) == "ACCEPTED", answer
            assert time.monotonic() - began < 1.9, "later than a client waits"
            assert otpd.at("sato", codes[0]) in ("WRONG", "UNAVAILABLE"), answer
            otpd.kill()
            log.answer = ACCEPT
            log.events.clear()
            otpd.start()
            until(lambda: log.find(type="code.envelope"))
            late = log.find(type="code.envelope")[0]
            assert (late["user"], late["count"], late["reason"]) == ("sato", "1", "late"), late
            time.sleep(0.2)
            log.events.clear()
            otpd.again()
            assert not log.find(type="code.envelope"), "twice"


def the_log_is_asked_again_without_a_restart():
    with with_envelopes() as (otpd, log, _, codes):
        log.answer = ENOSPC
        assert otpd.at("sato", codes[1]) == "ACCEPTED"
        log.answer = ACCEPT
        log.events.clear()
        until(lambda: log.find(type="code.envelope", reason="late", count="2"))


def guesses_at_envelopes_are_slowed_down():
    with with_envelopes() as (otpd, log, _, codes):
        old = codes
        phone = otpd.enroll("suzuki")
        for _ in range(5):
            assert otpd.at("sato", old[0]) in ("ACCEPTED", "WRONG")
        assert otpd.at("sato", old[0]) == "WRONG"
        assert otpd.at("sato", codes[1]) == "LOCKED"
        assert otpd.again().at("sato", codes[1]) == "LOCKED", "forgotten by a restart"
        assert otpd.at("suzuki", phone.code()) == "ACCEPTED", "the token as well"
        otpd.shift(boot=61)
        assert otpd.at("sato", codes[1]) == "ACCEPTED"


def one_envelope_of_16_at_once():
    with with_envelopes() as (otpd, _, _, codes):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            results = [f.result() for f in [pool.submit(otpd.at, "sato", codes[0]) for _ in range(16)]]
        assert results.count("ACCEPTED") == 1, results


def envelopes_are_an_administrators():
    with with_envelopes() as (otpd, log, phone, codes):
        other = otpd.enroll("nobody")
        assert otpd.seal("nobody", other.code())[0] == EPERM
        assert otpd.seal("root", phone.wrong())[0] == "WRONG"
        for count in (0, 17):
            assert otpd.seal("root", phone.code(1), count)[0] == EINVAL
        log.answers["token.envelope"] = ENOSPC
        assert otpd.seal("root", phone.code(1))[::2] == ("UNAVAILABLE", []), "unrecorded"
        assert otpd.at("sato", codes[0]) == "WRONG", "those before"


def damaged_envelopes_open_nothing():
    with with_envelopes() as (otpd, _, _, codes):
        otpd.kill()
        file = otpd.state / "envelopes"
        content = bytearray(file.read_bytes())
        for slot in (0, 4096):
            content[slot + 40] ^= 1
        file.write_bytes(content)
        otpd.start()
        assert otpd.at("sato", codes[0]) == "NOT_ENROLLED"
        assert "envelopes is damaged" in (otpd.root / "journal").read_text(encoding="utf-8")


def on_a_full_disk():
    with machine() as (otpd, _), seats.seated(seats.TTY1):
        otpd.kill()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", otpd.state], check=True)
        try:
            otpd.start()
            phone = otpd.enroll("root")
            _, _, sealed = otpd.seal("root", phone.code())
            _, _, recovery = otpd.recovery("sato")
            with contextlib.suppress(OSError), open(otpd.state / "filler", "wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))
            for code in (sealed[0], recovery[0]):
                assert otpd.at("sato", code) == "ACCEPTED"
                assert otpd.again().at("sato", code) in ("WRONG", "NOT_ENROLLED")
            assert otpd.recovery("suzuki")[0] == ENOSPC
        finally:
            otpd.kill()
            subprocess.run(["umount", otpd.state], check=True)
            otpd.start()


def recovery_codes_are_good_once_each():
    with machine() as (otpd, log):
        phone = otpd.enroll("sato")
        result, n, codes = otpd.recovery("sato")
        assert (result, n, len(set(codes))) == ("ACCEPTED", 8, 8), codes
        assert log.events[-1]["type"] == "token.recovery"
        assert otpd.recovery("sato", True)[:2] == ("ACCEPTED", 8)
        assert otpd.at("sato", codes[0].lower()) == "ACCEPTED"
        assert (log.events[-1]["type"], log.events[-1]["count"]) == ("code.recovery", "7"), log.events[-1]
        assert otpd.at("sato", codes[0]) == "WRONG" and log.events[-1]["type"] == "mfa.fail"
        assert otpd.at("suzuki", codes[1]) == "NOT_ENROLLED", "somebody else's"
        assert otpd.at("sato", other_symbol(codes[1], 0)) == "MISTYPED"
        assert otpd.again().at("sato", codes[0]) == "WRONG", "forgotten"
        assert otpd.at("sato", codes[1], "pts/3", "198.51.100.7") == "ACCEPTED"
        assert otpd.recovery("sato", True)[1] == 6
        _, _, new = otpd.recovery("sato")
        assert otpd.at("sato", codes[2]) == "WRONG", "of the set before"
        assert otpd.at("sato", new[0]) == "ACCEPTED"
        log.answer = ENOSPC
        assert otpd.at("sato", new[1]) == "UNAVAILABLE"
        assert otpd.recovery("sato")[::2] == ("UNAVAILABLE", [])
        log.answer = ACCEPT
        assert otpd.at("sato", phone.code()) == "ACCEPTED"
        assert not any(code in repr(log.events) for code in codes + new), "a code is in the log"


def one_recovery_code_of_32_at_once():
    with machine() as (otpd, _):
        _, _, codes = otpd.recovery("sato")
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            results = [f.result() for f in [pool.submit(otpd.at, "sato", codes[0]) for _ in range(32)]]
        assert results.count("ACCEPTED") == 1, results


def damaged_recovery_codes_refuse():
    with machine() as (otpd, _):
        _, _, codes = otpd.recovery("sato")
        file = next(f for f in otpd.state.iterdir() if f.name.startswith("recovery-"))
        content = bytearray(file.read_bytes())
        for slot in (0, 4096):
            content[slot + 40] ^= 1
        file.write_bytes(content)
        assert otpd.at("sato", codes[0]) == "UNAVAILABLE"
        _, _, other = otpd.recovery("suzuki")
        theirs = next(f for f in otpd.state.iterdir() if f.name.startswith("recovery-") and f != file)
        file.write_bytes(theirs.read_bytes())
        assert otpd.at("sato", other[0]) == "UNAVAILABLE", "another's file in its place"


def who_is_revoked_has_no_other_way_in():
    with machine() as (otpd, _):
        otpd.enroll("sato")
        _, _, codes = otpd.recovery("sato")
        temporary = otpd.temporary("sato")
        assert otpd.revoke("sato") == "ACCEPTED"
        assert otpd.at("sato", codes[0]) == "NOT_ENROLLED"
        assert otpd.result("sato", temporary) == "WRONG"
        assert otpd.result("sato", otpd.temporary("sato")) == "ACCEPTED", "two people may still let him in"


def revoking_the_last_token_by_its_name_is_no_less():
    with machine() as (otpd, _):
        phones = [otpd.enroll("sato") for _ in range(2)]
        _, _, codes = otpd.recovery("sato")
        temporary = otpd.temporary("sato", uses=2)
        assert otpd.revoke("sato", phones[0].token) == "ACCEPTED"
        assert otpd.at("sato", codes[0]) == otpd.result("sato", temporary) == "ACCEPTED", "one is left"
        assert otpd.revoke("sato", phones[1].token) == "ACCEPTED"
        assert otpd.at("sato", codes[1]) == "NOT_ENROLLED"
        assert otpd.result("sato", temporary) == "WRONG"


def who_has_no_token_can_be_revoked_as_well():
    with machine() as (otpd, log):
        _, _, codes = otpd.recovery("sato")
        assert otpd.revoke("sato") == "ACCEPTED" and log.events[-1]["type"] == "token.revoke"
        assert otpd.at("sato", codes[0]) == "NOT_ENROLLED"
        assert otpd.revoke("sato") == ENOENT == otpd.revoke("ghost"), "there is nothing to end"
        otpd.enroll("suzuki")
        _, _, codes = otpd.recovery("suzuki")
        file = next(f for f in otpd.state.iterdir() if len(f.name) == 32)
        file.write_bytes(bytes(12288))
        assert otpd.revoke("suzuki") == EBADMSG, "a damaged file says so"
        assert otpd.recovery("suzuki", True)[1] == 0


def a_revocation_that_leaves_codes_is_none():
    with machine() as (otpd, log):
        otpd.enroll("sato")
        otpd.recovery("sato")
        file = next(f for f in otpd.state.iterdir() if f.name.startswith("recovery-"))
        file.unlink()
        file.mkdir()
        log.events.clear()
        assert otpd.revoke("sato") == EISDIR
        assert not log.find(type="token.revoke")


def sekisho(*words, typed=""):
    return subprocess.run([SEKISHO, *words], input=typed, capture_output=True, encoding="utf-8",
                          env={**os.environ, "LANG": "C"}, check=False)


def by_command_and_module():
    with machine() as (otpd, log):
        stack = Stack(otpd.root / "pam", *PAM)
        phone = otpd.enroll("root")
        printed = sekisho("token", "envelope", "--count", "2", "--admin", "root", typed=phone.code() + "\n")
        assert printed.returncode == 0 and "端末" in printed.stdout and "Emergency" in printed.stdout, printed
        codes = re.findall(r"^ +(\S{4}-\S{4}-\S{4}-\S{4})$", printed.stdout, re.M)
        assert len(codes) == 2, printed
        for wrong in (["--count", "17"], ["--count", "0"], ["--admin", "nobody"]):
            refused = sekisho("token", "envelope", "--admin", "root", *wrong, typed="000000\n")
            assert refused.returncode != 0 and refused.stderr, refused
        assert sekisho("token", "envelope").returncode != 0, "nobody proves anything"
        assert not stack.login("sato", "right", codes[0]).is_in
        assert not stack.login("sato", "right", codes[0], tty="/dev/tty1").is_in, "its controlling terminal is another"
        console = {"tty": "/dev/tty1", "seat": (seats.TTY1,)}
        assert not stack.login("sato", "wrong", codes[0], **console).is_in
        assert stack.login("sato", "right", codes[0], **console).is_in
        assert not stack.login("sato", "right", codes[0], **console).is_in
        printed = sekisho("token", "recovery", "sato")
        recovery = re.findall(r"\S{4}-\S{4}-\S{4}-\S", printed.stdout)
        assert len(recovery) == 8, printed
        mistyped = stack.login("sato", "right", other_symbol(recovery[0], 2))
        assert mistyped.texts == ["That code is mistyped or not whole. This did not count."], mistyped
        assert not stack.login("sato", "wrong", recovery[0]).is_in
        assert stack.login("sato", "right", recovery[0]).is_in
        assert sekisho("token", "recovery", "sato", "--left").stdout == "sato has 7 recovery codes left.\n"
        log.answer = ENOSPC
        assert sekisho("token", "recovery", "sato").returncode != 0


TESTS = [
    an_envelope_opens_once_at_its_own_console, another_terminal_on_standard_input_is_no_console, what_was_mistyped_does_not_count,
    an_envelope_needs_no_host_key, a_slow_terminal_makes_them_too,
    an_envelope_needs_no_log_which_hears_of_it_later,
    the_log_is_asked_again_without_a_restart, guesses_at_envelopes_are_slowed_down,
    one_envelope_of_16_at_once, envelopes_are_an_administrators, damaged_envelopes_open_nothing,
    on_a_full_disk, recovery_codes_are_good_once_each, one_recovery_code_of_32_at_once,
    damaged_recovery_codes_refuse, who_is_revoked_has_no_other_way_in,
    revoking_the_last_token_by_its_name_is_no_less, who_has_no_token_can_be_revoked_as_well,
    a_revocation_that_leaves_codes_is_none, by_command_and_module,
]


if __name__ == "__main__":
    sys.exit(run_each_private(TESTS))
