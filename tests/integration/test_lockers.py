#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Screen lockers that run as the user, and programs that know one field for password and code.

usage: test_lockers.py SEKISHO_OTPD SHIFTED_CLOCK_SO SEKISHO PAM_LOGIN PAM_LOCKER PAM_SEKISHO_SO PAM_PASSWORD_SO [TEST...]
"""

import contextlib
import json
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import lost_client  # noqa: E402
from each import run_each_private  # noqa: E402
from otpd_client import HEADER, SCOPE, VERIFY, stand_in  # noqa: E402
from pam_stack import SERVICES, Stack  # noqa: E402

OTPD, PRELOAD, SEKISHO, LOGIN, LOCKER, SEKISHO_SO, PASSWORD_SO = (pathlib.Path(word).resolve() for word in sys.argv[1:8])
SOCKET = pathlib.Path("/run/sekisho/sock/otp")
NOBODY, AUTH_ERR, AUTHINFO_UNAVAIL = 65534, 7, 9
DIALOGS = ("cinnamon-screensaver", "kde", "mate-screensaver", "xfce4-screensaver", "xscreensaver")
ONE_FIELD = ("gtklock", "i3lock", "swaylock")
NEED = struct.Struct("=BBHIBB6x")
CODE_AT = 64 + 64 + 64 + 256 + 64
ONE_ANSWER = """zone mynumber {
	code required
	code required gtklock i3lock swaylock sshd {
		one-answer 6
	}
	code required xlock {
		one-answer 8
	}
}
"""


class Lock:
    """What a locker of @user, who may be another, came to."""

    def __init__(self, stack, service, manner, *answers, user="nobody"):
        ran = subprocess.run([stack.directory / LOCKER.name, stack.directory, service, user, manner, *answers], check=False,
                             capture_output=True, encoding="utf-8", user=NOBODY, group=NOBODY, extra_groups=[])
        assert ran.returncode in (0, 1), ran
        pairs = [line.split("=", 1) for line in ran.stdout.splitlines()]
        self.is_open = ran.returncode == 0
        self.asked, self.texts, self.auth = (
            [value for key, value in pairs if key == wanted] for wanted in ("prompt", "text", "auth"))
        self.at_once = max(int(value) for key, value in pairs if key == "at-once")

    def __repr__(self):
        return f"open={self.is_open} auth={self.auth} asked={self.asked} at_once={self.at_once} texts={self.texts}"


@contextlib.contextmanager
def terminal(policy=None):
    """The daemon, its log, and services whose files a user can reach."""
    with lost_client.machine(OTPD, PRELOAD, SOCKET) as (otpd, log):
        reachable = otpd.root / "reachable"
        reachable.mkdir()
        modules = [shutil.copy(module, reachable) for module in (SEKISHO_SO, PASSWORD_SO)]
        stack = Stack(otpd.root / "pam", LOGIN, *modules)
        shutil.copy(LOCKER, stack.directory)
        for service in DIALOGS + ONE_FIELD + ("xlock", "sshd"):
            stack.add(service, SERVICES["login"])
        if policy:
            otpd.policy.write_text(policy, encoding="ascii")
            stand_in(otpd, log, "mynumber")
        yield otpd, log, stack


def codes(otpd, phone):
    """Codes that are good one after the other: the clock of the daemon goes on with them."""
    step = 0
    while True:
        otpd.shift(wall=step * phone.period)
        yield phone.code(step)
        step += 1


def of(log, user):
    return [event["type"] for event in log.events if event.get("user") == user]


def a_user_unlocks_with_his_own_code():
    with terminal() as (otpd, log, stack):
        fresh = codes(otpd, otpd.enroll("nobody"))
        for service in DIALOGS:
            code = next(fresh)
            for password, typed in (("right", "000000"), ("wrong", code)):
                refused = Lock(stack, service, "dialog", password, typed)
                assert not refused.is_open and refused.auth == [str(AUTH_ERR)], (service, refused)
            opened = Lock(stack, service, "dialog", "right", code)
            assert opened.is_open and opened.asked == ["Password: ", "One-time code: "], (service, opened)
            assert opened.at_once == 1 and "failures" in opened.texts[0], (service, opened)
            again = Lock(stack, service, "dialog", "right", code)
            assert not again.is_open and again.texts == ["Code already used. Wait for the next one."], (service, again)
            assert otpd.unlock("nobody") == "ACCEPTED"
        assert {event["service"] for event in log.events if event["type"] == "mfa.success"} == set(DIALOGS)


def nobody_unlocks_with_anothers_name():
    with terminal(ONE_ANSWER) as (otpd, log, stack):
        phones = {name: otpd.enroll(name) for name in ("sato", "root")}
        before = len(log.events)
        for user, phone in phones.items():
            code = phone.code()
            for service, manner, answers in (("kde", "dialog", ("right", code)), ("swaylock", "alike", ("right" + code,))):
                refused = Lock(stack, service, manner, *answers, user=user)
                assert not refused.is_open and refused.auth == [str(AUTH_ERR)], (user, service, refused)
        refused = Lock(stack, "swaylock", "root-too", "right" + phones["root"].code())
        assert not refused.is_open and len(refused.auth) == 2, refused
        assert not of(log, "root")[2:] and not of(log, "sato")[2:] and len(log.events) == before + 1, log.events
        for user, phone in phones.items():
            assert otpd.result(user, phone.code()) == "ACCEPTED", "used up or locked by somebody else"


def one_field_holds_both():
    with terminal(ONE_ANSWER) as (otpd, log, stack):
        phone = otpd.enroll("nobody")
        fresh = codes(otpd, phone)
        for service in ONE_FIELD:
            code = next(fresh)
            tries = Lock(stack, service, "alike", "wrong" + code, "right", "right" + phone.wrong(), code, "right" + code)
            assert tries.is_open and tries.auth == [str(AUTH_ERR)] * 4 + ["0"], (service, tries)
            assert set(tries.asked) == {"Password followed by code: "} and tries.at_once == 1, (service, tries)
            assert not Lock(stack, service, "alike", "right" + code).is_open, "a used code"
            assert otpd.unlock("nobody") == "ACCEPTED"
        code = next(fresh)
        assert not Lock(stack, "xlock", "alike", "right" + code).is_open, "cut at another place"
        assert Lock(stack, "swaylock", "alike", "right" + code).is_open


def a_wrong_password_costs_no_attempt():
    with terminal(ONE_ANSWER) as (otpd, log, stack):
        phone = otpd.enroll("nobody")
        before = len(log.events)
        for answer in ("wrong", "wrong" + phone.code(), "wrong" + phone.wrong(), phone.code(), "rightt" + phone.code()):
            for _ in range(3):
                assert not Lock(stack, "swaylock", "alike", answer).is_open, answer
        assert len(log.events) == before, log.events
        assert Lock(stack, "swaylock", "alike", "right" + phone.code()).is_open


def long_codes_and_those_by_telephone():
    with terminal(ONE_ANSWER) as (otpd, log, stack):
        phone = otpd.enroll("nobody", (1, 8, 30))
        code = phone.code()
        assert not Lock(stack, "swaylock", "alike", "right" + code).is_open
        assert Lock(stack, "xlock", "alike", "right" + code).is_open
        told = otpd.temporary("nobody", uses=2)
        for service, typed in (("xlock", told), ("swaylock", told.replace(" ", "-"))):
            assert not Lock(stack, service, "alike", "wrong" + typed).is_open
            assert Lock(stack, service, "alike", "right" + typed).is_open, (service, typed)
        assert log.events[-1]["type"] == "code.temporary" and log.events[-1]["count"] == "0", log.events[-1]


def without_the_policys_word_it_is_not_parted():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("nobody")
        before = len(log.events)
        for service in ONE_FIELD:
            refused = Lock(stack, service, "alike", "right" + phone.code())
            assert not refused.is_open and refused.asked == ["Password: ", "One-time code: "], (service, refused)
            assert refused.at_once == 1, "i3lock and gtklock crash, and the screen is open"
        assert len(log.events) == before, "the code was tried"
        assert not Lock(stack, "swaylock", "alike", "right").is_open
        assert of(log, "nobody")[-1] == "mfa.fail", log.events


def whoever_it_is_sees_the_same():
    with terminal(ONE_ANSWER) as (otpd, log, stack):
        short, long = otpd.enroll("sato"), otpd.enroll("suzuki", (1, 8, 30))
        seen = set()
        for user in ("sato", "suzuki", "tanaka", "ghost"):
            for answer in ("wrong", "wrong" + short.code(), "wrong" + long.code(), "right" + short.wrong()):
                login = stack.login(user, answer, "", "sshd")
                assert not login.is_in, (user, answer, login)
                seen.add((*login.asked, login.conversations, login.delay_us > 0))
        assert seen == {("Password followed by code: ", 1, True)}, seen


def one_answer_over_the_network():
    """sshd with PasswordAuthentication gives what was typed to every prompt."""
    with terminal(ONE_ANSWER) as (otpd, log, stack):
        phone = otpd.enroll("sato")
        refused = stack.login("sato", "right" + phone.wrong(), "", "sshd", rhost="198.51.100.7")
        assert refused.texts == ["Password or code is wrong."], refused
        assert stack.login("sato", "right" + phone.code(), "", "sshd", rhost="198.51.100.7").is_in
        odd = stack.login("sato", "\b\n\r\177INCORRECT", "", "sshd", rhost="198.51.100.7")
        assert not odd.is_in and len(odd.asked) == 1, odd


def where_none_is_needed_the_password_alone():
    policy = "zone mynumber {\n\tcode optional\n\tcode optional swaylock {\n\t\tone-answer 6\n\t}\n}\n"
    with terminal(policy) as (otpd, log, stack):
        assert Lock(stack, "swaylock", "alike", "right").is_open, "who has no token"
        assert Lock(stack, "i3lock", "alike", "right").is_open, "and whose locker is not named"
        assert of(log, "nobody") == ["mfa.skip"] * 2, log.events
        phone = otpd.enroll("nobody")
        asked = Lock(stack, "swaylock", "alike", "right", "right" + phone.code())
        assert asked.is_open and asked.auth == [str(AUTH_ERR), "0"], asked
        assert set(asked.asked) == {"Password (and code, if you have a token): "}, asked


class Recorder:
    """In the daemon's place: every service needs a code, and what is sent as one is kept."""

    def __init__(self):
        self.codes = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(SOCKET))
        self.listener.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                with client:
                    self.answer(client)

    def answer(self, client):
        message = client.recv(4096)
        version, kind, _, tag = HEADER.unpack_from(message)
        if kind == SCOPE:
            client.send(NEED.pack(version, 33, 0, tag, 0, 0))
        elif kind == VERIFY:
            self.codes.append(lost_client.words(message[HEADER.size + CODE_AT:]))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        SOCKET.unlink()


def a_password_is_not_sent_as_a_code():
    with terminal() as (otpd, log, stack):
        otpd.kill()
        recorder = Recorder()
        try:
            for password, code in (("right", "right"), ("right", "123456")):
                refused = stack.login("sato", password, code)
                assert refused.auth == AUTHINFO_UNAVAIL, refused
            assert recorder.codes == ["x", "123456"], recorder.codes
        finally:
            recorder.close()
            otpd.start()


def the_doctor_knows_which_have_one_field():
    def told():
        report = json.loads(subprocess.run([SEKISHO, "doctor", "--json"], check=False, capture_output=True,
                                           encoding="utf-8", env={"LANG": "C"}).stdout)
        joined = [f["what"].rpartition(": ")[2] for f in report["findings"] if f["id"] == "pam.one-answer"]
        return {f["subject"] for f in report["findings"] if f["id"] == "locker.one-field"}, joined
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/usr/local/bin"], check=True)
    try:
        for program in ("swaylock", "i3lock", "mate-screensaver"):
            pathlib.Path("/usr/local/bin", program).touch()
        with terminal() as (otpd, log, stack):
            shutil.copy(stack.directory / "swaylock", "/etc/pam.d/swaylock")
            assert told() == ({"swaylock", "i3lock"}, []), told()
            lines = "code required swaylock {\n one-answer 8\n}\n"
            for policy, expected in ((lines, {"i3lock"}), (lines + "code none i3lock\n", set())):
                otpd.policy.write_text("zone mynumber {\n code required\n" + policy + "}\n", encoding="ascii")
                stand_in(otpd, log, "mynumber")
                assert told() == (expected, ["swaylock"]), (policy, told())
    finally:
        subprocess.run(["umount", "/usr/local/bin"], check=True)


TESTS = [
    a_user_unlocks_with_his_own_code, nobody_unlocks_with_anothers_name, one_field_holds_both,
    a_wrong_password_costs_no_attempt, long_codes_and_those_by_telephone, without_the_policys_word_it_is_not_parted,
    whoever_it_is_sees_the_same, one_answer_over_the_network, where_none_is_needed_the_password_alone,
    a_password_is_not_sent_as_a_code, the_doctor_knows_which_have_one_field,
]


if __name__ == "__main__":
    sys.exit(run_each_private(TESTS))
