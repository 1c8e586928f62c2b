#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the running log does by itself, and what it is asked for: `sekisho log` and sekisho-logd.

usage: test_log_live.py LOGD SEKISHO BENT_TIMERS SHIFTED_CLOCK FAILING_SYNC
"""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
import private_run  # noqa: E402
from each import run_each  # noqa: E402
from logd_client import Connection, Logd, append_message  # noqa: E402

LOGD, SEKISHO, BENT_TIMERS, SHIFTED_CLOCK, FAILING_SYNC = (os.path.abspath(a) for a in sys.argv[1:6])
STATE = pathlib.Path("/var/lib/sekisho")
NOLOGIN = pathlib.Path("/run/nologin")
ED25519_DER = bytes.fromhex("302a300506032b6570032100")
ENOSPC = -28


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def sekisho(*words, status=0, user=None):
    as_user = ["setpriv", f"--reuid={user}", "--clear-groups"] if user else []
    done = subprocess.run([*as_user, SEKISHO, "log", *words], capture_output=True, text=True,
                          env={"LANG": "C", "PATH": os.environ["PATH"]}, check=False)
    expect(done.returncode == status, f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def lines(logd):
    return [line.decode() for segment in logd.segments()
            for line in segment.read_bytes().split(b"\n") if line]


def entries(logd, kind=None):
    found = [json.loads(line) for line in lines(logd) if line.startswith("{")]
    return [entry for entry in found if kind in (None, entry["type"])]


def wait_for(logd, kind, count=1):
    """Comes by itself; how long that takes is no part of any test."""
    for _ in range(600):
        if len(entries(logd, kind)) >= count:
            return entries(logd, kind)
        time.sleep(0.05)
    raise AssertionError(f"no {kind}: {[entry['type'] for entry in entries(logd)]}")


@contextlib.contextmanager
def log(bent=False):
    """A new log at the fixed place, and the daemon that writes it."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        for link, target in ((STATE, directory), ("/run/sekisho/sock/log", f"{directory}/log")):
            pathlib.Path(link).unlink(missing_ok=True)
            os.symlink(target, link)
        logd = Logd(LOGD, directory)
        if bent:
            clock = pathlib.Path(directory) / "clock"
            clock.write_text("0 0")
            logd.environment = {"LD_PRELOAD": f"{BENT_TIMERS}:{SHIFTED_CLOCK}", "SHIFTED_CLOCK": str(clock)}
        logd.start().connect().status()
        yield logd
        if logd.process:
            expect(logd.stop() == 0, "logd did not end cleanly")


def seeds(logd):
    data = (logd.audit / "epoch.key").read_bytes()
    return data[24:56], data[4096 + 24:4096 + 56]


def start_and_stop_say_why():
    with log() as logd:
        logd.connect().append("admin.action", detail="x")
        logd.stop()
        expect([e.get("reason") for e in entries(logd)] == ["boot", None, "restart"], str(entries(logd)))
        logd.start()
        logd.connect().append("admin.action", detail="x")
        before = seeds(logd)
        expect(before[0] == before[1], "more than one key")
        NOLOGIN.touch()
        logd.stop()
        NOLOGIN.unlink()
        after = seeds(logd)
        expect(after[0] == after[1] and after[0] != before[0], "the key that signed is still there")
        said = [(e["type"], e.get("reason")) for e in entries(logd)][3:]
        expect(said == [("log.start", "restart"), ("admin.action", None), ("log.stop", "shutdown"),
                        ("log.epoch", "shutdown")], str(said))
        expect("RESULT      OK" in sekisho("verify"), "not proven")


def sleep_changes_the_key_before_the_answer():
    with log() as logd:
        logd.connect().append("admin.action", detail="x")
        before = seeds(logd)
        expect("only root" in sekisho("mark", "suspend", status=1, user=4242), "somebody else may")
        expect(len(entries(logd)) == 2, "a refused mark was logged")
        sekisho("mark", "suspend")
        after = seeds(logd)
        expect(after[0] == after[1] and after[0] != before[0], "the key that signed is still there")
        sekisho("mark", "resume")
        said = [(e["type"], e.get("reason")) for e in entries(logd)][2:]
        expect(said == [("system.suspend", None), ("log.epoch", "suspend"), ("system.resume", None)], str(said))
        sekisho("mark", "nonsense", status=1)
        expect("RESULT      OK" in sekisho("verify"), "not proven")


def signature_is_good(key, message, signature):
    with tempfile.TemporaryDirectory() as work:
        for name, data in (("key", ED25519_DER + key), ("message", message), ("signature", signature)):
            (pathlib.Path(work) / name).write_bytes(data)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin",
             "-in", "message", "-sigfile", "signature"], cwd=work, capture_output=True, check=False).returncode == 0


def a_challenge_is_signed_by_the_key_of_now():
    with log() as logd:
        logd.connect().append("policy.load", version="1")
        logd.connect().append("admin.action", detail="x")
        nonce = os.urandom(32).hex()
        text, signature = sekisho("attest", "--nonce", nonce).split("\n\n")
        origin, size, root = (logd.audit / "checkpoint").read_text().split("\n")[:3]
        expect(text + "\n" == f"sekisho-attest/v1\n{origin}\n{size}\n{root}\n1\n{nonce}\n", text)
        key = base64.b64decode(entries(logd, "log.epoch")[-1]["epoch_key"])
        signature = base64.b64decode(signature)
        expect(signature_is_good(key, f"{text}\n".encode(), signature), "not by the epoch's key")
        expect(not signature_is_good(key, f"{text}\n\n".encode(), signature), "a check that cannot fail")
        for wrong in ("", "00", nonce[:-1], nonce + "00", nonce[:-1] + "g"):
            sekisho("attest", "--nonce", wrong, status=1)


def an_older_copy_put_back_is_found():
    with log() as logd:
        connection = logd.connect()
        connection.append("admin.action", detail="kept")
        copy = {name: name.read_bytes() for name in logd.audit.iterdir() if name.name != "reserve"}
        connection.append("admin.action", detail="to be undone")
        now = {name: name.read_bytes() for name in copy}
        expect("RESULT      OK" in sekisho("verify"), "not proven")
        for name, data in copy.items():
            name.write_bytes(data)
        expect("RESULT      OK" in sekisho("verify", str(logd.audit), "--key", str(logd.vkey())),
               "the copy is a whole log of its own")
        report = sekisho("verify", status=1)
        expect("the daemon that runs holds another head" in report, report)
        for name, data in now.items():
            name.write_bytes(data)
        expect("RESULT      OK" in sekisho("verify"), "not proven")


def another_key_under_the_same_name_is_found():
    """The files of today, and a daemon that has yesterday's key: its own answer gives it away."""
    with log() as logd, tempfile.TemporaryDirectory() as aside:
        logd.connect().append("policy.load", version="1")
        logd.stop()
        shutil.copytree(logd.audit, f"{aside}/audit")
        logd.start()
        logd.connect().append("admin.action", detail="x")
        logd.stop()
        files = {name: name.read_bytes() for name in logd.audit.iterdir()}
        old = Logd(LOGD, aside)
        old.socket = logd.socket
        old.start().connect().status()
        for name, data in files.items():
            expect(name.read_bytes() == data, f"{name} changed")
        report = sekisho("verify", status=1)
        expect("the daemon that runs holds another head" in report, report)
        expect(old.stop() == 0, "it did not end cleanly")
        logd.start().connect().status()


def the_identity_key_is_changed():
    with log() as logd:
        first = sekisho("vkey").strip()
        expect("only root" in sekisho("rotate-key", status=1, user=4242), "somebody else may")
        second = sekisho("rotate-key").strip()
        expect(first != second and first.split("+")[0] == second.split("+")[0], second)
        expect(sekisho("vkey").strip() == second, "the old one is still shown")
        expect((logd.audit / "vkey.old").read_text() == first + "\n", "the old one is not kept")
        expect([e["key"] for e in entries(logd, "log.key")] == [second], str(entries(logd)))
        sekisho("checkpoint")
        third = sekisho("rotate-key").strip()
        expect((logd.audit / "vkey.old").read_text() == f"{first}\n{second}\n", "not both are kept")
        logd.stop()
        logd.start().connect().append("admin.action", detail="x")
        expect(sekisho("vkey").strip() == third, "a restart brought back another")
        expect("RESULT      OK" in sekisho("verify"), "not proven")
        expect("RESULT      OK" in sekisho("verify", "--key", first), "the first one does not lead here")
        code = sekisho("vkey", "--qr", "--ascii")
        expect(code.count("##") > 300 and code.endswith(third + "\n"), code)


def time_is_watched():
    with log(bent=True) as logd:
        wait_for(logd, "log.heartbeat", 2)
        (logd.audit.parent / "clock").write_text("3600 0")
        step = wait_for(logd, "clock.step")[0]
        expect(step["found"][:14] != step["expected"][:14], str(step))
        (logd.audit.parent / "clock").write_text("3600 61")
        wait_for(logd, "log.epoch")
        expect(entries(logd, "log.epoch")[0]["reason"] == "time", str(entries(logd)))


def what_nobody_waits_for_waits():
    with log() as logd:
        logd.stop()
        logd.environment = {"LD_PRELOAD": BENT_TIMERS, "BENT_SHORT_ONLY": "1"}
        logd.start().connect().status()
        connection = Connection(logd.socket)
        for kind in ("device.remove", "agent.start", "device.block"):
            connection.socket.sendall(append_message(kind, {"detail": "x"}))
            time.sleep(0.02)  # each in a round of its own
        for _ in range(3):
            connection.socket.recv(4096)
        said = [line for line in lines(logd) if line.startswith("#cp") or '"detail":"x"' in line]
        kinds = ["#cp" if line.startswith("#cp") else json.loads(line)["type"] for line in said]
        at = kinds.index("device.remove")
        expect(kinds[at:at + 4] == ["device.remove", "agent.start", "device.block", "#cp"], str(kinds))


def a_disk_that_fails_ends_the_segment():
    with log() as logd:
        logd.stop()
        trouble = logd.audit.parent / "trouble"
        logd.environment = {"LD_PRELOAD": FAILING_SYNC, "FAILING_SYNC": str(trouble)}
        connection = logd.start().connect()
        expect(connection.append("device.block", detail="before")[0] == 0, "refused")
        trouble.touch()
        expect(connection.append("device.block", detail="after")[0] == 0, "no second segment took it")
        expect(wait_for(logd, "log.ioerror")[0]["detail"] == "Input/output error", str(entries(logd)))
        expect(len(logd.segments()) == 2, str(logd.segments()))
        expect([e["detail"] for e in entries(logd, "device.block")] == ["before", "after"], str(entries(logd)))
        expect("RESULT      OK" in sekisho("verify"), "not proven")


@contextlib.contextmanager
def small_disk(logd):
    """The log's folder on a disk of 20 MiB, of which a file takes all that is free."""
    logd.stop()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", logd.audit], check=True)
    logd.start().connect().status()
    filler = logd.audit / "filler"

    def fill():
        with open(filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    try:
        yield fill, filler
        expect(logd.stop() == 0, "logd did not end cleanly")
        sekisho("verify", "--key", str(logd.vkey()), str(logd.audit))
    finally:
        if logd.process:
            logd.kill()
        subprocess.run(["umount", "-l", logd.audit], check=True)


def append_until(connection, code, kind, limit=200):
    for count in range(limit):
        if connection.append(kind, detail="x")[0] == code:
            return count
    raise AssertionError(f"{kind} never ended with {code}")


def a_full_disk_step_by_step():
    with log(bent=True) as logd, small_disk(logd) as (fill, filler):
        connection = logd.connect()
        expect((logd.audit / "reserve").stat().st_size == 8 << 20, "no reserve")
        fill()
        append_until(connection, ENOSPC, "device.remove")
        wait_for(logd, "log.full")
        expect(not (logd.audit / "reserve").exists(), "the reserve is still there")
        expect(connection.append("device.block", detail="x")[0] == 0, "what matters was refused")
        expect(connection.append("device.remove", detail="x")[0] == ENOSPC, "what does not was taken")
        fill()
        append_until(connection, ENOSPC, "device.block")
        logd.kill()
        logd.start()
        filler.unlink()
        lost = wait_for(logd, "log.lost")[0]
        words = lost["detail"].split()
        counts = dict(zip(words[::2], map(int, words[1::2])))
        expect(counts["device.remove"] >= 2 and counts["device.block"] >= 1, str(counts))
        expect(lost["count"] == sum(counts.values()), str(lost))
        expect((logd.audit / "reserve").exists(), "no new reserve")
        connection = logd.connect()
        expect(connection.append("device.block", detail="x")[0] == 0, "it is not over")
        expect(len(entries(logd, "log.lost")) == 1, "said twice")
        expect(not (logd.audit / "lost").read_bytes().strip(b"\0"), "not forgotten")


TESTS = [
    start_and_stop_say_why, sleep_changes_the_key_before_the_answer, a_challenge_is_signed_by_the_key_of_now,
    an_older_copy_put_back_is_found, another_key_under_the_same_name_is_found, the_identity_key_is_changed,
    time_is_watched, what_nobody_waits_for_waits, a_disk_that_fails_ends_the_segment, a_full_disk_step_by_step,
]


if not private_run.is_possible():
    print("1..0 # SKIP needs root and a mount namespace of its own")
    sys.exit(0)
private_run.enter()
private_run.own_state()
sys.exit(run_each(TESTS))
