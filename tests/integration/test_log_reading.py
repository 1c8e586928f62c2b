#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho log beside a sekisho-logd that writes, and --tend between them.

usage: test_log_reading.py LOGD SEKISHO VERIFY WRITE-LOG
"""

import csv
import fcntl
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from logd_client import Logd  # noqa: E402

LOGD, SEKISHO, VERIFY, WRITE_LOG = sys.argv[1:5]
SEGMENT = 16 * 1024 * 1024

tests = []


def test(function):
    tests.append(function)
    return function


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def ask(*words, lang="C.UTF-8", status=0):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                          env={"LC_CTYPE": "C.UTF-8", "LC_MESSAGES": lang, "TZ": "Asia/Tokyo", "TERM": "xterm"})
    expect(done.returncode == status, f"{words}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr}")
    return done


def run(*words, **how):
    return ask(*words, **how).stdout


def show(logd, *words, **how):
    return run(SEKISHO, "log", *words, "--dir", logd.audit, "--key", logd.vkey(), **how)


def tend(logd, directory, keep="forever", **how):
    config = os.path.join(directory, "log.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"keep {keep}\n")
    run(LOGD, "--tend", "--state-dir", logd.audit, "--config", config, "--socket", logd.socket, **how)


def say_something(logd):
    connection = logd.connect()
    connection.append("device.block", verdict="block", vid="0781", pid="5583", product="=HYPERLINK(\"x\")",
                      serial="60A4", port="1-4", rule="default", reason="not_registered", zone="lgwan")
    connection.append("mfa.fail", user="alice", rhost="10.0.0.1", result="wrong", wait="30")
    connection.append("admin.action", action="setup", detail="番号は１２３４－５６７８－９０１８")
    return connection


@test
def the_forms_are_what_their_readers_expect(directory):
    logd = Logd(LOGD, directory).start()
    say_something(logd).close()
    words = show(logd)
    expect(re.search(r"^● .* device BLOCKED +0781:5583 .*#\d+$", words, re.M), words)
    expect("****-****-****" in show(logd, "-o", "wide") or "****－****－****" in words, words)
    expect("遮断" in show(logd, lang="ja_JP.UTF-8"), "no Japanese")
    entries = [json.loads(line) for line in show(logd, "-o", "json").splitlines()]
    expect([entry["seq"] for entry in entries] == list(range(len(entries))), "json leaves something out")
    rows = list(csv.DictReader(io.StringIO(show(logd, "-o", "csv", "--type", "device.block"))))
    expect(len(rows) == 1 and rows[0]["product"] == "'=HYPERLINK(\"x\")" and len(rows[0]["leaf"]) == 44, rows)
    expect(show(logd, "-o", "csv", "--bom").startswith("\ufeff"), "no byte order mark")
    for line in show(logd, "-o", "rfc5424").splitlines():
        expect(re.match(r'<\d+>1 \d{4}-\d\d-\d\dT[\d:.]+Z test sekisho \d+ [a-z.-]+ '
                        r'\[sekisho@32473 seq="\d+" leaf="[^"]{44}" (?:[a-z_]+="(?:[^"\\\]]|\\["\\\]])*" ?)+\] ', line),
               line)
    block = rows[0]["seq"]
    expect("why             no rule opens it: not registered" in show(logd, "show", block), "why")
    show(logd, "show", "99999", status=1)
    logd.stop()


@test
def marks_need_the_key(directory):
    logd = Logd(LOGD, directory).start()
    say_something(logd).close()
    logd.stop()
    expect(all(line.startswith("? ") for line in run(SEKISHO, "log", "--dir", logd.audit).splitlines()),
           "marks without a key")
    checkpoint = logd.audit / "checkpoint"
    checkpoint.write_text(checkpoint.read_text().replace("\n\n", "0\n\n", 1))
    expect(all(line.startswith("? ") for line in show(logd).splitlines()), "marks without a checkpoint")


SD_PARAM = re.compile(r' ([a-z_]+)="(?:[^"\\\]]|\\["\\\]])*"')


@test
def syslog_has_each_name_once(directory):
    logd = Logd(LOGD, directory).start()
    connection = say_something(logd)
    row = next(csv.DictReader(io.StringIO(show(logd, "-o", "csv", "--type", "admin"))))
    code, _ = connection.append("log.redact", seq_of=row["seq"], reason="x", user="a", approver="b")
    expect(code == 0, code)
    line, = show(logd, "-o", "rfc5424", "--type", "log.redact").splitlines()
    names = SD_PARAM.findall(line[:line.index("] ")])
    expect("leaf" in names and "entry_leaf" in names and len(set(names)) == len(names), names)
    logd.stop()


def lines_of(path):
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout.split(b"\n")
    return path.read_bytes().split(b"\n")


def put_lines(path, lines):
    content = b"\n".join(lines)
    if path.suffix == ".zst":
        content = subprocess.run(["zstd", "-cq", "--check", f"--stream-size={len(content)}"], check=True,
                                 input=content, capture_output=True).stdout
    path.write_bytes(content)


def edit(lines, at):
    lines[at] = lines[at].replace(b'"pid":"', b'"pid":"f', 1) if b'"pid":"' in lines[at] else \
        re.sub(rb'"n":"(.)', lambda match: b'"n":"' + (b"B" if match[1] == b"A" else b"A"), lines[at])


def delete(lines, at):
    del lines[at]


def swap(lines, at):
    other = next(i for i in range(at + 1, len(lines)) if lines[i].startswith(b"{"))
    lines[at], lines[other] = lines[other], lines[at]


def renumber(lines, at):
    """Another entry's number, which is proven, does not make this one so."""
    lines[at] = re.sub(rb'"seq":\d+', b'"seq":1', lines[at])


def cut(lines, at):
    """A shorter segment is valid and signed: only what follows says that there was more."""
    end = next(i for i in range(at, len(lines)) if lines[i].startswith(b"#cp"))
    lines[end + 1:] = [b""]


def sign_otherwise(lines, at):
    del at
    sig = re.search(rb'"sig":"(.)', lines[0])
    lines[0] = lines[0][:sig.start(1)] + (b"B" if sig[1] == b"A" else b"A") + lines[0][sig.end(1):]


def marks_of(text):
    return {int(match[2]): match[1] for match in re.finditer(r"^(\S+) .*#(\d+)$", text, re.M)}


def segment_range(path, paths):
    """Numbers of the first entry of a segment and of that after it."""
    firsts = [int(other.name[4:16]) for other in paths] + [1 << 60]
    return firsts[paths.index(path)], firsts[paths.index(path) + 1]


@test
def what_is_not_what_was_signed_has_another_mark(directory):
    logd = Logd(LOGD, directory)
    run(WRITE_LOG, logd.audit, 4500, 20, 250000, 1764000000, 1000)
    logd.start()
    say_something(logd).close()
    tend(logd, directory)
    logd.stop()
    paths = sorted(path for path in logd.audit.glob("seg-*"))
    expect(paths[0].suffix == paths[1].suffix == paths[2].suffix == ".zst" and paths[-2].suffix == paths[-1].suffix == ".jsonl", paths)
    good = marks_of(show(logd, "-a", "-n", "0"))
    expect(len(good) > 3000 and set(good.values()) <= {"●", "✓"}, set(good.values()))
    for path in paths[1], paths[-2], paths[-1]:
        kept = path.read_bytes()
        first, end = segment_range(path, paths)
        for harm in edit, delete, swap, renumber, sign_otherwise, cut:
            if harm is cut and path is paths[-1]:
                continue  # then nothing is checked: see marks_need_the_key
            path.write_bytes(kept)
            lines = lines_of(path)
            at = next(i for i in range(len(lines) // 3 if path is not paths[-1] else 3, len(lines))
                      if lines[i].startswith(b"{"))
            number = json.loads(lines[at])["seq"]
            harm(lines, at)
            put_lines(path, lines)
            what = f"{harm.__name__} in {path.name}"
            done = ask(SEKISHO, "log", "-a", "-n", "0", "--dir", logd.audit, "--key", logd.vkey(), status=1)
            expect("DAMAGED: " in done.stderr, f"{what}: {done.stderr}")
            marks = marks_of(done.stdout)
            if harm is renumber:
                expect(" #1\n" in re.sub("(?m)^[^✗].*$", "", done.stdout), f"{what}: hidden behind another's number")
            bad = {seq for seq, mark in marks.items() if mark == "✗"} - {1}
            before = segment_range(paths[paths.index(path) - 1], paths)[0]
            if harm is sign_otherwise:  # nor does it go on from the one before
                expect(first in bad and before in bad, f"{what}: {sorted(bad)[:5]}")
                bad -= set(range(before, first))
                marks = {seq: mark for seq, mark in marks.items() if not before <= seq < first}
            expect(bad and min(bad) >= first and max(bad) < end and
                   (number in bad or harm in (delete, renumber)), f"{what}: {number} not in {sorted(bad)[:5]}...")
            expect(all(marks[seq] == good[seq] for seq in marks if seq not in bad and seq != 1), f"{what}: others")
            expect(all(seq in marks for seq in good if not before <= seq < end), f"{what}: others are not shown")
            some = number if number in bad else min(bad)  # an index finds it: what stands before is another block's
            one = ask(SEKISHO, "log", "--seq", some, "--json", "--dir", logd.audit, "--key", logd.vkey(), status=1)
            found = json.loads(one.stdout.splitlines()[0])
            expect(found["mark"] == "damaged" and json.loads(found["line"])["seq"] == some, f"{what}: {found}")
            expect('mark="damaged"' in show(logd, "--seq", some, "-o", "rfc5424", status=1), f"{what}: rfc5424")
            expect("NOT" not in show(logd, "show", some, status=1) and
                   "✗ DAMAGED" in show(logd, "show", some, status=1), f"{what}: show")
            if before > 1:
                show(logd, "--seq", "2..9")
        path.write_bytes(kept)
    expect(marks_of(show(logd, "-a", "-n", "0")) == good, "not as before")
    # A compressed segment that cannot be read any more is not the end of all; nor does it say what the one before it
    # ended with.
    kept = bytearray(paths[2].read_bytes())
    kept[len(kept) // 2] ^= 1
    paths[2].write_bytes(kept)
    text = show(logd, "-a", "-n", "0", status=1)
    first, end = segment_range(paths[1], paths)[0], segment_range(paths[2], paths)[1]
    expect("?? " in text, "a segment that cannot be read is not shown")
    marks = marks_of(text)
    others = [(seq, marks.get(seq)) for seq, mark in good.items() if not first <= seq < end and marks.get(seq) != mark]
    expect(not others, others[:5])


def write_long_log(directory):
    """Indexes for all segments but the newest, in each some lines of the same user."""
    logd = Logd(LOGD, directory)
    run(WRITE_LOG, logd.audit, 6000, 64, 200000, 1764000000, 1000)
    tend(logd, directory)
    paths = sorted(logd.audit.glob("seg-*"))
    expect(len(paths) > 9 and len(list(logd.audit.glob("index/*"))) == len(paths) - 1, paths)
    return logd, paths


def index_of(path):
    return path.parent / "index" / f"{path.name[:16]}.idx"


def put_index(path, content):
    """With its sums, whatever it says."""
    head = content[:120] + hashlib.sha256(content[184:]).digest()
    path.write_bytes(head + hashlib.sha256(head).digest() + content[184:])


def edit_salt(path, number):
    """Another line of the same length; the index fits as before."""
    lines = lines_of(path)
    at = next(i for i, line in enumerate(lines) if line.startswith(b'{"v":1,"seq":%d,' % number))
    lines[at] = re.sub(rb'"n":"(.)', lambda match: b'"n":"' + (b"B" if match[1] == b"A" else b"A"), lines[at])
    put_lines(path, lines)


FEW = ("-a", "-n", "0", "--user", "user07")


@test
def few_entries_of_a_long_log_are_proven(directory):
    logd, paths = write_long_log(directory)
    good = marks_of(show(logd, "-a", "-n", "0"))
    expect(len(good) >= 6000 and set(good.values()) <= {"●", "✓"}, (len(good), set(good.values())))
    few = marks_of(show(logd, *FEW))
    expect(50 < len(few) < 400 and few.items() <= good.items(), few)
    expect(marks_of(show(logd, *FEW, "-r")) == few, "in the other order")
    path = paths[4]
    first, end = segment_range(path, paths)
    number = next(seq for seq in sorted(few, reverse=True) if seq < end - 64 and seq % 256 > 70)
    same, other = number - 1, number // 256 * 256 - 1
    expect(first <= other, (first, number))
    kept = path.read_bytes()
    # A block is the 256 entries beside; of another one nothing is shown and nothing is looked at.
    edit_salt(path, other)
    expect(marks_of(show(logd, *FEW, "--seq", f"{other + 1}..{number}"))[number] == few[number],
           "it is not proven by the lines beside it and by the indexes")
    path.write_bytes(kept)
    for what, wrong in ("beside", same), ("itself", number):
        edit_salt(path, wrong)
        done = ask(SEKISHO, "log", *FEW, "--dir", logd.audit, "--key", logd.vkey(), status=1)
        marks = marks_of(done.stdout)
        expect(marks[number] == "✗" and "DAMAGED: " in done.stderr, f"{what}: {marks[number]}")
        expect(all(marks[seq] == few[seq] for seq in few if not first <= seq < end), f"{what}: others")
        # An index of what stands there now is whole; it leads to no checkpoint.
        index = index_of(path)
        honest = index.read_bytes()
        index.unlink()
        tend(logd, directory)
        expect(index.read_bytes() != honest and len(index.read_bytes()) == len(honest), "no other index")
        marks = marks_of(ask(SEKISHO, "log", *FEW, "--dir", logd.audit, "--key", logd.vkey(), status=1).stdout)
        expect(marks[number] == "✗", f"{what}: an index of it is believed")
        show(logd, "--seq", f"{number}..{number + 1}", "--user", "user07", status=1)
        expect(all(marks[seq] == few[seq] for seq in few if not first <= seq < end), f"{what}: others with an index of it")
        index.write_bytes(honest)
        path.write_bytes(kept)
    kept = paths[-1].read_bytes()
    edit_salt(paths[-1], segment_range(paths[-1], paths)[0] + 1)
    marks = marks_of(ask(SEKISHO, "log", "-a", "-n", "0", "--dir", logd.audit, "--key", logd.vkey(), status=1).stdout)
    expect(all(marks[seq] == few[seq] for seq in few if seq < segment_range(paths[-1], paths)[0]), "the newest is damaged")
    paths[-1].write_bytes(kept)


@test
def a_wrong_index_changes_no_answer(directory):
    logd, paths = write_long_log(directory)
    few = show(logd, *FEW)
    number = max(seq for seq in marks_of(few) if seq < segment_range(paths[3], paths)[1])
    questions = FEW, (*FEW, "--seq", f"{number}..{number}"), (*FEW, "-r")
    answers = [show(logd, *question) for question in questions]
    expect(answers[1] in few, answers[1])

    def flip(content, at):
        return content[:at] + bytes([content[at] ^ 1]) + content[at + 1:]

    def swap_hashes(content):
        return content[:-64] + content[-32:] + content[-64:-32]

    harms = {"the last hash": lambda content: flip(content, len(content) - 1),
             "one of the hashes": lambda content: flip(content, len(content) - 40),
             "two that changed places": swap_hashes,
             "one hash too few": lambda content: content[:-32],
             "one hash too many": lambda content: content + bytes(32),
             "no hash": lambda content: content[:184]}
    for path in paths[3], paths[5], paths[-2]:
        index = index_of(path)
        honest = index.read_bytes()
        for name, harm in harms.items() if path is paths[3] else [*harms.items()][:1]:
            put_index(index, harm(honest))
            expect([show(logd, *question) for question in questions] == answers, f"{name}, {index.name}")
            expect("tampered" in ask(VERIFY, "--deep", "--json", "--key", logd.vkey(), logd.audit, status=1).stdout,
                   f"{name}, {index.name}: verification")
        index.unlink()
        expect([show(logd, *question) for question in questions] == answers, f"without {index.name}")
        index.write_bytes(honest)
    # The one of before has no hashes; it counts as none until the next --tend.
    for path in paths[:-1]:
        content = index_of(path).read_bytes()
        put_index(index_of(path), content[:7] + b"\1" + content[8:])
    expect([show(logd, *question) for question in questions] == answers, "indexes of before")
    run(VERIFY, "--deep", "--key", logd.vkey(), logd.audit)
    tend(logd, directory)
    expect(all(index_of(path).read_bytes()[7] == 2 for path in paths[:-1]), "indexes of before stay")
    expect([show(logd, *question) for question in questions] == answers, "made again")


class Follower:
    def __init__(self, logd, *words):
        self.process = subprocess.Popen([SEKISHO, "log", "-f", "--dir", logd.audit, "--key", logd.vkey(), *words],
                                        stdout=subprocess.PIPE, env={"LC_ALL": "C.UTF-8"})
        fd = self.process.stdout.fileno()
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)
        self.text = ""

    def wait_for(self, what, seconds=20):
        end = time.monotonic() + seconds
        while what not in self.text:
            expect(time.monotonic() < end, f"'{what}' does not come: {self.text[-2000:]}")
            expect(self.process.poll() is None, f"it ended: {self.text[-2000:]}")
            self.text += (self.process.stdout.read() or b"").decode()
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        self.process.wait()


@test
def what_comes_in_is_shown_over_a_rotation(directory):
    logd = Logd(LOGD, directory)
    # Nearly a segment: the daemon begins the next one while somebody watches.
    run(WRITE_LOG, logd.audit, 50000, 64, SEGMENT, 1795000000, 1000)
    size = logd.segments()[0].stat().st_size
    expect(len(logd.segments()) == 1 and size > SEGMENT - 1500000, f"{size}")
    logd.start()
    connection = say_something(logd)
    follower = Follower(logd, "--type", "admin")
    follower.wait_for("setup")
    for i in range(12):
        code, seq = connection.append("admin.action", detail=f"entry-{i}-")
        expect(code == 0, code)
        follower.wait_for(f"entry-{i}-")
        while i == 5 and len(logd.segments()) < 2:
            connection.append("device.block", vid="0781", pid="5583", product="x" * 2500)
    follower.stop()
    lines = [line for line in follower.text.splitlines() if "entry-" in line]
    expect(len(lines) == 12 and len(logd.segments()) == 2, follower.text)
    logd.stop()


@test
def what_comes_in_and_is_not_signed_has_another_mark(directory):
    logd = Logd(LOGD, directory).start()
    connection = say_something(logd)
    for harm in "a number that was given", "a checkpoint of something else":
        follower = Follower(logd, "--type", "admin")
        follower.wait_for("setup")
        code, _ = connection.append("admin.action", detail="honest")
        expect(code == 0, code)
        follower.wait_for("honest")
        expect(re.search("^● .*honest", follower.text, re.M), follower.text)
        path = logd.segments()[-1]
        kept = path.read_bytes()
        lines = kept.splitlines()
        number = len([line for line in lines if line.startswith(b"{")])
        entry = next(line for line in lines if b"setup" in line).replace(b"setup", b"forged")
        if harm.startswith("a checkpoint"):
            entry = re.sub(rb'"seq":\d+', b'"seq":%d' % number, entry) + b"\n" + lines[-1].replace(
                b"#cp %d " % number, b"#cp %d " % (number + 1))
        with open(path, "ab") as file:
            file.write(entry + b"\n")
        try:
            follower.wait_for("forged")
        finally:
            follower.stop()
        expect(re.search("^✗ .*forged", follower.text, re.M), f"{harm}: {follower.text}")
        path.write_bytes(kept)
    logd.stop()


@test
def tending_beside_the_daemon_changes_no_answer(directory):
    logd = Logd(LOGD, directory)
    run(WRITE_LOG, logd.audit, 12000, 64, 1000000, 1764000000, 3400000)
    logd.start()
    say_something(logd).close()
    questions = [["--user", "user07"], ["--type", "mfa.fail"], ["--device", "0951:5583"], ["-n", "40", "-r"],
                 ["--since", "2026-01", "--until", "2026-01", "--verdict", "block"], ["--seq", "3000..3100"]]
    before = [show(logd, "-o", "json", *question) for question in questions]
    n = len(logd.segments())
    expect(n > 3, n)
    tend(logd, directory)
    expect(len(logd.segments()) == 2 and len(list(logd.audit.glob("*.zst"))) == n - 2, "not compressed")
    after = [show(logd, "-o", "json", *question) for question in questions]
    expect(before == after and all(before), [len(text) for text in before + after])
    expect("RESULT      OK" in run(VERIFY, "--key", logd.vkey(), logd.audit), "not proven")
    logd.stop()
    logd.start()
    expect(logd.connect().status()["code"] == 0, "it does not start beside compressed segments")
    logd.stop()


@test
def what_is_past_its_time_goes_and_the_rest_is_proven(directory):
    if os.geteuid() != 0:
        return "settings count only when they are root's"
    logd = Logd(LOGD, directory)
    day = 86400
    run(WRITE_LOG, logd.audit, 9000, 64, 400000, int(time.time()) - 500 * day, 500 * day * 1000 // 18000)
    tend(logd, directory, "100", status=1)  # nobody answers
    n = len(list(logd.audit.glob("*.zst")))
    logd.start()
    logd.connect().status()
    tend(logd, directory, "100")
    left = len(list(logd.audit.glob("*.zst")))
    expect(0 < left < n, f"{left} of {n}")
    marks = marks_of(show(logd, "-n", "0", "--user", "user07"))
    expect(marks and set(marks.values()) <= {"●", "✓"}, f"by indexes, after pruning: {set(marks.values())}")
    prune = json.loads(show(logd, "-o", "json", "--type", "log.prune").splitlines()[-1])
    first = sorted(logd.audit.glob("seg-*"))[0].name
    expect(first.startswith(f"seg-{prune['first']:012}."), first)
    expect("RESULT      OK" in run(VERIFY, "--key", logd.vkey(), logd.audit), "not proven")
    logd.stop()
    return None


print(f"1..{len(tests)}", flush=True)
for number, function in enumerate(tests, 1):
    name = function.__name__
    if len(sys.argv) > 5 and name not in sys.argv[5:]:
        print(f"ok {number} - {name} # SKIP not asked for")
        continue
    with tempfile.TemporaryDirectory() as directory:
        try:
            skip = function(directory)
            print(f"ok {number} - {name}" + (f" # SKIP {skip}" if skip else ""), flush=True)
        except Exception as problem:  # pylint: disable=broad-except
            print(f"not ok {number} - {name}")
            print("# " + f"{type(problem).__name__}: {problem}".replace("\n", "\n# "), flush=True)
