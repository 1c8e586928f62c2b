#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho-verify and `sekisho log verify` as programs: what they need, what they take, what they say.

usage: test_verify.py VERIFY SEKISHO MAKE_LOG
"""

import json
import os
import pathlib
import pty
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from each import run_each  # noqa: E402

VERIFY, SEKISHO, MAKE_LOG = sys.argv[1:4]
del sys.argv[1:4]
MEMORY = 64 * 1024  # KiB

folder = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-verify-"))
log = folder / "log"


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


def is_static():
    """No program interpreter is named in the ELF header's table."""
    image = pathlib.Path(VERIFY).read_bytes()
    kind, = struct.unpack_from("<H", image, 16)
    start, = struct.unpack_from("<Q", image, 32)
    size, n = struct.unpack_from("<HH", image, 54)
    types = [struct.unpack_from("<I", image, start + i * size)[0] for i in range(n)]
    expect(kind == 3, "it is not position-independent")
    return 3 not in types


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C"}, **options)
    return done.returncode, done.stdout + done.stderr


def verify(*words):
    return run(VERIFY, "--key", log / "vkey", *words)


def in_an_empty_root():
    if not is_static():
        return  # a build with sanitizers
    root = folder / "root"
    shutil.copytree(log, root / "log")
    shutil.copy(VERIFY, root / "verify")
    status, text = run("chroot", root, "/verify", "--key", "/log/vkey", "--witness", "/log/checkpoint", "/log")
    expect(status == 0, text)
    status, text = run("chroot", root, "/verify", "--lang", "ja", "/log")
    expect(status == 2 and "不完全" in text, text)
    shutil.rmtree(root)


def in_little_memory():
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    status, text = verify("--no-deep", log)
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    expect(status == 0, text)
    expect(not is_static() or max(before, after) < MEMORY, f"{before} and {after} KiB")


def says_as_json():
    status, text = verify("--json", "--deep", log)
    result = json.loads(text)
    expect(status == 0 and result["result"] == "ok" and result["deep"], text)
    expect(result["end"] == 12000 and result["last_epoch"] == 60, text)
    expect(result["witnessed"] is None and result["rollback_protected"] is False and result["gaps"]["longest"] == [], text)


def depth_is_as_asked():
    expect(json.loads(verify("--json", log)[1])["deep"], "a small log is looked at as a whole")
    expect(not json.loads(verify("--json", "--no-deep", log)[1])["deep"], "--no-deep")


def compares_with_a_witness():
    status, text = verify("--witness", log / "checkpoint", log)
    expect(status == 0 and "covers every entry" in text, text)
    expect("NOT PROTECTED" not in text and "NOT PROTECTED" in verify(log)[1], text)
    status, text = verify("--witness", log / "vkey", log)
    expect(status == 3 and "remedy:" in text, text)
    status, text = run(VERIFY, "--witness", log / "checkpoint", log)
    expect(status == 3 and "--key" in text, text)
    note = (log / "checkpoint").read_text().split("\n")
    note[1] = "12001"
    (folder / "forged").write_text("\n".join(note))
    status, text = verify("--witness", folder / "forged", log)
    expect(status == 3 and "not signed" in text, text)
    first, last = (min(log.glob("seg-*")), max(log.glob("seg-*")))
    status, text = verify("--witness", log / "checkpoint", first)
    expect(first != last and status == 2 and "that are not here" in text, "a part is not accused of being one\n" + text)


def both_say_the_same():
    words = ("--key", log / "vkey", "--witness", log / "checkpoint", log)
    expect(run(VERIFY, *words) == run(SEKISHO, "log", "verify", *words), "they differ")
    words = ("--json", "--no-deep", log)
    expect(run(VERIFY, *words) == run(SEKISHO, "log", "verify", *words), "they differ")


def a_segment_alone():
    first = sorted(log.glob("seg-*"))[0]
    status, text = verify(first)
    expect(status == 0 and "#0" in text, text)
    second = sorted(log.glob("seg-*"))[1]
    status, text = verify(second)
    expect(status == 2 and "lead back to the enrolment" in text, text)


def a_bar_only_for_a_person():
    leader, follower = pty.openpty()
    done = subprocess.run([VERIFY, "--key", log / "vkey", log], stdout=subprocess.PIPE, stderr=follower, check=True)
    os.close(follower)
    seen = os.read(leader, 65536).decode()
    os.close(leader)
    expect(re.search(r"\[#+ *\] +\d+ %\r", seen) and b"%" not in done.stdout, seen)
    expect("%" not in verify(log)[1], "a bar in a file")


def wrong_use():
    for words in ((), (log, log), ("--deep",), ("--colour", log), (folder / "none",)):
        expect(run(VERIFY, *words)[0] == 3, str(words))
        if words:
            expect(run(SEKISHO, "log", "verify", *words)[0] == 3 or words == ("--deep",), str(words))


if __name__ == "__main__":
    subprocess.run([MAKE_LOG, log, "12000", "10", "200", "1000000"], check=True)
    failed = run_each([in_an_empty_root, in_little_memory, says_as_json, depth_is_as_asked, compares_with_a_witness,
                       both_say_the_same, a_segment_alone, a_bar_only_for_a_person, wrong_use])
    shutil.rmtree(folder)
    sys.exit(failed)
