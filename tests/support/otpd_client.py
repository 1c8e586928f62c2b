# SPDX-License-Identifier: Apache-2.0
"""Starting sekisho-otpd without systemd, talking to it (ipc/protocol.h), and a phone's codes."""

import base64
import hmac
import os
import pathlib
import socket
import struct
import subprocess
import sys
import time

VERSION = 3
ERROR, SCOPE, VERIFY, ENROLL, CONFIRM, REVOKE, UNLOCK, LIST, STATUS, PROVE, RESYNC, ASSIGN, IMPORT, END = (
    1, 32, 34, 36, 38, 39, 40, 41, 43, 45, 52, 53, 54, 127)
HEADER = struct.Struct("=BBHI")
ANSWER = struct.Struct("=B3xIqI4x")
TOKEN = struct.Struct("=64s64s32sBBBxB3xIIqqi4x")
SPARE = struct.Struct("=32s32s64sBBBBx3x")
IMPORT_MAX = 24
HASHES = {1: "sha1", 2: "sha256", 3: "sha512"}
STATES = ("none", "pending", "active", "revoked", "damaged", "spare")
RESULTS = ("UNAVAILABLE", "ACCEPTED", "WRONG", "USED", "LOCKED", "NOT_ENROLLED", "CLOCK",
           "NOT_REQUIRED")
NEEDS = ("REQUIRED", "OPTIONAL", "NONE")
LISTEN_EXEC = pathlib.Path(__file__).parent / "listen-exec"


def steady(seconds):
    """Wait until the current step of the codes lasts that long."""
    left = 30 - time.time() % 30
    if left < seconds:
        time.sleep(left + 0.05)


class Phone:
    def __init__(self, secret, shape=(1, 6, 30)):
        self.key = secret if isinstance(secret, bytes) else base64.b32decode(secret + "=" * (-len(secret) % 8))
        self.algorithm, self.digits, self.period = shape
        self.token = ""

    def code(self, steps=0):
        """The code of now, or that many steps later."""
        counter = struct.pack(">Q", int(time.time()) // self.period + steps)
        digest = hmac.digest(self.key, counter, HASHES[self.algorithm])
        at = digest[-1] & 15
        number = int.from_bytes(digest[at:at + 4], "big") & 0x7fffffff
        return f"{number % 10 ** self.digits:0{self.digits}}"

    def wrong(self):
        right = {self.code(n) for n in range(-4, 5)}
        return next(c for c in (f"{n:0{self.digits}}" for n in range(99)) if c not in right)


def stand_in(otpd, log, zone):
    """The terminal stands in this zone from now on."""
    log.state = {"zone": zone}
    new = otpd.order.with_suffix(".new")  # beside, then renamed, as sekishod does: another inode
    new.write_text(f"changed {time.time()}\n")
    new.rename(otpd.order)


def words(text):
    return text.split(b"\0")[0].decode()


class Otpd:
    """A daemon of its own below @directory; its log daemon is somebody else's."""

    def __init__(self, program, directory, path=None):
        self.program, self.root = program, pathlib.Path(directory)
        self.path = pathlib.Path(path or self.root / "otp")
        self.policy, self.order = self.root / "policy", self.root / "order"
        self.packaged = self.root / "packaged"
        self.packaged.mkdir()
        self.state, self.key = self.root / "state", self.root / "host-key"
        self.state.mkdir(mode=0o700)
        self.key.write_bytes(os.urandom(32))
        self.key.chmod(0o600)
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, LISTEN_EXEC, self.path, "--", self.program, "--state-dir", self.state,
             "--policy", self.policy, "--order", self.order, "--packaged-dir", self.packaged, "--log-socket", self.root / "log",
             "--host-key", self.key],
            env={**os.environ, "LANG": "C"}, stderr=open(self.root / "journal", "ab"))
        for _ in range(3000):
            try:
                return self.status() and self
            except OSError:
                time.sleep(0.01)
        raise TimeoutError("sekisho-otpd does not come up")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.path.unlink()

    def stop(self):
        self.process.terminate()
        status = self.process.wait(20)
        self.path.unlink(missing_ok=True)
        return status

    def connect(self):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.settimeout(10)
        client.connect(str(self.path))
        return client

    def call(self, kind, body=b""):
        """(kind, body) of the answer; ConnectionError when there is none."""
        with self.connect() as client:
            client.send(HEADER.pack(VERSION, kind, 0, 77) + body)
            answer = client.recv(8192)
        if len(answer) < HEADER.size:
            raise ConnectionResetError("dropped")
        version, kind, _, tag = HEADER.unpack_from(answer)
        assert (version, tag) == (VERSION, 77), answer
        return kind, answer[HEADER.size:]

    def ask(self, kind, body):
        """The named result and the other fields of an answer; an errno for a refusal."""
        kind, answer = self.call(kind, body)
        if kind == ERROR:
            return struct.unpack_from("=i", answer)[0], 0, 0, 0
        result, *rest = ANSWER.unpack(answer)
        return RESULTS[result], *rest

    def verify(self, user, code, service="login", rhost=""):
        return self.ask(VERIFY, struct.pack("=64s64s64s256s64s64s", user.encode(), service.encode(),
                                            b"tty1", rhost.encode(), b"", code.encode()))

    def result(self, user, code, service="login"):
        return self.verify(user, code, service)[0]

    def confirm(self, user, code):
        return self.ask(CONFIRM, struct.pack("=64s64s", user.encode(), code.encode()))[0]

    def prove(self, user, code):
        return self.ask(PROVE, struct.pack("=64s64s", user.encode(), code.encode()))[0]

    def unlock(self, user):
        return self.ask(UNLOCK, struct.pack("=64s", user.encode()))[0]

    def revoke(self, user, token=""):
        return self.ask(REVOKE, struct.pack("=64s64s", user.encode(), token.encode()))[0]

    def resync(self, user, *codes, token=""):
        return self.ask(RESYNC, struct.pack("=64s64s64s64s", user.encode(), token.encode(),
                                            *(code.encode() for code in codes)))[0]

    def assign(self, serial, user):
        return self.ask(ASSIGN, struct.pack("=64s64s", user.encode(), serial.encode()))[0]

    def bring(self, tokens, number=1, total=None):
        """Import [(serial, secret, shape)]; the result of the last part, or of the first that fails."""
        result = None
        for first in range(0, len(tokens), IMPORT_MAX):
            part = tokens[first:first + IMPORT_MAX]
            body = b"".join(SPARE.pack(serial.encode(), b"maker", secret, len(secret), *shape)
                            for serial, secret, shape in part)
            result = self.ask(IMPORT, struct.pack("=QIIII", number, total or len(tokens), first, len(part), 0) +
                              body.ljust(IMPORT_MAX * SPARE.size, b"\0"))[0]
            if result != "ACCEPTED":
                break
        return result

    def tokens(self):
        """Every token, as `sekisho token list` hears of it."""
        found = []
        with self.connect() as client:
            client.send(HEADER.pack(VERSION, LIST, 0, 77))
            while (answer := client.recv(8192))[1] == 42:
                user, token, label, *shape, state, failures, wait, success, used, drift = TOKEN.unpack(answer[8:])
                found.append({"user": words(user), "token": words(token), "label": words(label),
                              "shape": tuple(shape), "state": STATES[state], "failures": failures,
                              "wait": wait, "success": success, "used": used, "drift": drift})
        assert answer[1] == END, answer
        return found

    def need(self, service="login", user=""):
        return NEEDS[self.call(SCOPE, struct.pack("=64s64s", service.encode(), user.encode()))[1][0]]

    def status(self):
        n_users, key_ok, policy_ok, zone, detail, slow, n_clock = struct.unpack(
            "=IBB2x64s256siI", self.call(STATUS)[1])
        return {"users": n_users, "key": key_ok, "policy": policy_ok, "zone": words(zone),
                "detail": words(detail), "slow": slow, "clock_users": n_clock}

    def begin(self, user, shape=(0, 0, 0), label=""):
        """A phone with a token that is not yet confirmed, or an errno."""
        kind, answer = self.call(ENROLL, struct.pack("=64s32sBBB5x", user.encode(), label.encode(), *shape))
        if kind == ERROR:
            return struct.unpack_from("=i", answer)[0]
        secret = words(answer[:128])
        if not secret:
            return None
        phone = Phone(secret, struct.unpack_from("=BBB", answer, 256))
        phone.token = words(answer[128:192])
        return phone

    def enroll(self, user, shape=(0, 0, 0)):
        """A phone whose codes of now and of the next step are both unused."""
        steady(6)
        phone = self.begin(user, shape)
        assert self.confirm(user, phone.code(-1)) == "ACCEPTED"
        return phone
