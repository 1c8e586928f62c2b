#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proofs, tiles, seals and bundles, checked by sekisho and by golang.org/x/mod, which knows nothing of it.

usage: test_log_proofs.py SEKISHO SEKISHO-VERIFY WRITE-LOG LOGD
"""

import base64
import errno
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from each import run_each  # noqa: E402
from logd_client import Logd  # noqa: E402

SEKISHO, VERIFY, WRITE_LOG, LOGD = sys.argv[1:5]
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


def make_log(name, count=20, segment=4000, begin=APRIL_2026, step=HOUR, commit=3, rotate=None):
    directory = WORK / name
    directory.mkdir(exist_ok=True)
    expect(0, WRITE_LOG, directory, count, commit, segment, begin, 1000 * step, *([rotate] if rotate else []))
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


def a_damaged_log_proves_nothing():
    directory = make_log("damaged", count=60, segment=100000)
    kept = save("damaged.kept", expect(0, SEKISHO, "log", "checkpoint", "--dir", directory))
    segment = next(directory.glob("seg-*.jsonl"))
    # Altered by one who computes the roots anew, as far as no key is needed.
    text = segment.read_bytes().replace(b"step 9 ", b"step 8 ", 1).split(b"\n")
    segment.write_bytes(b"\n".join(line for line in text if not line.startswith(b"#cp")))
    for words in (("prove", 3), ("consistency", kept), ("seal",), ("export", "--tiles", WORK / "no-tiles"),
                  ("export", "--fiscal-year", "R8", WORK / "no.zip")):
        expect(1, SEKISHO, "log", *words, "--dir", directory)
    assert not (WORK / "no-tiles/checkpoint").exists() and not (WORK / "no.zip").exists()


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


def zip_members(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, members):
    """Another bundle of the same form, by other hands."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100644 << 16
            info.create_version = info.extract_version = 10
            archive.writestr(info, content)
    return path


def export(directory, year, name):
    path = WORK / name
    out = expect(0, SEKISHO, "log", "export", "--fiscal-year", year, path, "--dir", directory)
    assert out.startswith(f"{path}: entries "), out
    return path


def verify(path, directory, *words):
    status, out, problems = run(VERIFY, "--json", "--key", directory / "vkey", path, *words)
    return status, json.loads(out) if out else problems


def years_are_proven_by_themselves():
    # Three years: 2025-10 to 2027-10, an entry each six hours.
    directory = make_log("years", count=3000, segment=40000, begin=1759244400, step=6 * HOUR, commit=25)
    lines = entries(directory)
    times = [json.loads(line)["t"] for line in lines]
    for year, name in ((2025, "令和7年度"), (2026, "R8"), (2027, "2027")):
        path = export(directory, name, f"{year}.zip")
        status, found = verify(path, directory)
        assert (status, found["part_of"]) == (0, len(lines)), found
        # Nothing of the year is missing: what is before and behind is of other years.
        first, end = found["first"], found["end"]
        assert first == 0 or times[first - 1] < f"{year}-03-31T15"
        assert end == len(lines) or times[end] >= f"{year + 1}-03-31T15"
        members = zip_members(path)
        assert b"".join(members[n] for n in sorted(members) if n.startswith("seg-")) == b"".join(
            p.read_bytes() for p in sorted(directory.glob("seg-*.jsonl")) if p.name in members)
        assert "令和" not in members["readme.txt"].decode() and "監査ログ" in members["readme.txt"].decode()
        assert str(year) in members["readme.txt"].decode()
        run_same = expect(0, SEKISHO, "log", "verify", path, "--key", directory / "vkey")
        assert "OK" in run_same
    assert "no entries" in expect(2, SEKISHO, "log", "export", "--fiscal-year", "R5", WORK / "r5.zip",
                                  "--dir", directory)
    assert not (WORK / "r5.zip").exists()
    assert "File exists" in expect(3, SEKISHO, "log", "export", "--fiscal-year", "R8", WORK / "2026.zip",
                                   "--dir", directory)


def a_year_is_proven_by_the_first_identity_key():
    """Which another followed in the year before."""
    directory = make_log("rotated-years", count=3, begin=1759244400)
    first = save("first.vkey", (directory / "vkey").read_text())
    make_log("rotated-years", count=1100, segment=40000, begin=1759248000, step=6 * HOUR, commit=25, rotate=600)
    assert first.read_text() != (directory / "vkey").read_text()
    path = export(directory, "R8", "rotated-year.zip")
    epochs = zip_members(path)["epochs"]
    assert epochs.count(b"\n#key ") == 1
    assert "OK" in expect(0, VERIFY, "--key", first, path)
    members = zip_members(path)
    members["epochs"] = b"".join(line for line in epochs.splitlines(True) if not line.startswith(b"#key "))
    rewrite(WORK / "keyless-year.zip", members)
    assert "not signed by the key" in expect(1, VERIFY, "--key", first, WORK / "keyless-year.zip")
    members["epochs"] = epochs.replace(b"#key ", b"#key 1", 1)
    rewrite(WORK / "forged-year.zip", members)
    assert "identity key" in expect(1, VERIFY, "--key", first, WORK / "forged-year.zip")


def a_year_before_a_change_of_the_identity_key():
    """Twice after its end: the head is signed by a key that no entry of the year names."""
    directory = make_log("later-keys", count=3, begin=APRIL_2026 - 310 * 6 * HOUR)
    first = save("later-first.vkey", (directory / "vkey").read_text())
    make_log("later-keys", count=1100, segment=40000, begin=APRIL_2026 - 300 * 6 * HOUR, step=6 * HOUR, commit=25,
             rotate=500)
    second = save("later-second.vkey", (directory / "vkey.old").read_text().splitlines()[1])
    newest = directory / "vkey"
    path = export(directory, "R7", "later-keys.zip")
    for key in (first, second, newest):
        assert "OK" in expect(0, VERIFY, "--key", key, path), key
    members = zip_members(path)
    changes = sorted(name for name in members if name.startswith("key-"))
    assert len(changes) == 2 and b"#key" not in members["epochs-after"], list(members)
    assert members["epochs-after"].startswith(b"#epoch ")
    for name in changes:
        assert others("entry", directory, save("change", members[name])) == 0, name
    run_same = expect(0, SEKISHO, "log", "check-seal", seal_of(directory, "--at", "2026-03-01"), path)
    assert "sealed" in run_same, run_same

    def with_(**changed):
        return rewrite(WORK / "bad.zip", {n: c for n, c in {**members, **changed}.items() if c is not None})

    for name in changes:
        for number, bad in enumerate(altered(members[name].decode())):
            if bad.split("\n\n")[0] == members[name].decode().split("\n\n")[0]:
                continue  # the head is told by the bundle, whatever a proof in it says
            out = expect(1, VERIFY, "--key", first, with_(**{name: bad.encode()}))
            assert name in out, (number, bad, out)
    lines = members["epochs-after"].splitlines(True)
    for bad in (lines[1:], lines[:5] + lines[6:], lines[:-1], lines[:1] + lines, lines + [b"x\n"], []):
        out = expect(1, VERIFY, "--key", first, with_(**{"epochs-after": b"".join(bad)}))
        assert "epochs-after" in out or changes[-1] in out or changes[0] in out, out
    # A change that is not told is not followed.
    bare = {changes[0]: None, changes[1]: None, "epochs-after": None}
    for gone in ({changes[1]: None}, bare):
        assert "not signed by the key" in expect(1, VERIFY, "--key", first, with_(**gone))
    assert "OK" in expect(0, VERIFY, "--key", newest, with_(**bare))  # as exports of before
    assert changes[0] in expect(1, VERIFY, "--key", first, with_(**{"epochs-after": None}))
    swapped = {changes[0]: members[changes[1]], changes[1]: members[changes[0]]}
    assert changes[1] in expect(1, VERIFY, "--key", first, with_(**swapped))
    assert "key-twice" in expect(1, VERIFY, "--key", first, with_(**{"key-twice": members[changes[1]]}))
    other = make_log("later-other", count=1100, segment=40000, begin=APRIL_2026 - 300 * 6 * HOUR, step=6 * HOUR,
                     commit=25, rotate=500)
    theirs = zip_members(export(other, "R7", "later-other.zip"))
    for name in ("checkpoint", "consistency", "epochs-after"):
        expect(1, VERIFY, "--key", first, with_(**{name: theirs[name]}))
    # The year after has the changes in itself.
    assert "OK" in expect(0, VERIFY, "--key", first, export(directory, "R8", "later-keys-8.zip"))


def seals_are_found_in_a_year():
    directory = make_log("sealed-years", count=3000, segment=40000, begin=1759244400, step=6 * HOUR, commit=25)
    path = export(directory, "R8", "sealed-year.zip")
    at = {when: seal_of(directory, "--at", when) for when in ("2025-11-30", "2026-09-30", "2027-09-30")}
    expect(0, SEKISHO, "log", "check-seal", at["2026-09-30"], path)
    assert "pruned" in expect(2, SEKISHO, "log", "check-seal", at["2025-11-30"], path)
    assert "export ends" in expect(2, SEKISHO, "log", "check-seal", at["2027-09-30"], path)
    assert "another log" in expect(1, SEKISHO, "log", "check-seal",
                                   seal_of(make_log("sealed-elsewhere", count=300), "--at", "2026-04-20"), path)


def altered_bundles_are_refused():
    directory = make_log("bundle", count=3000, segment=40000, begin=1759244400, step=6 * HOUR, commit=25)
    path = export(directory, "R8", "bundle.zip")
    good = zip_members(path)
    segments = [name for name in good if name.startswith("seg-")]
    assert verify(rewrite(WORK / "again.zip", good), directory)[0] == 0

    def with_(**changes):
        members = {**good, **{name.replace("_", "-"): content for name, content in changes.items()}}
        return verify(rewrite(WORK / "bad.zip", {n: c for n, c in members.items() if c is not None}),
                      directory)[0]

    def without(name):
        return verify(rewrite(WORK / "bad.zip", {n: c for n, c in good.items() if n != name}), directory)[0]

    def changed(name, old, new):
        assert old in good[name], name
        return verify(rewrite(WORK / "bad.zip", {**good, name: good[name].replace(old, new, 1)}), directory)[0]

    assert without(segments[0]) == 2  # the proof of growth fits, the certificates do not
    assert without(segments[1]) == 1
    assert without(segments[-1]) == 1
    assert without("checkpoint") == 2
    assert without("epochs") == 2
    assert without("consistency") == 1
    assert with_(consistency=good["consistency"].replace(b"old ", b"old 1")) == 1
    assert with_(checkpoint=(make_log("bundle-other") / "checkpoint").read_bytes()) == 1
    assert changed(segments[1], b"admin.action", b"admin.actiom") == 1
    assert changed("checkpoint", b"\n\n", b"\n\n\n") in (1, 3)
    lines = good["epochs"].split(b"\n")
    assert with_(epochs=b"\n".join(lines[:5] + lines[6:])) == 1
    assert with_(evil=b"MZ") == 3
    # The order of the members, a member of another log, and the bytes between them.
    other = zip_members(export(make_log("bundle-second", count=3000, segment=40000, begin=1759244400,
                                        step=6 * HOUR, commit=25), "R8", "second.zip"))
    name = segments[1]
    if name in other:
        assert verify(rewrite(WORK / "bad.zip", {**good, name: other[name]}), directory)[0] == 1
    assert verify(WORK / "second.zip", directory)[0] == 1
    assert verify(rewrite(WORK / "bad.zip", dict(reversed(good.items()))), directory)[0] == 3
    whole = path.read_bytes()
    for at in range(0, len(whole), 997):
        (WORK / "bad.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:])
        assert verify(WORK / "bad.zip", directory)[0] in (1, 3), at
    (WORK / "bad.zip").write_bytes(whole[:-1])
    assert verify(WORK / "bad.zip", directory)[0] == 3
    assert run(VERIFY, path)[0] == 2  # no key


def kept_checkpoints_are_found_in_a_year():
    directory = make_log("kept-years", count=800, segment=40000, begin=1774969200 - 400 * 6 * HOUR, step=6 * HOUR)
    kept = save("kept-2026", expect(0, SEKISHO, "log", "checkpoint", "--dir", directory))
    make_log("kept-years", count=400, segment=40000, begin=1774969200 + 400 * 6 * HOUR, step=6 * HOUR)
    path = export(directory, "R8", "kept.zip")
    status, found = verify(path, directory, "--witness", kept)
    assert status == 0, found


def vectors_are_met_byte_for_byte():
    vectors = HERE.parent / "vectors"
    directory = vectors / "log"
    hashes = [hashlib.sha256(b"\0" + line).digest() for line in entries(directory)]

    def root(leaves):
        if len(leaves) == 1:
            return leaves[0]
        k = 1 << (len(leaves) - 1).bit_length() - 1
        return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()

    def listed(numbered):
        return "".join(f"{number} {base64.b64encode(value).decode()}\n" for number, value in numbered)

    assert listed(enumerate(hashes)) == (vectors / "leaves").read_text()
    assert listed((n, root(hashes[:n])) for n in range(1, len(hashes) + 1)) == (vectors / "roots").read_text()
    expect(0, VERIFY, "--key", directory / "vkey", directory)
    for words, name in ((("prove", 4), "entry-4.tlog-proof"),
                        (("consistency", vectors / "earlier-checkpoint"), "consistency")):
        status, out, problems = run(SEKISHO, "log", *words, "--dir", directory, binary=True)
        assert (status, out) == (0, (vectors / name).read_bytes()), problems
    seal = (vectors / "seal").read_text()
    assert seal_of(directory) + "\n" == seal
    assert f"seal        {seal}" in expect(0, VERIFY, "--key", directory / "vkey", directory)
    assert json.loads(expect(0, VERIFY, "--json", "--key", directory / "vkey", directory))["seal"] == seal.strip()
    assert json.loads(expect(2, VERIFY, "--json", directory))["seal"] is None
    assert others("entry", directory, vectors / "entry-4.tlog-proof") == 0
    assert others("growth", directory, vectors / "consistency", vectors / "earlier-checkpoint") == 0
    first, pruned = vectors / "pruned/first-vkey", vectors / "pruned/log"
    assert first.read_text() != (pruned / "vkey").read_text() and "\n#key " in (pruned / "epochs").read_text()
    assert "OK" in expect(0, VERIFY, "--key", first, pruned)


def black_out(connection, seq, **more):
    """What sekisho-otpd asks after two codes."""
    return connection.append("log.redact", seq_of=str(seq), user="suzuki", approver="tanaka",
                             reason="decision 8-123", **more)


def entries_are_blacked_out():
    directory = WORK / "redacted"
    directory.mkdir()
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    secrets = [f"secret-{n}" for n in range(9)]
    numbers = [connection.append("admin.action", detail=secret)[1] for secret in secrets]
    audit, key = logd.audit, ("--key", logd.audit / "vkey")
    line = entries(audit)[numbers[3]]
    proof = save("before.tlog-proof", expect(0, SEKISHO, "log", "prove", numbers[3], "--dir", audit))
    seal = seal_of(audit)
    # While segments are compressed and indexed nothing is done, and afterwards neither holds it.
    index = audit / "index"
    index.mkdir(exist_ok=True)
    (index / "seg-000000000000.idx").write_bytes(b"secret-3")
    packed = audit / "seg-000000000000.jsonl.zst"
    packed.write_bytes(b"secret-3")
    lock = os.open(audit / "tend.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert black_out(connection, numbers[3])[0] == -errno.EWOULDBLOCK
    os.close(lock)
    # Whoever may read the log may lock its folders, and keeps nobody from anything by it.
    folder = os.open(index, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    assert black_out(connection, numbers[3])[0] == 0
    assert not packed.exists() and not list(index.iterdir())
    named = json.loads(entries(audit)[-1])
    assert named["type"] == "log.redact" and named["seq_of"] == numbers[3], named
    assert named["leaf"] == base64.b64encode(hashlib.sha256(b"\0" + line).digest()).decode(), named
    assert (named["user"], named["approver"], named["reason"]) == ("suzuki", "tanaka", "decision 8-123")
    assert not [path for path in audit.iterdir() if path.is_file() and b"secret-3" in path.read_bytes()]
    # All is as it was for whoever proves: the log, the seal, an old proof, a new one.
    expect(0, VERIFY, *key, audit)
    expect(0, SEKISHO, "log", "check-seal", seal, audit)
    expect(0, SEKISHO, "log", "check-proof", proof, *key)
    again = save("after.tlog-proof", expect(0, SEKISHO, "log", "prove", numbers[3], "--dir", audit))
    assert "extra" not in again.read_text()
    expect(3, SEKISHO, "log", "check-proof", again, *key)
    expect(0, SEKISHO, "log", "check-proof", again, *key, save("line", line))
    # What is refused leaves nothing behind.
    code, state = connection.append("terminal.state", zone="mynumber")
    assert code == 0, code
    size = connection.status()["size"]
    for seq, code in ((numbers[3], -errno.EALREADY), (0, -errno.EPERM), (state, -errno.EPERM), (size, -errno.ERANGE)):
        assert black_out(connection, seq)[0] == code, seq
    assert connection.append("log.redact", user="suzuki", reason="x")[0] < 0
    assert black_out(connection, numbers[5], leaf="AAAA")[0] < 0
    assert connection.status()["size"] == size
    # The log goes on, also after a new start.
    assert connection.append("admin.action", detail="later")[0] == 0
    assert black_out(connection, numbers[4])[0] == 0
    assert logd.stop() == 0
    logd.start()
    assert logd.connect().append("admin.action", detail="later still")[0] == 0
    assert logd.stop() == 0
    out = expect(0, VERIFY, *key, audit)
    assert "2 entries are blacked out" in out, out


def what_a_crash_kept_is_blacked_out_at_the_next_start():
    directory = WORK / "late"
    directory.mkdir()
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    audit = logd.audit
    numbers = [connection.append("admin.action", detail=f"secret-{n}")[1] for n in range(4)]
    lines_before = entries(audit)
    for number in numbers[:2]:
        assert black_out(connection, number)[0] == 0
    logd.kill()
    # As if it had stopped before the line of the first went,
    segment = audit / "seg-000000000000.jsonl"
    lines = segment.read_bytes().split(b"\n")
    place = next(n for n, line in enumerate(lines) if line.startswith(b"#red"))
    lines[place] = lines_before[numbers[0]]
    segment.write_bytes(b"\n".join(lines))
    folder = os.open(audit, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # as anybody can who may read the log
    logd.start()
    connection = logd.connect()
    assert connection.status()["code"] == 0
    os.close(folder)
    assert not [path for path in audit.glob("seg-*") if b"secret-0" in path.read_bytes()]
    # Only what was left undone ends a segment.
    assert connection.append("admin.action", detail="goes on")[0] == 0
    n_segments = len(logd.segments())
    assert logd.stop() == 0
    # Or before copies of what is blacked out went.
    copies = [audit / f"{segment.name}{form}" for form in (".zst", ".zst.new")]
    for copy in copies:
        copy.write_bytes(b"secret-1")
    logd.start()
    assert logd.connect().append("admin.action", detail="later")[0] == 0
    assert not [copy for copy in copies if copy.exists()]
    assert len(logd.segments()) == n_segments
    assert logd.stop() == 0
    assert "2 entries are blacked out" in expect(0, VERIFY, "--key", audit / "vkey", audit)


def bare_redactions_are_tampering():
    directory = make_log("bare", count=30)
    segment = sorted(directory.glob("seg-*.jsonl"))[1]
    lines = segment.read_bytes().split(b"\n")
    at = next(n for n, line in enumerate(lines) if b"admin.action" in line)
    lines[at] = b"#red " + base64.b64encode(hashlib.sha256(b"\0" + lines[at]).digest())
    segment.write_bytes(b"\n".join(lines))
    assert "no later entry says why" in expect(1, VERIFY, "--key", directory / "vkey", directory)
    path = export(directory, "R8", "bare.zip")
    assert "no later entry says why" in expect(1, VERIFY, "--key", directory / "vkey", path)


def a_year_says_why_an_entry_is_missing():
    directory = WORK / "redacted-year"
    (directory / "audit").mkdir(parents=True)
    audit = make_log("redacted-year/audit", count=40, begin=APRIL_2026 - 300 * 24 * HOUR, segment=4000)
    logd = Logd(LOGD, directory).start()
    connection = logd.connect()
    lines = entries(audit)
    old = [json.loads(line)["seq"] for line in lines if b"admin.action" in line]
    for seq in (old[3], old[5]):  # the first one ends the segment: the second one's reason is beyond the year
        assert black_out(connection, seq)[0] == 0
    leaf = base64.b64encode(hashlib.sha256(b"\0" + lines[old[5]]).digest()).decode()
    code, lie = connection.append("admin.action", seq_of=str(old[5]), leaf=leaf)
    assert code == 0, code
    assert logd.stop() == 0
    path = export(audit, "R7", "redacted-year.zip")
    members = zip_members(path)
    why = [name for name in members if name.startswith("redact-")]
    assert len(why) == 1, list(members)
    assert verify(path, audit)[0] == 0
    assert others("entry", audit, save("why", members[why[0]])) == 0
    bad = rewrite(WORK / "bad.zip", {n: c for n, c in members.items() if n != why[0]})
    assert verify(bad, audit)[0] == 1
    # What another type says is no reason, though it is proven to stand in the log.
    said = expect(0, SEKISHO, "log", "prove", lie, "--dir", audit).encode()
    assert verify(rewrite(WORK / "bad.zip", {**members, why[0]: said}), audit)[0] == 1
    forged = members[why[0]].replace(b"index ", b"index 1")
    assert verify(rewrite(WORK / "bad.zip", {**members, why[0]: forged}), audit)[0] == 1


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
            a_damaged_log_proves_nothing,
            growth_is_proven,
            a_log_that_did_not_grow_is_named,
            tiles_are_read_by_others,
            seals_hold,
            seals_name_what_was_done,
            years_are_proven_by_themselves,
            a_year_is_proven_by_the_first_identity_key,
            a_year_before_a_change_of_the_identity_key,
            seals_are_found_in_a_year,
            altered_bundles_are_refused,
            kept_checkpoints_are_found_in_a_year,
            vectors_are_met_byte_for_byte,
            entries_are_blacked_out,
            what_a_crash_kept_is_blacked_out_at_the_next_start,
            bare_redactions_are_tampering,
            a_year_says_why_an_entry_is_missing,
        ])
    finally:
        shutil.rmtree(WORK)


sys.exit(main())
