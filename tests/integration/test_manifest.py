#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a company brought in, listed and compared by sekisho-media on loop devices before anybody sees it.

usage: test_manifest.py SEKISHO_MEDIA SEKISHO [TEST...]
"""

import base64
import contextlib
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
SEKISHO = str(pathlib.Path(sys.argv[2]).absolute())
if "SEKISHO_TEST_NAMESPACE" in os.environ:
    del sys.argv[2]
import keeper as support  # noqa: E402
from keeper import MIB, keeper, listed, processes  # noqa: E402

KEPT = 4
E2BIG, ENOKEY, ENODEV = -7, -126, -19
PATCH, README = b"patch" * 1000, b"read me\n"
KINDS = {"vfat": ("mkfs.vfat",), "ext4": ("mkfs.ext4", "-q", "-F")}


def sha(data):
    return hashlib.sha256(data).hexdigest()


def sums(files):
    """As sha256sum itself writes them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            pathlib.Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            pathlib.Path(folder, name).write_bytes(data)
        return subprocess.run(["sha256sum", "--", *files], check=True, capture_output=True, cwd=folder).stdout


def filled(media, kind, files, prepare=None):
    """A disk with these files on it, as the company's own machine wrote them."""
    disk = media.disk(*KINDS[kind])
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", disk.node, folder], check=True)
        try:
            for name, data in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            if prepare:
                prepare(pathlib.Path(folder))
        finally:
            subprocess.run(["umount", folder], check=True)
    return disk


def compared(files, *expected, kind="ext4", **options):
    with keeper() as media:
        return listed(media.list(filled(media, kind, files), kind, expected, **options))


def has_driver(kind):
    return kind in pathlib.Path("/proc/filesystems").read_text()


def every_file_is_hashed_and_nobody_sees_one():
    files = {"patch.bin": PATCH, "書類/読んで.txt": README, "a/b/c": b"", "a b": b"x"}
    with keeper() as media:
        for kind in filter(has_driver, KINDS):
            code, flags, counts, manifest, _, why = listed(media.list(filled(media, kind, files), kind))
            assert (code, flags, counts[:2]) == (0, 0, (4, sum(map(len, files.values())))), (kind, code, counts, why)
            assert counts[2:] == (0, 0, 0, 0), counts
            assert manifest == sha(sums({name: files[name] for name in sorted(files, key=os.fsencode)})), kind
        assert not pathlib.Path("/run/media/sekisho").exists() or not list(pathlib.Path("/run/media/sekisho").iterdir())


def what_was_announced_is_there():
    files = {"patch.bin": PATCH, "readme": README}
    for expected, counts in (
            ([sha(PATCH)], (1, 0, 0, 1)), ([sha(PATCH), sha(README)], (2, 0, 0, 0)), ([sha(b"other")], (0, 0, 1, 2)),
            ([sha(PATCH), sha(PATCH)], (1, 0, 0, 1)), ([sha(b"1"), sha(b"2"), sha(README)], (1, 0, 2, 1))):
        assert compared(files, *expected)[2][2:] == counts, expected


def a_list_names_what_is_expected():
    files = {"patch.bin": PATCH, "more/readme": README}
    for what, text, more, counts in (
            ("all", sums(files), {}, (3, 0, 0, 0)),
            ("one more", sums(files), {"virus.exe": b"x"}, (3, 0, 0, 1)),
            ("one changed", sums(files), {"patch.bin": PATCH + b"x"}, (2, 1, 0, 0)),
            ("one missing", sums(files | {"gone": b""}), {}, (3, 0, 1, 0)),
            ("under another name", sums({"other.bin": PATCH}), {}, (1, 0, 1, 2)),
            ("as find | xargs sha256sum writes it", b"".join(
                f"{sha(data).upper()} *./{name}\r\n".encode() for name, data in files.items()), {}, (3, 0, 0, 0))):
        found = compared(files | {"SUMS": text} | more, sha(text))
        assert found[2][2:] == counts, (what, found)


def a_list_is_relative_to_where_it_is():
    inside = {"patch.bin": PATCH}
    text = sums(inside)
    assert compared({"v2/patch.bin": PATCH, "v2/SUMS": text}, sha(text))[2][2:] == (2, 0, 0, 0)
    outside = f"{sha(PATCH)}  ../patch.bin\n".encode()
    assert compared({"patch.bin": PATCH, "v2/SUMS": outside}, sha(outside))[2][2:] == (1, 0, 1, 1)


def what_is_no_list_to_its_end_names_nothing():
    for text in sums({"gone": b""}) + b"and more\n", sums({"gone": b""}) + b"\0", b"\n\n", PATCH:
        assert compared({"file": text}, sha(text))[2][2:] == (1, 0, 0, 0), text


def names_that_sha256sum_escapes_are_found():
    name = "back\\slash\nnewline"
    text = f"\\{sha(PATCH)}  back\\\\slash\\nnewline\n".encode()
    code, _, counts, manifest, _, why = compared({name: PATCH, "SUMS": text}, sha(text))
    assert (code, counts[2:]) == (0, (2, 0, 0, 0)) and text == sums({name: PATCH}), (code, counts, why)
    assert manifest == sha(sums({"SUMS": text, name: PATCH}))


def links_and_devices_are_not_followed():
    def prepare(folder):
        (folder / "link").symlink_to("/etc/passwd")
        (folder / "loop").symlink_to(".")
        os.mkfifo(folder / "fifo")
        os.mknod(folder / "null", 0o20666, os.makedev(1, 3))
    with keeper() as media:
        code, _, counts, manifest, _, why = listed(media.list(filled(media, "ext4", {"a": b"x"}, prepare), "ext4"))
    assert (code, counts[:2]) == (0, (1, 1)) and manifest == sha(sums({"a": b"x"})), (code, counts, why)


def what_is_too_much_is_refused():
    def prepare(folder):
        (folder / ("d/" * 45)).mkdir(parents=True)
    with keeper() as media:
        code, _, _, _, _, why = listed(media.list(filled(media, "ext4", {}, prepare), "ext4"))
    assert code == E2BIG and "remedy: " in why, (code, why)


def another_medium_by_now_is_no_answer():
    with keeper() as media:
        disk = filled(media, "ext4", {"a": b"x"})
        code, _, _, _, _, why = listed(media.list(disk, "ext4", diskseq=disk.diskseq + 1))
        assert code == ENODEV and why, (code, why)
        assert listed(media.list(disk, "crypto_LUKS"))[0] == ENOKEY


def who_asks_and_goes_ends_it():
    def confined():
        """What such a process may do."""
        for process in processes("sekisho-media"):
            with contextlib.suppress(OSError):
                if "Seccomp:\t2" in (status := (process / "status").read_text()):
                    return status
        return ""
    with keeper() as media:
        disk = media.disk(*KINDS["ext4"], size=600 * MIB)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["mount", disk.node, folder], check=True)
            with open(f"{folder}/big", "wb") as big:
                big.truncate(1 << 40)  # takes hours
            subprocess.run(["umount", folder], check=True)
        connection = media.list(disk, "ext4", length=600 * MIB)
        until = time.monotonic() + 20
        while not (status := confined()):
            assert time.monotonic() < until, "never confined"
            time.sleep(0.02)
        assert "CapEff:\t0000000000000002" in status, status  # CAP_DAC_OVERRIDE
        connection.close()
        while confined():
            assert time.monotonic() < until, "it reads on"
            time.sleep(0.02)


def the_list_is_for_the_auditor_alone():
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([SEKISHO, "key", "generate", "auditor"], check=True, capture_output=True, text=True, cwd=folder)
        subprocess.run(["mount", "-t", "tmpfs", "none", "/var/lib"], check=True)
        pathlib.Path("/var/lib/sekisho").mkdir()
        try:
            code, flags, _, _, (number, list_hash), _ = compared(
                {"patch.bin": PATCH, "書類\x1b": README}, key=base64.b64decode(made.stdout.split()[0].split("+", 2)[2])[1:])
            sealed = pathlib.Path("/var/lib/sekisho/files", str(number))
            assert (code, flags) == (0, KEPT) and hashlib.sha256(sealed.read_bytes()).digest() == list_hash
            shown = subprocess.run([SEKISHO, "medium", "files", sealed, "--key", f"{folder}/auditor.key"], check=False,
                                   capture_output=True, text=True)
            assert shown.stdout.splitlines() == [f"{sha(PATCH)} {len(PATCH)} patch.bin",
                                                 f"{sha(README)} {len(README)} 書類\\x1b"], shown
        finally:
            subprocess.run(["umount", "/var/lib"], check=True)


TESTS = [every_file_is_hashed_and_nobody_sees_one, what_was_announced_is_there, a_list_names_what_is_expected,
         a_list_is_relative_to_where_it_is, what_is_no_list_to_its_end_names_nothing, names_that_sha256sum_escapes_are_found,
         links_and_devices_are_not_followed, what_is_too_much_is_refused, another_medium_by_now_is_no_answer,
         who_asks_and_goes_ends_it, the_list_is_for_the_auditor_alone]

if __name__ == "__main__":
    sys.exit(support.main(TESTS))
