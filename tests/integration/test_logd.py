#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho-logd over its socket, killed at random moments, and its log changed at random places.

usage: test_logd.py LOGD VERIFY [KILLS [FLIPS]]
"""

import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from logd_client import Connection, Logd  # noqa: E402

LOGD, VERIFY = sys.argv[1:3]
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
FLIPS = int(sys.argv[4]) if len(sys.argv) > 4 else 300
CLIENTS = 64

tests = []


def test(function):
    tests.append(function)
    return function


def verify(directory, key, *options):
    done = subprocess.run([VERIFY, "--key", key, *options, directory], capture_output=True, text=True,
                          env={"LANG": "C"}, check=False)
    return done.returncode, done.stdout + done.stderr


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def log_lines(logd):
    return [line for segment in logd.segments() for line in segment.read_bytes().split(b"\n")
            if line.startswith(b"{")]


class Crowd:
    """Clients that append without pause and remember what was acknowledged."""

    def __init__(self, logd):
        self.logd, self.acked, self.lock = logd, {}, threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(CLIENTS)]
        self.stopping = False
        for thread in self.threads:
            thread.start()

    def run(self, number):
        try:
            connection = Connection(self.logd.socket)
            count = 0
            while not self.stopping:
                mark = f"{os.urandom(4).hex()}-{number}-{count}"
                code, seq = connection.append("admin.action", detail=mark)
                if code == 0:
                    with self.lock:
                        self.acked[seq] = mark
                count += 1
        except (OSError, TimeoutError):
            pass  # the daemon was killed

    def join(self):
        self.stopping = True
        for thread in self.threads:
            thread.join()


@test
def acknowledged_entries_survive_sigkill(directory):
    logd = Logd(LOGD, directory)
    acked = {}
    for _ in range(KILLS):
        logd.start()
        logd.connect().status()
        crowd = Crowd(logd)
        time.sleep(random.uniform(0.15, 0.6))
        logd.kill()
        crowd.join()
        expect(not acked.keys() & crowd.acked.keys(), "a sequence number was given twice")
        acked |= crowd.acked
    logd.start()
    logd.connect().status()
    expect(logd.stop() == 0, "logd did not end cleanly")
    lines = log_lines(logd)
    expect(len(acked) > 10 * KILLS, f"only {len(acked)} entries were acknowledged")
    for seq, mark in acked.items():
        expect(f'"seq":{seq},'.encode() in lines[seq] and mark.encode() in lines[seq],
               f"entry {seq} was acknowledged and is not there")
    status, text = verify(logd.audit, logd.vkey())
    expect(status == 0, text)
    print(f"# {len(acked)} acknowledged entries, {KILLS} kills")


@test
def each_daemon_says_only_its_own(directory):
    if os.geteuid() != 0:
        return "needs root to be somebody else"
    logd = Logd(LOGD, directory, "--daemon-uid", "4242")
    os.chmod(directory, 0o755)
    os.chown(logd.audit, 4343, 4343)
    logd.program = ["setpriv", "--reuid=4343", "--regid=4343", "--clear-groups", LOGD]
    logd.start()
    logd.connect().status()
    said = {uid: say_as(logd, uid) for uid in (0, 4242, 5555)}
    logd.stop()
    expect(said[0] == [0, -1, -1, -2], f"root: {said[0]}")
    expect(said[4242] == [-1, 0, -1, -2], f"sekisho-otpd: {said[4242]}")
    expect(said[5555] == [-1, -1, -1, -1], f"somebody: {said[5555]}")


def say_as(logd, uid):
    """What user @uid is told when he says one thing of each daemon, and asks for terminal.state."""
    script = ("import sys; sys.path.insert(0, sys.argv[1]); import logd_client as l\n"
              "c = l.Connection(sys.argv[2])\n"
              "print(*[c.append(k, detail='x')[0] for k in "
              "('device.block', 'mfa.success', 'log.start')], c.recall()[0])")
    support = tempfile.mkdtemp()
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support/logd_client.py")
    shutil.copy(source, support)
    os.chmod(support, 0o755)
    os.chmod(support + "/logd_client.py", 0o644)
    done = subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "python3",
                           "-c", script, support, logd.socket],
                          capture_output=True, text=True, check=True, cwd="/")
    shutil.rmtree(support)
    return [int(word) for word in done.stdout.split()]


@test
def nonsense_is_refused_and_the_daemon_lives(directory):
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    expect(connection.append("no.such.type", detail="x")[0] == -1, "an unknown type")
    expect(connection.append("admin.action", colour="red")[0] == -22, "an unknown key")
    expect(connection.append("admin.action", wait="soon")[0] == -22, "a number that is none")
    for garbage in (b"", b"x", b"\3\20\0\0" + b"\xff" * 3112, b"\3\20\0\0" + b"\xff" * 100,
                    b"\3\24\0\0" + b"\xff" * 3112):
        other = logd.connect()
        other.socket.send(garbage)
        other.close()
    code, seq = connection.append("admin.action", detail="fine")
    expect(code == 0, "the next good one was refused")
    status = connection.status()
    expect(status["size"] == seq + 1 and status["code"] == 0, str(status))
    expect(logd.stop() == 0, "logd did not end cleanly")


@test
def a_client_that_does_not_read_stops_nobody(directory):
    logd = Logd(LOGD, directory).start()
    from logd_client import append_message
    lazy = logd.connect()
    lazy.socket.setblocking(False)
    message = append_message("admin.action", {"detail": "lazy"})
    busy = logd.connect()
    sent = 0
    for _ in range(3000):
        try:
            lazy.socket.send(message)
            sent += 1
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            code, _ = busy.append("admin.action", detail="busy")
            expect(code == 0, "the busy client was refused")
    expect(sent > 100, f"the lazy client could send only {sent}")
    expect(logd.stop() == 0, "logd did not end cleanly")


@test
def damage_is_logged_and_stays_visible(directory):
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    for _ in range(5):
        connection.append("admin.action", detail="before")
    logd.stop()
    segment = logd.segments()[0]
    text = bytearray(segment.read_bytes())
    at = text.index(b"before", text.index(b'"seq":3'))
    text[at] ^= 1
    segment.write_bytes(text)
    logd.start()
    expect(logd.connect().append("admin.action", detail="after")[0] == 0, "logging did not go on")
    logd.stop()
    expect(any(b"log.damaged" in line for line in log_lines(logd)), "log.damaged is missing")
    status, report = verify(logd.audit, logd.vkey())
    expect(status == 1 and "#3" in report, f"exit {status}: {report}")


STATE = {"policy": "p", "version": "7", "terminal": "T-1", "zone": 'a "b"\\\u202e\x01'}


@test
def the_newest_state_is_recalled(directory):
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    expect(connection.recall() == (-2, 0, {}), "from an empty log")
    expect(connection.append("terminal.state", **(STATE | {"version": "6"}))[0] == 0, "not taken")
    code, seq = connection.append("terminal.state", bytes="-1", serial="", **STATE)
    state = STATE | {"bytes": "-1"}
    expect(connection.recall() == (code, seq, state), str(connection.recall()))
    expect(connection.recall("policy.load")[0] == -22, "another type")
    expect(connection.recall("x" * 32)[0] == -22, "no type at all")
    for _ in range(3):
        for number in range(100):
            connection.append("admin.action", detail=f"terminal.state {number}")
        before = time.time()
        connection.append("admin.action", detail="later")
        connection.recall()
        expect(connection.latest >= before - 0.001, "its time is not recalled")
        logd.stop()
        logd.start()
        connection = logd.connect()
        expect(connection.recall() == (0, seq, state), str(connection.recall()))
        expect(connection.latest >= before - 0.001, "its time is not recalled later")
    code, seq = connection.append("terminal.state", zone="z")
    logd.kill()
    logd.start()
    expect(logd.connect().recall() == (0, seq, {"zone": "z"}), "after SIGKILL")
    expect(logd.stop() == 0, "logd did not end cleanly")


@test
def a_state_that_was_refused_is_not_recalled(directory):
    logd = Logd(LOGD, directory)
    logd.program = ["env", "--ignore-signal=XFSZ", LOGD]
    logd.start()
    connection = logd.connect()
    _, seq = connection.append("terminal.state", zone="old")
    resource.prlimit(logd.process.pid, resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
    expect(connection.append("terminal.state", zone="new")[0] < 0, "a disk that takes nothing")
    expect(connection.recall() == (0, seq, {"zone": "old"}), str(connection.recall()))
    resource.prlimit(logd.process.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    expect(connection.append("admin.action", detail="x")[0] == 0, "it did not recover")
    expect(connection.recall() == (0, seq, {"zone": "old"}), "a later commit brought it back")
    logd.stop()


@test
def an_altered_state_is_not_recalled(directory):
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    connection.append("terminal.state", version="7")
    connection.append("admin.action", detail="after")
    logd.stop()
    segment = logd.segments()[0]
    segment.write_bytes(segment.read_bytes().replace(b'"version":7', b'"version":1'))
    for _ in range(2):  # the second time the damage is in an older segment
        logd.start()
        expect(logd.connect().recall()[0] == -74, str(logd.connect().recall()))
        logd.stop()
    expect(any(b"log.damaged" in line for line in log_lines(logd)), "log.damaged is missing")


@test
def a_log_that_cannot_be_opened_is_a_refusal_with_a_reason(directory):
    logd = Logd(LOGD, directory).start()
    logd.connect().append("admin.action", detail="x")
    logd.stop()
    key = logd.audit / "identity.key"
    key.rename(logd.audit / "aside")
    logd.start()
    connection = logd.connect()
    expect(connection.append("admin.action", detail="x")[0] < 0, "an entry without a key")
    expect("identity.key" in connection.status()["detail"], str(connection.status()))
    expect(connection.recall()[0] not in (0, -2), "a log that is shut knows nothing")
    (logd.audit / "aside").rename(key)
    deadline = time.monotonic() + 6
    while connection.append("admin.action", detail="x")[0] != 0:
        expect(time.monotonic() < deadline, "it did not recover")
        time.sleep(0.2)
    logd.stop()


@test
def no_flipped_byte_is_ok(directory):
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    for number in range(40):
        connection.append("device.block", vid="0781", pid="5583", serial=str(number))
    logd.stop()
    expect(verify(logd.audit, logd.vkey())[0] == 0, "the untouched log")
    segment = logd.segments()[0]
    good = segment.read_bytes()
    key = logd.vkey().read_text().strip()
    for _ in range(FLIPS):
        text = bytearray(good)
        at = random.randrange(len(text))
        text[at] ^= 1 << random.randrange(8)
        segment.write_bytes(text)
        status, report = verify(logd.audit, key)
        expect(status == 1 or (status == 2 and at == len(good) - 1),
               f"byte {at}: exit {status}\n{report}")
    for _ in range(FLIPS // 3):
        cut = random.randrange(len(good))
        segment.write_bytes(good[:cut])
        status, report = verify(logd.audit, key)
        expect(status == 2, f"cut at {cut}: exit {status}\n{report}")


ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def document():
    with open(os.path.join(ROOT, "docs/audit-format.md"), encoding="utf-8") as page:
        return page.read()


@test
def the_vector_of_the_document(_directory):
    key = next(line for line in document().splitlines() if line.startswith("sekisho.local/t/test/"))
    status, report = verify(os.path.join(ROOT, "tests/fuzz/corpus/log/small"), key)
    expect(status == 0, report)


@test
def the_vocabulary_of_the_document(directory):
    types = re.findall(r"`([a-z.-]+)`(?=.*\| sekisho(?:d \(root\)|-otpd) \|)", document())
    section = re.search(r"### Keys in their order\n(.*?)Bold ones", document(), re.DOTALL)[1]
    keys = re.findall(r"(\*\*)?`([a-z0-9_]+)`", section)
    expect(len(types) > 25 and len(keys) > 45, f"{len(types)} types, {len(keys)} keys")
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    for name in types:
        named = {"seq_of": "1"} if name == "log.redact" else {}  # one that is there: it is done
        expect(connection.append(name, detail="x", **named)[0] == 0, f"{name} was refused")
    for bold, name in keys:
        expect(connection.append("admin.action", **{name: "7"})[0] == 0, f"{name} was refused")
        code, _ = connection.append("admin.action", **{name: "seven"})
        expect(code == (-22 if bold else 0), f"{name} with a text: {code}")
    everything = {name: "7" if bold else "\u202e" * 7 for bold, name in keys}
    expect(connection.append("admin.action", **everything)[0] == 0, "all keys at once")
    logd.stop()
    line = [line for line in log_lines(logd) if b"admin.action" in line][-1].decode()
    order = [line.index(f',"{name}":', line.index("},")) for _, name in keys]
    expect(order == sorted(order), "the keys stand in another order")


@test
def the_verifier_runs_in_an_empty_root(directory):
    if os.geteuid() != 0:
        return "needs root for chroot"
    logd = Logd(LOGD, directory).start()
    logd.connect().append("admin.action", detail="x")
    logd.stop()
    root = os.path.join(directory, "root")
    shutil.copytree(logd.audit, os.path.join(root, "log"))
    shutil.copy(VERIFY, os.path.join(root, "verify"))
    done = subprocess.run(["chroot", root, "/verify", "--lang", "ja", "--key", "/log/vkey", "/log"],
                          capture_output=True, text=True, check=False)
    expect(done.returncode == 0, done.stdout + done.stderr)


def main():
    with open(VERIFY, "rb") as program:
        if b"/ld-linux" in program.read():  # sanitizers cannot be linked statically
            tests.remove(the_verifier_runs_in_an_empty_root)
    print(f"1..{len(tests)}")
    failed = 0
    for number, function in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as directory:
            try:
                skip = function(directory)
                print(f"ok {number} {function.__name__}" + (f" # SKIP {skip}" if skip else ""))
            except Exception as failure:  # the next test still has its say
                failed += 1
                print(f"not ok {number} {function.__name__}")
                print("\n".join(f"# {line}" for line in repr(failure).split("\\n")))
        sys.stdout.flush()
    return 1 if failed else 0


sys.exit(main())
