#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho-media mount on loop devices, in a mount namespace of its own.

usage: test_mount.py SEKISHO_MEDIA [TEST...]
"""

import contextlib
import os
import pathlib
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ""
VERSION, MOUNT, UNMOUNT = 3, 98, 99
MOUNT_REQUEST = struct.Struct("=BBHIQQIIB7xQQ32s64s256s")
UNMOUNT_REQUEST = struct.Struct("=BBHIQB7x256s")
ANSWER = struct.Struct("=8xi4xQ256s256s")
ROOT = pathlib.Path("/run/media/sekisho")
PERSON = 65534
ENXIO, EBUSY, ENODEV, EINVAL, ENOTSUP = -6, -16, -19, -22, -95
MIB = 1 << 20
# What the unit leaves it.
RIGHTS = ("setpriv", "--no-new-privs", "--bounding-set",
          "-all,+sys_admin,+dac_override,+setuid,+setgid,+sys_ptrace")
INSIDE = "SEKISHO_TEST_NAMESPACE"
os.environ["PATH"] += ":/usr/sbin:/sbin"


def text(field):
    return field.split(b"\0")[0].decode()


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Disk:
    """An image as a disk of the kernel."""

    def __init__(self, directory, maker, *, writable=True, parts=()):
        image = pathlib.Path(tempfile.mkstemp(dir=directory)[1])
        os.truncate(image, 40 * MIB)
        run(*maker, image)
        self.node = run("losetup", "-f", "--show", *([] if writable else ["-r"]), image).strip()
        self.devnum = os.stat(self.node).st_rdev
        sysfs = pathlib.Path("/sys/block", self.node[5:])
        self.diskseq = int((sysfs / "diskseq").read_text())
        self.parts = []
        for number, (start, length) in enumerate(parts, 1):  # without the kernel's readers of tables
            run("addpart", self.node, str(number), str(start // 512), str(length // 512))
            self.parts.append(pathlib.Path(f"{self.node}p{number}"))

    def close(self):
        for node in [*self.parts, self.node]:
            subprocess.run(["umount", "-l", node], check=False, capture_output=True)
        for number, _ in enumerate(self.parts, 1):
            run("delpart", self.node, str(number))
        run("losetup", "-d", self.node)


class Keeper:
    def __init__(self, directory):
        self.root, self.path = directory, directory / "mount"
        self.process = subprocess.Popen(
            [sys.executable, SUPPORT / "accept-exec", self.path, "--", *RIGHTS, PROGRAM, "mount"],
            stdout=subprocess.PIPE, stderr=open(directory / "journal", "wb"), text=True,
            env={**os.environ, "LANG": "C"})
        assert self.process.stdout.readline() == "ready\n"
        self.disks = []

    def disk(self, *maker, **options):
        self.disks.append(Disk(self.root, maker, **options))
        return self.disks[-1]

    def ask(self, message):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(str(self.path))
            s.send(message)
            code, self.devnum, path, detail = ANSWER.unpack(s.recv(4096))
            return code, text(path), text(detail)

    def mount(self, disk, kind, *, label="data", writable=True, diskseq=0, start=0, length=40 * MIB):
        return self.ask(MOUNT_REQUEST.pack(
            VERSION, MOUNT, 0, 1, diskseq or disk.diskseq, disk.devnum, PERSON, PERSON, writable,
            start, length, kind.encode(), b"", label.encode()))

    def unmount(self, disk, path, *, devnum=0, emergency=False):
        return self.ask(UNMOUNT_REQUEST.pack(VERSION, UNMOUNT, 0, 1, devnum or disk.devnum, emergency,
                                             str(path).encode()))


@contextlib.contextmanager
def keeper():
    with tempfile.TemporaryDirectory(prefix="sekisho-mount-") as directory:
        running = Keeper(pathlib.Path(directory))
        try:
            yield running
        except BaseException:
            print((running.root / "journal").read_text(), file=sys.stderr)
            raise
        finally:
            for disk in running.disks:
                disk.close()
            running.process.kill()
            running.process.wait()


EXT4 = ("mkfs.ext4", "-q", "-F")


def options_of(path):
    line = next(x for x in open("/proc/self/mountinfo", encoding="utf-8") if f" {path} " in x)
    fields = line.split()
    return set(fields[5].split(",")), set(fields[-1].split(","))


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
        for kind in ("ntfs", "crypto_LUKS", "", "proc", "overlay"):
            code, path, detail = media.mount(disk, kind)
            assert (code, path) == (ENOTSUP, "") and "not mounted" in detail, (kind, code, detail)


TESTS = [the_medium_is_the_persons, read_only_writes_nothing, another_medium_is_not_mounted,
         a_partition_is_found_by_where_it_lies, where_nothing_lies_nothing_is_mounted,
         names_are_harmless_and_unique, one_left_behind_is_used_again, who_uses_it_is_named,
         an_emergency_waits_for_nobody, what_is_not_mounted_is_said]


def in_namespace():
    """Nothing of this is seen outside."""
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private", "sh", "-c",
                          'mount -t tmpfs none /run && exec "$@"', "sh", sys.executable, *sys.argv])


def possible():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /run && losetup -f && grep -qw ext4 /proc/filesystems"],
        check=False, capture_output=True).returncode == 0


def main():
    if not os.environ.get(INSIDE):
        if not possible():
            print("1..0 # SKIP mounting needs root, loop devices and ext4")
            return 0
        in_namespace()
    wanted = [t for t in TESTS if t.__name__ in sys.argv[2:]] or TESTS
    print(f"1..{len(wanted)}")
    bad = 0
    for number, test in enumerate(wanted, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception as error:  # each test stands alone
            bad = 1
            print(f"not ok {number} - {test.__name__}: {type(error).__name__}: {error}", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main())
