#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proofs, tiles, seals and bundles, checked by sekisho and by golang.org/x/mod, which knows nothing of it.

usage: test_log_proofs.py SEKISHO SEKISHO-VERIFY MAKE-LOG
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from each import run_each  # noqa: E402

SEKISHO, VERIFY, MAKE_LOG = sys.argv[1:4]
APRIL_2026 = 1774969200  # 2026-04-01 00:00 in Japan
HOUR = 3600
ENVIRONMENT = {**os.environ, "LANG": "C", "TZ": "Asia/Tokyo"}
WORK = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-proofs-"))
TLOG = WORK / "tlog"


def build_other_verifier():
    """Debian's packages alone: no module is fetched."""
    subprocess.run(["go", "build", "-o", TLOG, HERE.parent / "tlog/main.go"], check=True,
                   env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                        "GOCACHE": str(WORK / "cache"), "GOFLAGS": ""})


def run(*command, binary=False):
    """(exit status, standard output, standard error)"""
    done = subprocess.run([str(word) for word in command], capture_output=True, check=False,
                          env=ENVIRONMENT, timeout=60)
    out = done.stdout if binary else done.stdout.decode()
    return done.returncode, out, done.stderr.decode()


def log(*words):
    return run(SEKISHO, "log", *words)


def expect(status, *command):
    """Its output, standard error included, when it ends with this status."""
    found, out, problems = run(*command)
    assert found == status, f"{command}: {found}, {out}{problems}"
    return out + problems


def make_log(name, count=20, segment=4000, begin=APRIL_2026, step=HOUR, commit=3):
    directory = WORK / name
    directory.mkdir(exist_ok=True)
    expect(0, MAKE_LOG, directory, count, commit, segment, begin, step)
    return directory


def save(name, text):
    path = WORK / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def entries(directory):
    return [line for segment in sorted(directory.glob("seg-*.jsonl"))
            for line in segment.read_bytes().split(b"\n") if line.startswith(b"{")]


def others(kind, directory, *files):
    return run(TLOG, kind, directory / "vkey", *files)[0]


def altered(text):
    """Each line of a proof changed in one place; also cut, and with a hash too much."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line and "/e/" not in line:  # the epoch's signature says nothing to who holds the log's key
            at = len(line) // 2
            changed = line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1:]
            yield "\n".join(lines[:number] + [changed] + lines[number + 1:])
    blank = lines.index("")
    yield "\n".join(lines[:blank - 1] + lines[blank:])
    yield "\n".join(lines[:blank] + [lines[blank - 1]] + lines[blank:])


def heads_are_notes():
    directory = make_log("heads")
    n = len(entries(directory))
    status, out, problems = run(TLOG, "head", directory / "vkey", directory / "checkpoint")
    assert (status, out.strip()) == (0, str(n)), problems
    text = (directory / "checkpoint").read_text()
    bad = save("bad-head", text.replace(f"\n{n}\n", f"\n{n + 1}\n"))
    assert others("head", directory, bad) == 1
    assert others("head", make_log("heads-of-another"), directory / "checkpoint") == 1


def entries_are_proven():
    directory = make_log("entries", count=300)
    lines = entries(directory)
    for seq in {0, 1, 2, 127, 128, 255, len(lines) - 1}:
        proof = save("entry.tlog-proof", expect(0, SEKISHO, "log", "prove", seq, "--dir", directory))
        assert others("entry", directory, proof) == 0, seq
        for program in ([SEKISHO, "log", "check-proof", proof, "--key", directory / "vkey"],
                        [VERIFY, "--key", directory / "vkey", proof]):
            out = expect(0, *program)
            assert lines[seq].decode() in out and f"entry {seq} " in out, out


def altered_proofs_are_refused():
    directory = make_log("altered", count=40)
    text = expect(0, SEKISHO, "log", "prove", 17, "--dir", directory)
    for number, bad in enumerate(altered(text)):
        proof = save("bad.tlog-proof", bad)
        status, out, _ = log("check-proof", proof, "--key", directory / "vkey")
        assert status in (1, 3) and not out, (number, bad, out)
        assert others("entry", directory, proof) == 1, (number, bad)


def the_entry_may_come_by_itself():
    directory = make_log("apart", count=20)
    lines = entries(directory)
    text = expect(0, SEKISHO, "log", "prove", 5, "--dir", directory).split("\n")
    proof = save("apart.tlog-proof", "\n".join(text[:1] + text[2:]))
    key = ("--key", directory / "vkey")
    assert "does not hold the entry" in expect(3, SEKISHO, "log", "check-proof", proof, *key)
    expect(0, SEKISHO, "log", "check-proof", proof, *key, save("line", lines[5] + b"\n"))
    expect(0, SEKISHO, "log", "check-proof", proof, *key, save("line", lines[5]))
    expect(1, SEKISHO, "log", "check-proof", proof, *key, save("line", lines[6]))
    expect(1, SEKISHO, "log", "check-proof", proof, *key, save("line", lines[5] + b" "))


def without_the_key_nothing_is_proven():
    directory = make_log("keyless", count=9)
    proof = save("keyless.tlog-proof", expect(0, SEKISHO, "log", "prove", 5, "--dir", directory))
    assert "without the key" in expect(3, SEKISHO, "log", "check-proof", proof)
    other = make_log("keyless-other", count=9)
    assert "another log" in expect(1, SEKISHO, "log", "check-proof", proof, "--key", other / "vkey")


def what_is_not_there_is_not_proven():
    directory = make_log("absent", count=9)
    n = len(entries(directory))
    assert f"no entry {n}" in expect(3, SEKISHO, "log", "prove", n, "--dir", directory)
    expect(3, SEKISHO, "log", "prove", "-1", "--dir", directory)
    expect(3, SEKISHO, "log", "prove", "x", "--dir", directory)


def growth_is_proven():
    directory = make_log("growth", count=50)
    kept = save("kept", expect(0, SEKISHO, "log", "checkpoint", "--dir", directory))
    for _ in range(3):
        make_log("growth", count=70)
        proof = save("growth.proof", expect(0, SEKISHO, "log", "consistency", kept, "--dir", directory))
        assert others("growth", directory, proof, kept) == 0
        expect(0, SEKISHO, "log", "check-proof", proof, "--key", directory / "vkey", kept)
    text = proof.read_text()
    for number, bad in enumerate(altered(text)):
        proof = save("growth.bad", bad)
        assert others("growth", directory, proof, kept) == 1, number
        status, out, _ = log("check-proof", proof, "--key", directory / "vkey", kept)
        assert status in (1, 3) and not out, (number, bad, out)


def a_log_that_did_not_grow_is_named():
    directory = make_log("shrunk", count=50)
    before = shutil.copytree(directory, WORK / "shrunk-before")
    make_log("shrunk", count=50)
    kept = save("shrunk.kept", expect(0, SEKISHO, "log", "checkpoint", "--dir", directory))
    shutil.rmtree(directory)
    shutil.copytree(before, directory)
    assert "was cut" in expect(1, SEKISHO, "log", "consistency", kept, "--dir", directory)
    make_log("shrunk", count=60)  # another future: longer than the one that was kept
    assert "was changed" in expect(1, SEKISHO, "log", "consistency", kept, "--dir", directory)
    other = make_log("shrunk-other")
    assert "another log" in expect(1, SEKISHO, "log", "consistency", kept, "--dir", other)


def tiles_are_read_by_others():
    directory = make_log("tiles", count=800, segment=100000)
    n = len(entries(directory))
    out = WORK / "tiles-out"
    expect(0, SEKISHO, "log", "export", "--tiles", out, "--dir", directory)
    status, text, problems = run(TLOG, "tiles", directory / "vkey", out)
    assert (status, text.strip()) == (0, str(n)), problems
    for name in ("tile/0/001", "tile/1/000.p/3", "tile/entries/000", f"tile/entries/003.p/{n % 256}"):
        good = (out / name).read_bytes()
        middle = len(good) // 2
        (out / name).write_bytes(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1:])
        assert others("tiles", directory, out) == 1, name
        (out / name).write_bytes(good)
    assert others("tiles", directory, out) == 0
    # The log grew: the same folder, and the partial tiles of before may stay.
    make_log("tiles", count=300, segment=100000)
    expect(0, SEKISHO, "log", "export", "--tiles", out, "--dir", directory)
    assert others("tiles", directory, out) == 0


def seal_of(directory, *words):
    out = expect(0, SEKISHO, "log", "seal", "--dir", directory, *words)
    return out.split("\n")[0].split()[1]


def seals_hold():
    directory = make_log("sealed", count=50)
    n = len(entries(directory))
    seal = seal_of(directory)
    out = expect(0, SEKISHO, "log", "check-seal", seal, directory)
    assert f"{n}\n" in out and "sealed" in out, out
    make_log("sealed", count=50, begin=APRIL_2026 + 60 * HOUR)
    expect(0, SEKISHO, "log", "check-seal", seal.lower().replace("-", " "), directory)
    assert seal_of(directory) != seal
    assert seal_of(directory, "--at", "2026-04-03 12:00") == seal
    assert "nothing from before" in expect(2, SEKISHO, "log", "seal", "--dir", directory, "--at", "2026-03-01")
    wrong = seal[:-1] + ("0" if seal[-1] != "0" else "1")
    assert "group 8" in expect(3, SEKISHO, "log", "check-seal", wrong, directory)
    assert "no seal" in expect(3, SEKISHO, "log", "check-seal", seal[:-6], directory)


def seals_name_what_was_done():
    directory = make_log("unsealed", count=50, segment=100000)
    seal = seal_of(directory)
    other = make_log("unsealed-other", count=60)
    assert "another log" in expect(1, SEKISHO, "log", "check-seal", seal, other)
    assert "another log" in expect(1, SEKISHO, "log", "check-seal", seal, make_log("unsealed-short", count=5))
    segment = next(directory.glob("seg-*.jsonl"))
    good = segment.read_bytes()
    cut = good.rindex(b"#cp", 0, good.rindex(b"#cp"))
    segment.write_bytes(good[:good.index(b"\n", cut) + 1])
    assert "was cut" in expect(1, SEKISHO, "log", "check-seal", seal, directory)
    segment.write_bytes(good.replace(b"step 30", b"step 31"))
    assert "damaged" in expect(1, SEKISHO, "log", "check-seal", seal, directory)
    # One who signs anew: a log of the same keys that went another way.
    twin = WORK / "twin"
    shutil.copytree(make_log("twin-root", count=20), twin)
    make_log("twin-root", count=30)
    seal = seal_of(WORK / "twin-root")
    make_log("twin", count=30)
    assert "was changed" in expect(1, SEKISHO, "log", "check-seal", seal, twin)


def main():
    if not shutil.which("go") or not pathlib.Path("/usr/share/gocode/src/golang.org/x/mod").is_dir():
        print("1..0 # SKIP golang-go and golang-golang-x-mod-dev are not installed")
        return 0
    try:
        build_other_verifier()
        return run_each([
            heads_are_notes,
            entries_are_proven,
            altered_proofs_are_refused,
            the_entry_may_come_by_itself,
            without_the_key_nothing_is_proven,
            what_is_not_there_is_not_proven,
            growth_is_proven,
            a_log_that_did_not_grow_is_named,
            tiles_are_read_by_others,
            seals_hold,
            seals_name_what_was_done,
        ])
    finally:
        shutil.rmtree(WORK)


sys.exit(main())
