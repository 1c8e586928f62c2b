#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A permit is approved by telephone: the real sekishod and sekisho-otpd at a terminal, another at the help desk.

usage: umockdev-wrapper test_phone.py SEKISHOD SEKISHO SEKISHO_OTPD SHIFTED_CLOCK_SO [TEST...]    (as root)
"""

import ast
import base64
import contextlib
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

import private_run  # noqa: E402

if not private_run.is_possible():
    print("1..0 # SKIP only root has a mount namespace of his own")
    sys.exit(0)
private_run.enter()
SEKISHO, OTPD, PRELOAD = (pathlib.Path(word).resolve() for word in sys.argv[2:5])

import accounts  # noqa: E402
import lost_client  # noqa: E402
from agent_terminal import becomes  # noqa: E402
from each import run_each  # noqa: E402
from lost_client import APPROVE, CALL, ERROR, approval_digits, as_nobody, as_user, packed_terms  # noqa: E402
from orders import ENVIRONMENT  # noqa: E402
from otpd_client import Phone, steady  # noqa: E402
from permit_desk import ACCEPTED, WRONG, act, asked, desk, minute, office, plug, stored  # noqa: E402

UNAVAILABLE, USED, LOCKED, MISTYPED, OVER = 0, 3, 4, 16, 17
EINVAL, EPERM, ENOSPC = -22, -1, -28
TERMINAL, SOCK, NOBODY = "T-0042", pathlib.Path("/run/sekisho/sock"), 65534


class TerminalOtp(lost_client.Machine):
    """The terminal's sekisho-otpd, beside its agent: the same order, policy and log."""

    def __init__(self, path):
        super().__init__(OTPD, tempfile.mkdtemp(prefix="sekisho-otp-"), path, PRELOAD)
        beside = pathlib.Path(path).parent
        self.order, self.policy = beside / "state/order", beside / "state/policy/current"
        self.packaged = beside / "packaged"
        (self.root / "log").symlink_to(beside / "log")
        self.start()

    def close(self):
        assert self.stop() == 0, "it did not end cleanly"
        shutil.rmtree(self.root)


@contextlib.contextmanager
def terminal():
    started = []

    def otp(path):
        started.append(TerminalOtp(path))
        return started[0]
    try:
        with desk(otp=otp) as t:
            yield t
    finally:  # also after a test that failed
        if started and started[0].process.poll() is None:
            started[0].kill()


@contextlib.contextmanager
def help_desk():
    """People who have a token there; who they are the test says."""
    with lost_client.machine(OTPD, PRELOAD, SOCK / "otp", "desk") as (there, log):
        steady(12)
        yield there, log, {name: there.enroll(name) for name in ("suzuki", "tanaka", "ito", "sato", "nobody", "ghost")}


def terms_of(t, number, approver="ito"):
    """What is read out of it."""
    lines = dict(re.findall(r"^    (\w+) (\S+)$", stored(t, number), re.M))
    return {"permit": number, "approver": approver} | {name: lines[name] for name in lost_client.TERMS_NAMES[2:]}


def called(t, number, approver="ito"):
    result, challenge = act(t, "code.challenge", approver=approver, code="", permit=number)
    assert result == ACCEPTED, (result, challenge)
    return challenge


def by_phone(t, number, digits, approver="ito", what="permit.approve"):
    return act(t, what, approver=approver, code=digits, permit=number, method="telephone")


def right(t, terms, challenge, name=TERMINAL):
    return approval_digits(t.otp.key.read_bytes(), terms, name, challenge)


def is_not_approved(t, number):
    assert "stage requested" in stored(t, number) and not t.log.find(type="permit.approve", permit=number)


def digits_that_are_read_back_approve_it_once():
    with terminal() as t:
        number = asked(t)
        challenge = called(t, number)
        assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", challenge), challenge
        question = t.log.find(type="code.challenge")[0]
        assert (question["user"], question["ticket"], question["permit"], question["approver"]) == (
            "nobody", challenge, number, "ito"), question
        digits = right(t, terms_of(t, number), challenge)
        assert by_phone(t, number, digits)[0] == ACCEPTED
        entry, = t.log.find(type="permit.approve")
        assert (entry["method"], entry["ticket"], entry["approver"], entry["user"], entry["medium_number"]) == (
            "telephone", challenge, "ito", "nobody", "T-1"), entry
        assert "stage approved" in stored(t, number) and "approver ito" in stored(t, number)
        assert digits.replace(" ", "") not in repr(t.log.events) and digits not in repr(t.log.events)
        plug(t)
        becomes("mounted", lambda: t.media.mounts)
        result, said = by_phone(t, number, digits)
        assert result is None and "approved" in said, (result, said)
        entry, = t.log.find(type="code.fail")
        assert (entry["result"], entry["permit"], entry["approver"]) == ("refused", number, "ito"), entry
        assert "approved" in entry["detail"] and len(t.log.find(type="permit.approve")) == 1, entry


def all_that_is_read_out_counts():
    with terminal() as t:
        number = asked(t)
        challenge, terms = called(t, number), terms_of(t, number)
        changed = {"permit": number + "1", "approver": "sato", "user": "abe", "medium": "T-2", "purpose": "bank",
                   "classification": "2", "access": "read", "from": minute(-2), "until": minute(3), "uses": "9"}
        assert changed.keys() == terms.keys()
        for name, value in changed.items():
            assert by_phone(t, number, right(t, terms | {name: value}, challenge))[0] == WRONG, name
            assert t.otp.unlock("nobody") == "ACCEPTED", name  # five would make him wait
        for digits in (right(t, terms, challenge, "T-0043"), right(t, terms, "0000-0000"),
                       approval_digits(os.urandom(32), terms, TERMINAL, challenge)):
            assert by_phone(t, number, digits)[0] == WRONG, digits
        assert by_phone(t, number, right(t, terms, challenge), approver="sato")[0] == WRONG, "another approver"
        assert len(t.log.find(type="code.fail", result="wrong", permit=number, ticket=challenge)) == len(changed) + 4
        is_not_approved(t, number)
        assert by_phone(t, number, right(t, terms, challenge))[0] == ACCEPTED


def not_for_another_permit():
    with terminal() as t:
        first, second = asked(t), asked(t, medium_number="T-2")
        challenge = called(t, first)
        digits = right(t, terms_of(t, first), challenge)
        assert by_phone(t, second, digits)[0] == WRONG
        is_not_approved(t, second)
        called(t, second)
        assert by_phone(t, first, digits)[0] == WRONG, "the number before is void"
        is_not_approved(t, first)


def not_after_it_was_changed():
    with terminal() as t:
        number = asked(t)
        digits = right(t, terms_of(t, number), called(t, number))
        t.kill()
        file = t.root / "state/permits" / number
        file.write_text(file.read_text(encoding="utf-8").replace("uses 1\n", "uses 9\n", 1), encoding="utf-8")
        t.start("agent.start", 2)
        assert by_phone(t, number, digits)[0] == WRONG
        assert t.log.find(type="code.fail", permit=number)
        is_not_approved(t, number)


def digits_of_a_login_approve_nothing():
    with terminal() as t:
        number = asked(t)
        challenge = called(t, number)
        key = t.otp.key.read_bytes()
        for user in ("nobody", number):
            login = lost_client.digits(key, user, TERMINAL, challenge, 4, 1)
            assert by_phone(t, number, login)[0] == MISTYPED, user
            assert by_phone(t, number, " ".join(login.split()[:3]))[0] in (WRONG, MISTYPED), user
        approval = right(t, terms_of(t, number), challenge)
        assert t.otp.result("nobody", approval) == "MISTYPED"
        asked_for_login = t.otp.temporary("nobody", quarters=4)
        assert by_phone(t, number, approval)[0] == ACCEPTED, "a challenge of the other kind ended it"
        assert t.otp.result("nobody", asked_for_login) == "ACCEPTED"


def no_other_act_takes_them():
    with terminal() as t:
        number = asked(t)
        digits = right(t, terms_of(t, number), called(t, number))
        for what in ("permit.deny", "permit.close"):
            assert by_phone(t, number, digits, what=what)[0] != ACCEPTED, what
        assert not t.log.find(type="permit.deny") and not t.log.find(type="permit.close")
        is_not_approved(t, number)
        assert act(t, "permit.approve", code=digits, permit=number)[0] != ACCEPTED, "not said to be by telephone"
        is_not_approved(t, number)


def who_may_not_approve_does_not_by_telephone():
    with terminal() as t:
        number = asked(t)
        challenge = called(t, number)
        for approver in ("nobody", "mori", "suzuki"):
            result, said = act(t, "code.challenge", approver=approver, code="", permit=number)
            assert result is None and "remedy" in said, (approver, said)
            result, said = by_phone(t, number, right(t, terms_of(t, number, approver), challenge), approver)
            assert result is None and "remedy" in said, (approver, said)
            assert t.log.find(type="code.fail", result="refused", permit=number, approver=approver), t.log.events
        assert act(t, "code.challenge", approver="", code="", permit=number)[0] is None, "nobody is named"
        assert by_phone(t, "R8-T-0042-99", "4996 9574 6055")[0] is None
        is_not_approved(t, number)
        assert len(t.log.find(type="code.challenge")) == 1


def guesses_are_slowed_down():
    with terminal() as t:
        number = asked(t)
        challenge = called(t, number)
        good = right(t, terms_of(t, number), challenge)
        for n in range(5):
            assert by_phone(t, number, right(t, terms_of(t, number), f"0000-000{n}"))[0] == WRONG, n
        assert by_phone(t, number, good)[0] == LOCKED
        other = asked(t, medium_number="T-2")
        assert act(t, "code.challenge", code="", permit=other)[0] == LOCKED, "another permit, another budget"
        t.otp.again()
        assert by_phone(t, number, good)[0] == LOCKED, "forgotten by a restart"
        assert t.otp.result("nobody", t.otp.temporary("nobody")) == "ACCEPTED", "what is wrong here counts there"
        t.otp.shift(boot=61)
        assert by_phone(t, number, good[:-1] + str((int(good[-1]) + 1) % 10))[0] == MISTYPED
        assert by_phone(t, number, good)[0] == ACCEPTED


def over_after_an_hour():
    with terminal() as t:
        number = asked(t)
        for clock in ({"wall": 3600}, {"boot": 3600}):
            digits = right(t, terms_of(t, number), called(t, number))
            t.otp.shift(**clock)
            assert by_phone(t, number, digits)[0] == OVER, clock
            t.otp.shift()
            assert by_phone(t, number, digits)[0] == OVER, "the clock was set back"
        assert t.log.find(type="code.fail", result="over", permit=number)
        is_not_approved(t, number)


def unrecorded_nothing_is_approved():
    with terminal() as t:
        number = asked(t)
        t.log.answers["code.challenge"] = ENOSPC
        assert act(t, "code.challenge", code="", permit=number) == (UNAVAILABLE, "")
        t.log.answers.clear()
        digits = right(t, terms_of(t, number), called(t, number))
        t.log.answers["permit.approve"] = ENOSPC
        result, said = by_phone(t, number, digits)
        assert result is None and "the log does not take the entry" in said, said
        assert "stage requested" in stored(t, number)
        t.log.answers.clear()
        assert by_phone(t, number, digits)[0] == USED and t.log.find(type="code.fail", result="used", permit=number)
        assert "stage requested" in stored(t, number)
        t.otp.kill()
        assert by_phone(t, number, digits)[0] is None, "without sekisho-otpd"
        t.otp.start()


def approved_beside_it_meanwhile():
    with terminal() as t:
        number = asked(t)
        digits = right(t, terms_of(t, number), called(t, number))
        assert act(t, "permit.revoke", approver="", code="", permit=number)[0] == ACCEPTED
        assert by_phone(t, number, digits)[0] is None and "stage revoked" in stored(t, number)


def nobody_fills_the_log():
    with terminal() as t:
        number = asked(t)
        for path, mode in ((t.root, 0o711), (t.socket, 0o666)):
            os.chmod(path, mode)

        def often():
            return [act(t, "code.challenge", code="", permit=number)[0] for _ in range(40)]
        results = ast.literal_eval(as_nobody(often))
        assert results.count(ACCEPTED) == 32 and results.count(UNAVAILABLE) == 8, results
        refused = ast.literal_eval(as_nobody(lambda: [by_phone(t, number, "", "mori")[0] for _ in range(40)]))
        assert set(refused) == {None} and len(t.log.find(type="code.fail")) == 0, "he had no attempt left"
        assert len(t.log.find(type="code.challenge")) == 32


def sekishod_alone_may_ask():
    with terminal() as t:
        number = asked(t)
        terms = packed_terms(terms_of(t, number))
        n_events = len(t.log.events)
        os.chmod(t.root, 0o711)
        os.chmod(t.otp.path, 0o666)
        for kind, body in ((CALL, b"nobody".ljust(72, b"\0") + terms),
                           (APPROVE, b"nobody".ljust(72, b"\0") + bytes(64 + 256) + terms)):
            assert t.otp.call(kind, body)[0] != ERROR, "not even root"
            assert as_nobody(lambda: t.otp.call(kind, body)[0] == ERROR) == "True", kind
        assert len(t.log.events) == n_events + 1, "the number that root asked for"


def two_people_grant_it():
    accounts.be({"suzuki": (61001, True), "tanaka": (61002, True), "ito": (61003, False), "sato": (61004, False),
                 "abe": (61005, False), "twin": (61001, True)})
    with terminal() as t, help_desk() as (there, log, phones):
        number = asked(t)
        sealed, challenge, terms = t.otp.escrow(there.desk()), called(t, number), terms_of(t, number)
        n_events = len(log.events)

        def grant(issuer="suzuki", approver="ito", **more):
            return there.grant(sealed, terms | {"approver": approver} | more, challenge,
                               (issuer, phones[issuer].code(1)), phones.get(approver, phones["ito"]).code(1))

        for people, code in ((("ito", "ito"), EINVAL), (("nobody", "ito"), EINVAL), (("suzuki", "nobody"), EINVAL),
                             (("ito", "sato"), EPERM), (("ghost", "ito"), EPERM), (("suzuki", "ghost"), EPERM)):
            result, said = grant(*people)
            assert result == code and "remedy" in said, (people, result, said)
        assert grant(approver="twin")[0] == EINVAL and grant(approver="abe")[0] < 0
        for more in ({"uses": "2"}, {"medium": "T-2"}, {"approver": "sato"}):
            result, said = grant(**more)
            assert result == EINVAL and "not what the terminal shows" in said, (more, said)
        assert as_user(61003, lambda: grant()[0]) == str(EPERM), "who is no administrator asks"
        assert len(log.events) == n_events, "somebody's code was tried"
        good = phones["ito"].code(1)
        phones["ito"].code = lambda _: phones["suzuki"].wrong()
        assert grant() == ("WRONG", True, "")
        there.shift(wall=30)
        result = there.grant(sealed, terms, challenge, ("suzuki", phones["suzuki"].code(2)), good)
        assert result[0] == "ACCEPTED", result
        assert result[2] == right(t, terms, challenge), result
        entry = log.find(type="code.issue")[-1]
        assert (entry["signer"], entry["ticket"], entry["permit"], entry["approver"], entry["terminal"]) == (
            "suzuki ito", challenge, number, "ito", TERMINAL), entry
        assert all(entry[key] == terms[key] for key in ("purpose", "classification", "access", "from", "until", "uses"))
        assert entry["medium_number"] == terms["medium"] and entry["user"] == "nobody", entry
        assert by_phone(t, number, result[2])[0] == ACCEPTED
        assert t.log.find(type="permit.approve")[0]["ticket"] == entry["ticket"], "both sides have the same number"


def an_approver_whose_token_the_issuer_made_grants_nothing():
    accounts.be({"suzuki": (61001, True), "tanaka": (61002, True), "ito": (61003, False)})
    with terminal() as t, lost_client.machine(OTPD, PRELOAD, SOCK / "otp", "desk") as (there, log):
        number = asked(t)
        sealed, challenge, terms = t.otp.escrow(there.desk()), called(t, number), terms_of(t, number)
        steady(12)
        phones = {name: there.enroll(name) for name in ("suzuki", "tanaka")}
        key = ast.literal_eval(as_user(61001, lambda: there.begin("ito").key))
        ito = Phone(key)
        assert as_user(61001, lambda: there.confirm("ito", ito.code(-1))) == "'ACCEPTED'"
        result, said = there.grant(sealed, terms, challenge, ("suzuki", phones["suzuki"].code(1)), ito.code(1))
        assert result == EPERM and "suzuki made or assigned the token of ito" in said, said
        log.answers["code.issue"] = ENOSPC
        assert there.grant(sealed, terms, challenge, ("tanaka", phones["tanaka"].code(1)), ito.code()) == (
            "UNAVAILABLE", False, ""), "unrecorded"
        log.answers.clear()
        there.shift(wall=30)
        assert there.grant(sealed, terms, challenge, ("tanaka", phones["tanaka"].code(2)), ito.code(1))[0] == "ACCEPTED"


class Typed:
    """A command that somebody types answers to."""

    def __init__(self, *words, lang="C", **how):
        self.process = subprocess.Popen([SEKISHO, "permit", *words], env=ENVIRONMENT | {"LANG": lang}, encoding="utf-8",
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
        self.seen = ""

    def until(self, question):
        """What it says to there."""
        said = b""
        while not said.endswith(question.encode()):
            ready, _, _ = select.select([self.process.stdout], [], [], 20)
            char = os.read(self.process.stdout.fileno(), 1) if ready else b""
            if not char:
                self.process.kill()
            assert char, f"no '{question}': {self.seen}{said.decode(errors='replace')}"
            said += char
        self.seen += said.decode()
        return said.decode()

    def answer(self, text):
        self.seen += text + "\n"
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end(self, status=0):
        rest = self.process.communicate(timeout=30)[0]
        self.seen += rest
        assert self.process.returncode == status, self.seen
        return rest


def type_terms(command, said, **wrong):
    """What the terminal has said, into the desk's questions."""
    for label in ("user", "medium", "purpose", "classification", "access", "begins", "ends", "uses"):
        command.until(f"{label}: " if label not in ("access", "uses") else "]: ")
        command.answer(wrong.get(label, re.search(rf"^{label} +(\S+)", said, re.M)[1]))


def from_the_call_to_the_stick():
    accounts.be({"suzuki": (61001, True), "tanaka": (61002, True), "ito": (61003, False), "sato": (61004, False)})
    with terminal() as t, help_desk() as (there, log, phones):
        private_run.show_agent(t)
        for path, mode in ((t.root, 0o711), (t.socket, 0o666), ("/run/sekisho", 0o755), (SOCK, 0o755)):
            os.chmod(path, mode)
        escrows = there.root / "escrows"
        escrows.mkdir()
        (escrows / "T-0042.escrow").write_text(
            f"sekisho-escrow T-0042 {base64.b64encode(t.otp.escrow(there.desk())).decode()}\n", encoding="ascii")
        (t.root / "terminal.conf").write_text("helpdesk 1234\n", encoding="ascii")
        number = asked(t)
        here = Typed("approve", number, "--approver", "ito", "--by-phone", user=NOBODY)
        said = here.until("read back: ")
        assert "ext. 1234" in said and "carrier" not in said, said
        challenge = re.search(r"^number +(\S+)", said, re.M)[1]
        desk_ = Typed("grant", number, "--approver", "ito", "--issuer", "suzuki", "--escrow", escrows)
        assert "Terminal T-0042." in desk_.until("Number shown there: "), desk_.seen
        desk_.answer("0000-0001")
        desk_.until("Number shown there: ")
        desk_.answer(challenge.replace("-", " ").lower())
        type_terms(desk_, said, medium="T-2")
        desk_.until("user [nobody]: ")
        assert "not what the terminal shows" in desk_.seen, desk_.seen
        desk_.answer("")
        desk_.until("medium [T-2]: ")
        desk_.answer("\uff34\uff0d\uff11")  # in full width, as an input method leaves it
        for _ in range(6):
            desk_.until("]: ")
            desk_.answer("")
        shown = desk_.until("Code of suzuki: ")
        assert number in shown and "tax" in shown and "T-1\n" in shown, shown
        desk_.answer(phones["suzuki"].code(1))
        desk_.until("ito: ")
        desk_.answer(phones["ito"].code(1))
        read_back = re.search(r"^    (\d{4} \d{4} \d{4})$", desk_.end(), re.M)[1]
        here.answer(read_back[:-1] + str((int(read_back[-1]) + 1) % 10))
        assert "Group 3 is wrong" in here.until("read back: ") and not t.log.find(type="code.fail")
        here.answer("1234")
        assert "not twelve digits" in here.until("read back: ")
        here.answer(lost_client.grouped("0" * 12)[:14])
        assert "do not approve" in here.until("read back: ")
        here.answer(read_back.replace(" ", "-"))
        assert "is approved" in here.end(), here.seen
        assert t.log.find(type="permit.approve")[0]["ticket"] == log.find(type="code.issue")[0]["ticket"] == challenge
        plug(t)
        becomes("mounted", lambda: t.media.mounts)
        again = Typed("approve", number, "--approver", "ito", "--by-phone", user=NOBODY)
        assert "approved" in again.end(1) and "remedy" in again.seen, again.seen


TESTS = [
    digits_that_are_read_back_approve_it_once, all_that_is_read_out_counts, not_for_another_permit,
    not_after_it_was_changed, digits_of_a_login_approve_nothing, no_other_act_takes_them,
    who_may_not_approve_does_not_by_telephone, guesses_are_slowed_down, over_after_an_hour,
    unrecorded_nothing_is_approved, approved_beside_it_meanwhile, nobody_fills_the_log, sekishod_alone_may_ask,
    two_people_grant_it, an_approver_whose_token_the_issuer_made_grants_nothing, from_the_call_to_the_stick,
]
private_run.own_state()
try:
    status = run_each(TESTS)
finally:
    office.close()
sys.exit(status)
