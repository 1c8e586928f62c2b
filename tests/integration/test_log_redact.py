#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`sekisho log redact` from the command to the files: two people, the real otpd and the real logd.

usage: test_log_redact.py LOGD OTPD SEKISHO SEKISHO_VERIFY [TEST...]
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import accounts  # noqa: E402
import private_run  # noqa: E402
from each import run_each  # noqa: E402
from logd_client import Logd  # noqa: E402
from otpd_client import Otpd, steady  # noqa: E402

LOGD, OTPD, SEKISHO, VERIFY = (os.path.abspath(word) for word in sys.argv[1:5])
STATE = pathlib.Path("/var/lib/sekisho")
SECRET = "a name that should not be here"


def run(*words, answers=""):
    done = subprocess.run(words, input=answers, capture_output=True, text=True, timeout=30, check=False,
                          env={"LANG": "C", "PATH": os.environ["PATH"]})
    return done.returncode, done.stdout + done.stderr


@contextlib.contextmanager
def terminal():
    """Both daemons at their fixed places, and two people with a phone each."""
    accounts.be({"suzuki": (61001, True), "tanaka": (61002, True)})
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o711)
        logd = Logd(LOGD, directory, "--daemon-uid", "0").start()
        logd.connect().status()
        otpd = Otpd(OTPD, directory).start()
        for link, target in ((STATE, directory), ("/run/sekisho/sock/log", logd.socket),
                             ("/run/sekisho/sock/otp", otpd.path)):
            pathlib.Path(link).unlink(missing_ok=True)
            os.symlink(target, link)
        steady(12)
        try:
            yield logd, otpd, {name: otpd.enroll(name) for name in ("suzuki", "tanaka")}
        finally:
            stopped = otpd.stop(), logd.stop()
        assert stopped == (0, 0), stopped


def redact(seq, suzuki, tanaka):
    return run(SEKISHO, "log", "redact", str(seq), "--issuer", "suzuki", "--approver", "tanaka", "--reason",
               "decision 8-123", answers=f"{suzuki}\n{tanaka}\n")


def holders(logd):
    return [path for path in logd.audit.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def events(logd):
    return [json.loads(line) for segment in logd.segments()
            for line in segment.read_bytes().split(b"\n") if line.startswith(b"{")]


def two_people_black_out_an_entry():
    with terminal() as (logd, _, phones):
        code, seq = logd.connect().append("admin.action", detail=SECRET)
        assert code == 0 and holders(logd)
        suzuki, tanaka = phones["suzuki"], phones["tanaka"]
        status, out = redact(seq, suzuki.code(), tanaka.wrong())
        assert status == 3 and "tanaka" in out, (status, out)
        assert holders(logd) and not [e for e in events(logd) if e["type"] == "log.redact"]
        status, out = redact(seq, suzuki.code(1), tanaka.code())
        assert status == 0 and "is blacked out" in out, out
        assert not holders(logd)
        named = events(logd)[-1]
        assert (named["type"], named["seq_of"], named["user"], named["approver"], named["reason"]) == (
            "log.redact", seq, "suzuki", "tanaka", "decision 8-123"), named
        status, out = run(VERIFY, "--key", logd.vkey(), logd.audit)
        assert status == 0 and "1 entries are blacked out" in out, out
        # Told before anybody's code is used up.
        status, out = redact(seq, "1", "1")
        assert status == 3 and "already" in out, (status, out)


def without_the_log_nothing_is_blacked_out():
    with terminal() as (logd, _, phones):
        seq = logd.connect().append("admin.action", detail=SECRET)[1]
        logd.kill()
        status, out = redact(seq, phones["suzuki"].code(), phones["tanaka"].code())
        assert status == 3, (status, out)
        assert holders(logd)
        logd.start()
        assert logd.connect().status()["code"] == 0 and holders(logd)


def main():
    if not private_run.is_possible():
        print("1..0 # SKIP only root has a mount namespace of his own")
        return 0
    private_run.enter()
    private_run.own_state()
    return run_each([two_people_black_out_an_entry, without_the_log_nothing_is_blacked_out])


sys.exit(main())
