# SPDX-License-Identifier: Apache-2.0
"""Temporary codes and approvals by telephone reckoned a second time, from mfa/temporary.h, mfa/approval.h and
ipc/phone.h alone, and asking for them."""

import contextlib
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import uuid

from fake_log import FakeLog
from otpd_client import ERROR, RESULTS, VERIFY, Otpd, stand_in, words

CHALLENGE, ESCROW, DESK, ISSUE, END_TEMPORARY, SEAL, RECOVERY = 112, 114, 116, 118, 120, 121, 122
REDACT, CALL, APPROVE, GRANT = 125, 142, 143, 145
NOBODY = 65534
NAMES = dict(enumerate(RESULTS)) | {16: "MISTYPED", 17: "OVER"}
LOGIN = struct.Struct("=64s64s64s256s64s64s")
ANSWER = struct.Struct("=B3xIqI4x")
CHALLENGED = struct.Struct("=B3xI64s16s")
ISSUED = struct.Struct("=BB2xI64s16s24s")
DAMM = ("0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
        "3674209581", "5869720134", "8945362017", "9438617205", "2581436790")


def subkey(key, number):
    """crypto_kdf_derive_from_key() of libsodium."""
    return hashlib.blake2b(digest_size=32, key=key, salt=struct.pack("<Q8x", number),
                           person=b"sekisho1".ljust(16, b"\0")).digest()


def check_digit(interim, digits):
    for digit in digits:
        interim = int(DAMM[interim][int(digit)])
    return str(interim)


def grouped(data):
    groups = [data[n:n + 3] for n in range(0, 12, 3)]
    return " ".join(group + check_digit(n, group) for n, group in enumerate(groups, 1))


def digits(host_key, user, terminal, challenge, quarters=4, uses=1):
    text = struct.pack("=16s64s64s10sBB", b"temporary code", user.encode(), terminal.encode(),
                       challenge.encode(), quarters, uses)
    mac = hashlib.blake2b(text, digest_size=32, key=subkey(host_key, 16)).digest()
    return grouped(f"{(quarters - 1) * 9 + uses - 1:03}{int.from_bytes(mac[:8], 'big') % 10**9:09}")


TERMS = struct.Struct("=64s64s64s64s64s8s8s24s24s8s")
TERMS_NAMES = "permit", "approver", "user", "medium", "purpose", "classification", "access", "from", "until", "uses"


def packed_terms(terms):
    return TERMS.pack(*(terms[name].encode() for name in TERMS_NAMES))


def approval_digits(host_key, terms, terminal, challenge):
    digest = hashlib.blake2b(packed_terms(terms), digest_size=32).digest()
    text = struct.pack("=16s32s64s10s", b"permit approval", digest, terminal.encode(), challenge.encode())
    mac = hashlib.blake2b(text, digest_size=32, key=subkey(host_key, 16)).digest()
    data = f"{int.from_bytes(mac[:8], 'big') % 10**9:09}"
    return " ".join(data[n:n + 3] + check_digit(n // 3 + 1, data[n:n + 3]) for n in (0, 3, 6))


class Machine(Otpd):
    """A terminal or a help desk's machine, whose clocks a test may set."""

    def __init__(self, program, directory, path, preload):
        super().__init__(program, directory, path)
        self.preload, self.clock = preload, self.root / "clock"
        self.shift()

    def shift(self, wall=0, boot=0):
        """Both clocks are off by so many seconds from now on."""
        new = self.clock.with_suffix(".new")
        new.write_text(f"{wall} {boot}\n", encoding="ascii")
        new.rename(self.clock)

    def start(self):
        before = dict(os.environ)
        os.environ |= {"LD_PRELOAD": str(self.preload), "SHIFTED_CLOCK": str(self.clock)}
        try:
            return super().start()
        finally:
            del os.environ["LD_PRELOAD"], os.environ["SHIFTED_CLOCK"]
            os.environ |= before

    def again(self):
        self.kill()
        return self.start()

    def ask(self, kind, body):
        kind, answer = self.call(kind, body)
        if kind == ERROR:
            return struct.unpack_from("=i", answer)[0], 0, 0, 0
        result, *rest = ANSWER.unpack(answer)
        return NAMES[result], *rest

    def question(self, user, service="login", rhost=""):
        """(result, terminal, challenge, wait)"""
        _, answer = self.call(CHALLENGE, LOGIN.pack(user.encode(), service.encode(), b"tty1",
                                                    rhost.encode(), b"", b""))
        result, wait, terminal, challenge = CHALLENGED.unpack(answer)
        return NAMES[result], words(terminal), words(challenge), wait

    def temporary(self, user, quarters=4, uses=1):
        """A fresh challenge and the digits to it."""
        result, terminal, challenge, _ = self.question(user)
        assert result == "ACCEPTED", result
        return digits(self.key.read_bytes(), user, terminal, challenge, quarters, uses)

    def end_temporary(self, user):
        return self.ask(END_TEMPORARY, struct.pack("=64s", user.encode()))[0]

    def paper(self, kind, body):
        """(result, how many, codes), or an errno."""
        kind, answer = self.call(kind, body)
        if kind == ERROR:
            return struct.unpack_from("=i", answer)[0], 0, []
        codes = [words(answer[72 + n:92 + n]) for n in range(0, 320, 20)]
        return NAMES[answer[0]], answer[1], [code for code in codes if code]

    def seal(self, admin, code, count=3):
        return self.paper(SEAL, struct.pack("=64s64sB7x", admin.encode(), code.encode(), count))

    def recovery(self, user, count_only=False):
        return self.paper(RECOVERY, struct.pack("=64sB7x", user.encode(), count_only))

    def at(self, user, code, tty="tty1", rhost="", service="login"):
        """The result of a login there."""
        return self.ask(VERIFY, LOGIN.pack(user.encode(), service.encode(), tty.encode(), rhost.encode(),
                                           b"", code.encode()))[0]

    def desk(self):
        """The desk's public key."""
        return self.call(DESK)[1][64:96]

    def escrow(self, desk, host_key=False):
        """The terminal's key, sealed, or an errno; b"": unlogged."""
        kind, answer = self.call(ESCROW, struct.pack("=32s64sB7x", desk, b"desk", host_key))
        if kind == ERROR:
            return struct.unpack_from("=i", answer)[0]
        return answer[64:] if words(answer[:64]) else b""

    def issue(self, sealed, user, challenge, people, quarters=4, uses=1):
        """(result, whether it is the approver's, digits); or (errno, text) @people: ((name, code), (name, code))."""
        (issuer, code), (approver, other) = people
        kind, answer = self.call(ISSUE, struct.pack(
            "=64s64s64s64s64s16sBB6x152s", user.encode(), issuer.encode(), approver.encode(),
            code.encode(), other.encode(), challenge.encode(), quarters, uses, sealed))
        if kind == ERROR:
            return struct.unpack_from("=i", answer)[0], words(answer[4:])
        result, is_approver, _, _, _, made = ISSUED.unpack(answer)
        return NAMES[result], bool(is_approver), words(made)

    def grant(self, sealed, terms, challenge, issuer, approver_code):
        """As issue(); @issuer: (name, code)."""
        kind, answer = self.call(GRANT, struct.pack("=64s64s64s16s152s", issuer[0].encode(), issuer[1].encode(),
                                                    approver_code.encode(), challenge.encode(), sealed) + packed_terms(terms))
        if kind == ERROR:
            return struct.unpack_from("=i", answer)[0], words(answer[4:])
        result, is_approver, _, _, _, made = ISSUED.unpack(answer)
        return NAMES[result], bool(is_approver), words(made)

    def redact(self, seq, people, reason="decision 8-123"):
        """(result, whether it is the approver's), or (errno, text); @people as for issue()."""
        (issuer, code), (approver, other) = people
        kind, answer = self.call(REDACT, struct.pack("=Q64s64s64s64s256s", seq, *(
            word.encode() for word in (issuer, approver, code, other, reason))))
        if kind == ERROR:
            return struct.unpack_from("=i", answer)[0], words(answer[4:])
        return NAMES[answer[0]], bool(answer[1])


@contextlib.contextmanager
def machine(program, preload, path, name="terminal"):
    """Started, in a zone where everybody needs a code; and its log."""
    with tempfile.TemporaryDirectory(prefix=f"sekisho-{name}-") as directory:
        os.chmod(directory, 0o711)
        log = FakeLog(os.path.join(directory, "log"))
        otpd = Machine(program, directory, path, preload)
        try:
            stand_in(otpd.start(), log, "mynumber")
            yield otpd, log
        except BaseException:
            print((otpd.root / "journal").read_text(encoding="utf-8"), file=sys.stderr)
            raise
        finally:
            otpd.process.kill()
            otpd.process.wait()
            log.close()


@contextlib.contextmanager
def another_boot(path):
    """The kernel says another boot id; in a mount namespace of one's own only."""
    path.write_text(f"{uuid.uuid4()}\n", encoding="ascii")
    subprocess.run(["mount", "--bind", path, "/proc/sys/kernel/random/boot_id"], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "/proc/sys/kernel/random/boot_id"], check=True)


def as_nobody(function):
    """What it returns for a user without rights, as text."""
    return as_user(NOBODY, function)


def as_user(uid, function):
    """What it returns for this user, as text."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        try:
            os.write(write, repr(function()).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with open(read, encoding="utf-8") as pipe:
        return pipe.read()
