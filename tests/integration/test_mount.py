#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho-media mount on loop devices, in a mount namespace of its own.

usage: test_mount.py SEKISHO_MEDIA [TEST...]
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from keeper import ENODEV, MIB, PERSON, keeper, main, options_of, run  # noqa: E402

ROOT = pathlib.Path("/run/media/sekisho")
ENXIO, EBUSY, EINVAL, ENOTSUP = -6, -16, -22, -95
EXT4 = ("mkfs.ext4", "-q", "-F")


def as_person(script):
    return subprocess.run(["sh", "-c", script], check=False, capture_output=True, text=True,
                          user=PERSON, group=PERSON, extra_groups=[])


@contextlib.contextmanager
def holder(script):
    """A process of the person that ends in a sleep."""
    process = subprocess.Popen(["sh", "-c", script], user=PERSON, group=PERSON, extra_groups=[])
    while pathlib.Path(f"/proc/{process.pid}/comm").read_text() != "sleep\n":
        time.sleep(0.01)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def the_medium_is_the_persons():
    with keeper() as media:
        disk = media.disk(*EXT4)
        code, path, detail = media.mount(disk, "ext4")
        assert (code, path, detail) == (0, f"{ROOT}/data", ""), (code, path, detail)
        mount, _ = options_of(path)
        assert {"nosuid", "nodev", "noexec", "rw"} <= mount, mount
        made = as_person(f"echo hello >{path}/file && cat {path}/file")
        assert made.stdout == "hello\n", made
        assert os.stat(f"{path}/file").st_uid == PERSON
        assert as_person(f"cp /bin/true {path}/ && {path}/true").returncode == 126
        assert media.unmount(disk, path)[0] == 0
        assert not (ROOT / "data").exists()
        run("mount", disk.node, "/mnt")
        assert os.stat("/mnt/file").st_uid == 0, "the person's number is on the medium"
        run("umount", "/mnt")


def read_only_writes_nothing():
    with keeper() as media:
        disk = media.disk(*EXT4, writable=False)
        path = media.mount(disk, "ext4", writable=False)[1]
        mount, superblock = options_of(path)
        assert "ro" in mount and "ro" in superblock
        assert "Read-only" in as_person(f"touch {path}/x").stderr
        assert media.unmount(disk, path)[0] == 0
        code, path, detail = media.mount(disk, "ext4", writable=True)
        assert code < 0 and path == "" and detail, (code, path, detail)
        assert not list(ROOT.iterdir())


def another_medium_is_not_mounted():
    with keeper() as media:
        disk, other = media.disk(*EXT4), media.disk(*EXT4)
        assert media.mount(disk, "ext4", diskseq=disk.diskseq + 100)[0] == ENODEV
        disk.devnum, devnum = other.devnum, disk.devnum
        assert media.mount(disk, "ext4")[0] == ENODEV
        disk.devnum = os.stat("/dev/null").st_rdev | 1 << 20
        assert media.mount(disk, "ext4")[0] == ENODEV, "no disk of that number"
        disk.devnum = devnum
        path = media.mount(disk, "ext4")[1]
        assert media.unmount(other, path)[0] == ENODEV
        for wrong in ("/etc", f"{ROOT}/../../../etc", f"{ROOT}/", f"{ROOT}/.", f"{ROOT}/a/b"):
            assert media.unmount(disk, wrong)[0] == EINVAL, wrong
        assert media.unmount(disk, path)[0] == 0


TWO = ("sh", "-ec", f"""
truncate -s {16 * MIB} "$0.part"
mkfs.ext4 -q -F "$0.part"
for at in 1 21; do dd if="$0.part" of="$0" bs=1M seek=$at conv=notrunc,sparse; done""")
PARTS = (MIB, 20 * MIB), (21 * MIB, 16 * MIB)


def a_partition_is_found_by_where_it_lies():
    with keeper() as media:
        disk, other = media.disk(*TWO, parts=PARTS), media.disk(*TWO, parts=PARTS)
        code, first, detail = media.mount(disk, "ext4", start=MIB, length=20 * MIB)
        assert (code, media.devnum) == (0, os.stat(disk.parts[0]).st_rdev), (code, detail)
        assert run("findmnt", "-no", "SOURCE", first).strip() == str(disk.parts[0])
        first_devnum = media.devnum
        code, second, detail = media.mount(disk, "ext4", start=21 * MIB, length=16 * MIB)
        assert (code, second) == (0, f"{ROOT}/data-2"), (code, detail)
        assert run("findmnt", "-no", "SOURCE", second).strip() == str(disk.parts[1])
        assert media.unmount(disk, second)[0] == ENODEV, "the disk itself is not mounted there"
        assert media.unmount(disk, second, devnum=media.devnum)[0] == ENODEV, "answered last: the disk"
        assert media.unmount(disk, second, devnum=os.stat(disk.parts[1]).st_rdev)[0] == 0
        assert media.unmount(disk, first, devnum=first_devnum)[0] == 0
        assert media.mount(disk, "ext4", start=MIB, length=20 * MIB, diskseq=other.diskseq)[0] == ENODEV


def where_nothing_lies_nothing_is_mounted():
    with keeper() as media:
        disk = media.disk(*TWO, parts=PARTS)
        for start, length in ((MIB, 16 * MIB), (2 * MIB, 20 * MIB), (0, 20 * MIB), (MIB, 39 * MIB),
                              (1 << 63, 1 << 63), (0, 41 * MIB)):
            code, path, detail = media.mount(disk, "ext4", start=start, length=length)
            assert (code, path) == (ENXIO, "") and "remedy:" in detail, (start, length, code, detail)
        disk.devnum = os.stat(disk.parts[0]).st_rdev
        code, _, detail = media.mount(disk, "ext4", start=0, length=20 * MIB)
        assert code == ENODEV, ("a partition is no disk", code, detail)


def names_are_harmless_and_unique():
    with keeper() as media:
        cases = {"../../etc": "_.__.._etc", "": None, "書類 2026": "書類 2026", "-rf": "_rf",
                 "a\\x0ab": "a_x0ab", "x" * 200: "x" * 60, "data": "data"}
        for label, name in cases.items():
            disk = media.disk(*EXT4)
            code, path, detail = media.mount(disk, "ext4", label=label)
            assert code == 0, detail
            if label == "../../etc":
                assert path == f"{ROOT}/_._.._etc", path
            else:
                assert path == f"{ROOT}/{name or disk.node[5:]}", path
        code, path, _ = media.mount(media.disk(*EXT4), "ext4", label="data")
        assert (code, path) == (0, f"{ROOT}/data-2"), path
    for left in ROOT.iterdir():
        left.rmdir()


def one_left_behind_is_used_again():
    with keeper() as media:
        disk = media.disk(*EXT4)
        (ROOT / "data").mkdir(parents=True)
        assert media.mount(disk, "ext4")[1] == f"{ROOT}/data"
        assert media.unmount(disk, ROOT / "data")[0] == 0


def who_uses_it_is_named():
    with keeper() as media:
        disk = media.disk(*EXT4)
        path = media.mount(disk, "ext4")[1]
        for use in (f"exec sleep 20 >{path}/open", f"cd {path}; exec sleep 20"):
            with holder(use) as pid:
                code, _, detail = media.unmount(disk, path)
                assert code == EBUSY and f"sleep ({pid})" in detail, (code, detail)
                assert os.path.ismount(path)
        assert media.unmount(disk, path)[0] == 0


def an_emergency_waits_for_nobody():
    with keeper() as media:
        disk = media.disk(*EXT4)
        path = media.mount(disk, "ext4")[1]
        with holder(f"exec sleep 20 >{path}/open"):
            assert media.unmount(disk, path, emergency=True)[0] == 0
            assert not (ROOT / "data").exists()


def what_is_not_mounted_is_said():
    with keeper() as media:
        disk = media.disk(*EXT4)
        for kind in ("", "proc", "overlay"):
            code, path, detail = media.mount(disk, kind)
            assert (code, path) == (ENOTSUP, "") and "not mounted" in detail, (kind, code, detail)


TESTS = [the_medium_is_the_persons, read_only_writes_nothing, another_medium_is_not_mounted,
         a_partition_is_found_by_where_it_lies, where_nothing_lies_nothing_is_mounted,
         names_are_harmless_and_unique, one_left_behind_is_used_again, who_uses_it_is_named,
         an_emergency_waits_for_nobody, what_is_not_mounted_is_said]

if __name__ == "__main__":
    sys.exit(main(TESTS))
