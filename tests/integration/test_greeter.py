#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GDM's order of things: its worker asks PAM, message by message, and the greeter answers when somebody has typed.

usage: test_greeter.py SEKISHO_OTPD SHIFTED_CLOCK_SO PAM_WORKER PAM_LOGIN PAM_SEKISHO_SO PAM_PASSWORD_SO [TEST...]
"""

import contextlib
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import lost_client  # noqa: E402
from each import run_each_private  # noqa: E402
from fake_log import ACCEPT  # noqa: E402
from otpd_client import stand_in  # noqa: E402
from pam_stack import AUTH_COLLECT, AUTH_PASSWORD, AUTH_VERIFY, ACCOUNT, SERVICES, Stack  # noqa: E402

OTPD, PRELOAD, WORKER, *PAM = (pathlib.Path(word).resolve() for word in sys.argv[1:7])
SOCKET = pathlib.Path("/run/sekisho/sock/otp")
CONF = pathlib.Path("/etc/sekisho/terminal.conf")
SUCCESS, PERM_DENIED, AUTH_ERR, UNAVAIL, ENOSPC = 0, 6, 7, 9, -28
FIRST = "First logon here, failures before: 0"


@contextlib.contextmanager
def terminal():
    with lost_client.machine(OTPD, PRELOAD, SOCKET) as (otpd, log):
        stack = Stack(otpd.root / "pam", *PAM)
        stack.add("gdm-password", SERVICES["login"])
        # A module before ours that wants the password for itself, as one that mounts a home does.
        stack.add("gdm-mount", ["auth optional {password}", AUTH_COLLECT, AUTH_PASSWORD, AUTH_VERIFY, ACCOUNT])
        stack.add("gdm-half", SERVICES["collect-alone"])
        yield otpd, log, stack


class Worker:
    """One session worker; this side is GDM's daemon and its greeter."""

    def __init__(self, stack, user=None, service="gdm-password"):
        words = [WORKER, stack.directory, service] + ([user] if user else [])
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", bufsize=1)
        self.at_once = []

    def say(self, line):
        self.process.stdin.write(line + "\n")

    def hear(self):
        """The next line that shows something or ends a step."""
        for line in self.process.stdout:
            verb, _, text = line.rstrip("\n").partition(" ")
            if verb != "messages":
                return verb, text
            self.at_once.append(int(text))
        return "gone", ""

    def expect(self, *wanted):
        heard = self.hear()
        assert heard == wanted, (heard, wanted)

    def answer(self, verb, text, answer):
        self.expect(verb, text)
        self.say(f"answer {answer}")

    def begin(self, user):
        self.say("authenticate")
        self.expect("user", user)
        return self

    def both(self, password, code):
        self.answer("secret", "Password: ", password)
        self.answer("secret", "One-time code: ", code)

    def shown(self):
        """What is shown until the end of the step, and its result."""
        texts = []
        while (heard := self.hear())[0] in ("info", "problem"):
            texts.append(heard)
            self.say("shown")
        return texts, heard[0], int(heard[1])

    def authorize(self):
        self.say("authorize")
        verb, text = self.hear()
        assert verb == "authorized", (verb, text)
        return int(text)

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(20)


def both_prompts_in_one_conversation():
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        worker = Worker(stack, "sato").begin("sato")
        worker.both("right", phone.code())
        assert worker.shown() == ([("info", FIRST)], "authenticated", SUCCESS)
        assert worker.at_once == [2, 1], "the greeter is asked twice, or for both apart"
        assert worker.authorize() == SUCCESS and worker.end() == 0


def the_name_is_asked_for_first():
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        worker = Worker(stack)
        worker.say("authenticate")
        worker.answer("ask", "Username:", "sato")
        worker.expect("user", "sato")
        worker.both("right", phone.code())
        assert worker.shown() == ([("info", FIRST)], "authenticated", SUCCESS)
        assert worker.at_once == [1, 2, 1] and worker.authorize() == SUCCESS and worker.end() == 0


def prompts_that_come_one_by_one():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        for password, code, result in (("wrong", phone.code(), AUTH_ERR), ("right", phone.wrong(), AUTH_ERR),
                                       ("right", phone.code(), SUCCESS)):
            worker = Worker(stack, "sato", "gdm-mount").begin("sato")
            worker.both(password, code)
            _, step, got = worker.shown()
            assert (step, got, worker.at_once[:2]) == ("authenticated", result, [1, 1]), (password, got, worker.at_once)
            assert got != SUCCESS or worker.authorize() == SUCCESS
            worker.end()
        assert [e["type"] for e in log.events][2:] == ["mfa.fail", "mfa.success"], log.events


def a_refusal_is_a_problem_and_ends_it():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        cases = {("right", phone.wrong()): "Wrong code. Wait for the next one.", ("wrong", phone.code()): None,
                 ("right", "?"): "Call IT (ext. -) and read out:"}
        for (password, code), text in cases.items():
            worker = Worker(stack, "sato").begin("sato")
            worker.both(password, code)
            texts, step, result = worker.shown()
            assert (step, result) == ("authenticated", AUTH_ERR) and worker.end() != 0
            assert texts[0][1] == text if text else not texts, texts
            assert {verb for verb, _ in texts} <= {"info" if code == "?" else "problem"}, texts
        log.answer = ENOSPC
        worker = Worker(stack, "sato").begin("sato")
        worker.both("right", phone.code())
        assert worker.shown()[1:] == ("authenticated", UNAVAIL)
        log.answer = ACCEPT
        worker.end()


def who_turns_away_in_between_has_tried_nothing():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        before = len(log.events)
        for n_answers in range(2):
            worker = Worker(stack, "sato").begin("sato")
            for prompt in ("Password: ", "One-time code: ")[:n_answers]:
                worker.answer("secret", prompt, "right")
            assert worker.hear()[0] == "secret"
            worker.say("cancel")
            verb, result = worker.hear()
            assert verb == "authenticated" and int(result) != SUCCESS, (verb, result)
            worker.end()
        worker = Worker(stack, "sato").begin("sato")
        assert worker.hear()[0] == "secret"
        worker.process.kill()     # GDM ends a worker that nobody waits for
        worker.end()
        assert len(log.events) == before, log.events
        other = Worker(stack, "sato").begin("sato")
        other.both("right", phone.code())
        assert other.shown()[1:] == ("authenticated", SUCCESS) and other.authorize() == SUCCESS
        other.end()


def two_workers_at_a_time_and_one_code():
    """The greeter and a locked session, answered in turn; and the second step long after the first."""
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        code = phone.code()
        workers = [Worker(stack, "sato"), Worker(stack, "sato")]
        for worker in workers:
            worker.say("authenticate")
        for worker in workers:
            worker.expect("user", "sato")
            worker.expect("secret", "Password: ")
        for prompt, answer in (("One-time code: ", "right"), (None, code)):
            for worker in reversed(workers):
                worker.say(f"answer {answer}")
            for worker in workers:
                if prompt:
                    worker.expect("secret", prompt)
        results = [worker.shown()[2] for worker in workers]
        assert sorted(results) == [SUCCESS, AUTH_ERR], results
        assert workers[results.index(SUCCESS)].authorize() == SUCCESS
        for worker in workers:
            worker.end()


def half_a_stack_is_not_authorized():
    with terminal() as (otpd, _, stack):
        phone = otpd.enroll("sato")
        worker = Worker(stack, "sato", "gdm-half").begin("sato")
        worker.both("right", phone.code())
        assert worker.shown() == ([], "authenticated", SUCCESS)
        assert worker.authorize() == PERM_DENIED and worker.end() != 0


def in_japanese_although_on_a_console():
    with terminal() as (otpd, _, stack):
        otpd.enroll("sato")
        CONF.write_text("language ja\n", encoding="ascii")
        try:
            worker = Worker(stack, "sato").begin("sato")
            worker.answer("secret", "パスワード: ", "right")
            worker.answer("secret", "認証コード: ", "")
            assert not worker.shown()[0][0][1].isascii()
            worker.end()
            console = stack.login("sato", "right", "", tty="/dev/tty1")
            assert all(text.isascii() for text in console.asked + console.texts), console
        finally:
            CONF.unlink()


def one_answer_is_one_question():
    with terminal() as (otpd, log, stack):
        phone = otpd.enroll("sato")
        otpd.policy.write_text("zone mynumber {\n\tcode required\n\tcode required gdm-password {\n\t\tone-answer 6\n\t}\n}\n")
        stand_in(otpd, log, "mynumber")
        worker = Worker(stack, "sato").begin("sato")
        worker.answer("secret", "Password followed by code: ", "right" + phone.code())
        assert worker.shown()[1:] == ("authenticated", SUCCESS) and worker.authorize() == SUCCESS
        worker.end()


TESTS = [
    both_prompts_in_one_conversation, the_name_is_asked_for_first, prompts_that_come_one_by_one,
    a_refusal_is_a_problem_and_ends_it, who_turns_away_in_between_has_tried_nothing,
    two_workers_at_a_time_and_one_code, half_a_stack_is_not_authorized, in_japanese_although_on_a_console,
    one_answer_is_one_question,
]


if __name__ == "__main__":
    sys.exit(run_each_private(TESTS))
