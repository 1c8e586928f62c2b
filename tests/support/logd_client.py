# SPDX-License-Identifier: Apache-2.0
"""Starting sekisho-logd without systemd and talking to it (ipc/protocol.h)."""

import contextlib
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time

VERSION = 3
APPEND, ACK, STATUS, STATE, RECALL, RECALLED = 16, 17, 18, 19, 20, 21
ERROR = 1
HEADER = struct.Struct("=BBHI")
APPEND_BODY = struct.Struct("=32sI3072s")
ACK_BODY = struct.Struct("=iIQ")
STATE_BODY = struct.Struct("=QiI256s256s")
RECALL_BODY = struct.Struct("=32s")
RECALLED_BODY = struct.Struct("=iIQq3072s")

LISTEN_EXEC = pathlib.Path(__file__).parent / "listen-exec"


def append_message(kind, fields, tag=1):
    packed = b"".join(k.encode() + b"\0" + v.encode() + b"\0" for k, v in fields.items())
    return (HEADER.pack(VERSION, APPEND, 0, tag)
            + APPEND_BODY.pack(kind.encode(), len(packed), packed))


class Connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(10)
        for _ in range(200):
            try:
                self.socket.connect(str(path))
                return
            except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
                time.sleep(0.02)
        raise TimeoutError(f"{path}: nobody listens")

    def append(self, kind, /, **fields):
        """(0, seq) or (negative errno, 0); ConnectionError when the daemon has gone."""
        self.socket.sendall(append_message(kind, fields))
        answer = self.socket.recv(4096)
        if len(answer) != HEADER.size + ACK_BODY.size:
            raise ConnectionResetError(f"an answer of {len(answer)} bytes")
        code, _, seq = ACK_BODY.unpack_from(answer, HEADER.size)
        return code, seq

    def status(self):
        self.socket.sendall(HEADER.pack(VERSION, STATUS, 0, 1))
        answer = self.socket.recv(4096)
        size, code, _, origin, detail = STATE_BODY.unpack_from(answer, HEADER.size)
        return {"size": size, "code": code, "origin": origin.split(b"\0")[0].decode(),
                "detail": detail.split(b"\0")[0].decode()}

    def recall(self, kind="terminal.state"):
        """(0, seq, fields) or (negative errno, 0, {})."""
        self.socket.sendall(HEADER.pack(VERSION, RECALL, 0, 1) + RECALL_BODY.pack(kind.encode()))
        answer = self.socket.recv(4096)
        if answer[1] == ERROR:
            return struct.unpack_from("=i", answer, HEADER.size)[0], 0, {}
        if answer[1] != RECALLED or len(answer) != HEADER.size + RECALLED_BODY.size:
            raise ConnectionResetError(f"an answer of {len(answer)} bytes")
        code, length, seq, wall_us, packed = RECALLED_BODY.unpack_from(answer, HEADER.size)
        if (code == 0 or wall_us) and abs(wall_us / 1e6 - time.time()) > 3600:
            raise ValueError(f"an entry of {wall_us}")
        self.latest = wall_us / 1e6
        words = packed[:length].decode().split("\0")
        return code, seq, dict(zip(words[::2], words[1::2]))

    def close(self):
        self.socket.close()


class Logd:
    """A sekisho-logd of its own in @directory."""

    def __init__(self, program, directory, *options):
        self.program = [program]
        self.audit = pathlib.Path(directory) / "audit"
        self.socket = pathlib.Path(directory) / "log"
        self.options = options
        self.environment = {}
        self.process = None
        self.audit.mkdir(exist_ok=True)

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, LISTEN_EXEC, self.socket, "--", *self.program, "--state-dir", self.audit,
             "--terminal-id", "test", *self.options],
            env={**os.environ, "LANG": "C", **self.environment})
        return self

    def connect(self):
        return Connection(self.socket)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None
        self.socket.unlink(missing_ok=True)

    def stop(self):
        self.process.terminate()
        status = self.process.wait(timeout=20)
        self.process = None
        self.socket.unlink(missing_ok=True)
        return status

    def __del__(self):
        if self.process:
            self.kill()  # a test failed in between

    def vkey(self):
        return self.audit / "vkey"

    def segments(self):
        return sorted(self.audit.glob("seg-*.jsonl"))


@contextlib.contextmanager
def terminal_log(program):
    """The log of this terminal, which commands look for at its fixed place: a connection to it."""
    os.makedirs("/run/state/sekisho", exist_ok=True)
    if not os.path.ismount("/var/lib"):
        subprocess.run(["mount", "--bind", "/run/state", "/var/lib"], check=True)
    with tempfile.TemporaryDirectory(dir="/run/state/sekisho") as folder:
        logd = Logd(program, folder).start()
        link = pathlib.Path("/run/state/sekisho/audit")
        link.symlink_to(logd.audit)
        connection = logd.connect()
        try:
            yield connection
        finally:
            link.unlink()
            connection.close()
            logd.stop()
