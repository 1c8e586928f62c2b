# SPDX-License-Identifier: Apache-2.0
"""One sekishod on umockdev's sysfs, with everything it sees and writes."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from agent_state import STATE
from fake_log import ACCEPT, FakeLog
from fake_media import FakeMedia
from fake_otp import FakeOtp
from fake_usb import Bus

SEKISHOD = sys.argv[1]
SUPPORT = pathlib.Path(__file__).resolve().parent
POLICY = """
rule tax-stick read-only {
	usb 0951:1666
	serial 60A44C413FAE
	only storage
	reason "tax office, ledger T-0123"
}
rule office-keyboards allow {
	interface keyboard
	usb 046d:c31c
}
rule bad-keyboard block {
	usb dead:beef
}
"""


def becomes(what, condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"within {seconds} s not: {what}"
        time.sleep(0.01)


def stays(what, condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"not any more: {what}"
        time.sleep(0.01)


def sanitizer_first():
    """Its fclose() must see every stream that its open_memstream() made: before the simulated devices' one."""
    needed = b"libasan.so" in pathlib.Path(SEKISHOD).read_bytes()
    libraries = sorted(pathlib.Path("/usr/lib/gcc").glob("*/*/libasan.so")) if needed else []
    return {"LD_PRELOAD": f"{libraries[-1].resolve()} {os.environ.get('LD_PRELOAD', '')}"} if libraries else {}


class Terminal:
    """One agent with everything it sees and writes."""

    def __init__(self, set_up=True, policy=POLICY, otp=FakeOtp):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-agent-"))
        (self.root / "state").mkdir()
        (self.root / "packaged").mkdir()
        for zone in ("unassigned", "lgwan", "mynumber", "internet"):
            packaged = self.root / f"packaged/{zone}.policy"
            packaged.write_text(f"zone {zone} {{\n    code required\n}}\n", encoding="utf-8")
            packaged.chmod(0o644)
        self.gate, self.socket = self.root / "gate", self.root / "agent"
        self.policy, self.set_up_file = self.root / "sekisho.policy", self.root / "enrolled"
        self.policy.write_text(policy, encoding="utf-8")
        self.policy.chmod(0o644)
        if set_up:
            self.set_up_file.touch()
        self.bus, self.log, self.otp = Bus(), FakeLog(str(self.root / "log")), otp(str(self.root / "otp"))
        self.media = FakeMedia(self.root)
        self.process = None

    def start(self, sign=None, times=1):
        options = os.environ.get("ASAN_OPTIONS", "")
        self.process = subprocess.Popen(
            [SUPPORT / "listen-exec", self.socket, "--", SEKISHOD, "--state-dir", self.root / "state",
             "--policy", self.policy, "--log-socket", self.log.path, "--otp-socket", self.otp.path, "--gate-dir", self.gate,
             "--set-up-file", self.set_up_file, "--packaged-dir", self.root / "packaged",
             "--seat-dir", self.root, "--media-socket", self.media.media,
             "--mount-socket", self.media.mount],
            stderr=open(self.root / "journal", "wb"),
            env=os.environ | sanitizer_first() | {"UMOCKDEV_DIR": self.bus.bed.get_root_dir(),
                              "ASAN_OPTIONS": options + ":verify_asan_link_order=0"})
        becomes("the agent has started", lambda: len(self.log.find(type=sign)) >= times if sign
                else self.has_policy(), 30)
        self.ask(64)

    def has_policy(self):
        """A policy is in force only when the log has answered."""
        told = self.log.acked if self.log.answer == ACCEPT else self.log.events
        return any(event["type"] in ("policy.load", "policy.reject") for event in list(told))

    def restart(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0, "the agent did not end cleanly"
        self.start("agent.start", len(self.log.find(type="agent.start")) + 1)

    def kill(self):
        """As SIGKILL or a power cut ends it."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def sit(self, uid):
        """Somebody sits at the terminal as logind shows it."""
        for folder in ("seats", "sessions"):
            (self.root / folder).mkdir(exist_ok=True)
        (self.root / "sessions/5").write_text("CLASS=user\n", encoding="ascii")
        new = self.root / "seats/new"
        new.write_text(f"ACTIVE=5\nACTIVE_UID={uid}\n" if uid else "IS_SEAT0=1\n", encoding="ascii")
        new.rename(self.root / "seats/seat0")

    def marked(self):
        """The markers that the rules of udev look for; what was opened is for the next agent."""
        return sorted(m.name for m in self.gate.iterdir() if not m.name.startswith("opened-"))

    def state(self):
        kind, body = self.ask(64)
        assert kind == 65, kind
        values = [v.split(b"\0")[0].decode() if isinstance(v, bytes) else v for v in STATE.unpack(body)]
        names = ("set_up", "policy_ok", "log_ok", "default_closed", "in_force", "packaged", "expired",
                 "observing", "enrolled", "unfinished", "register", "register_expired", "open_gates", "rules", "devices",
                 "blocked", "media", "register_broken", "exceptions", "register_version",
                 "version", "order", "terminal", "zone", "hash", "signer", "expires", "policy_detail",
                 "zone_detail", "register_signer", "register_expires", "register_detail", "input_detail",
                 "exceptions_detail")
        gates = list(zip(values[len(names)::2], values[len(names) + 1::2], strict=True))
        return dict(zip(names, values)) | {"gates": [gate for gate in gates if gate[0]]}

    def reload(self, policy=None):
        if policy is not None:
            self.policy.write_text(policy, encoding="utf-8")
        self.process.send_signal(signal.SIGHUP)

    def ask(self, kind, body=b""):
        """One answer's kind and bytes."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.settimeout(15)  # a busy machine is no failure
            client.connect(str(self.socket))
            client.send(struct.pack("=BBHI", 3, kind, 0, 7) + body)
            answers = [client.recv(8192)]
            while kind == 66 and answers[-1][1] == 67:
                answers.append(client.recv(8192))
        return answers if kind == 66 else (answers[0][1], answers[0][8:])

    def end(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(10) == 0, "the agent did not end cleanly"
        self.log.close()
        self.otp.close()
        self.media.close()
        shutil.rmtree(self.root)


@contextlib.contextmanager
def terminal(started=True, **options):
    t = Terminal(**options)
    try:
        if started:
            t.start()
        yield t
    except BaseException:
        print((t.root / "journal").read_text(encoding="utf-8"), t.log.events, file=sys.stderr)
        if t.process:
            t.process.kill()
        raise
    t.end()
