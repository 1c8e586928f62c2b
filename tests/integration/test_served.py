#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""NTFS on loop devices: mounted for a person, served by ntfs-3g without a right.

usage: test_served.py SEKISHO_MEDIA [TEST...]
"""

import contextlib
import hashlib
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from keeper import PERSON, PROGRAM, SUPPORT, keeper, listed, main, options_of, processes, run  # noqa: E402

ROOT = pathlib.Path("/run/media/sekisho")
SOCKET = pathlib.Path("/run/sekisho/sock/serve")
ENOENT, ENODEV, EEXIST, EBUSY, ENOTSUP, EUCLEAN = -2, -19, -17, -16, -95, -117
NTFS = ("mkntfs", "-F", "-Q", "-q", "-L", "data")
OTHER = 2  # bin: ntfs-3g wants its user to have a name
# What the unit leaves it: another person, and nothing more.
NOTHING = ("setpriv", "--no-new-privs", "--bounding-set=-all", "--clear-groups",
           f"--reuid={OTHER}", f"--regid={OTHER}")


@contextlib.contextmanager
def serving():
    """sekisho-media serve for each that asks, where its unit would start it."""
    place, program = pathlib.Path("/run/serving"), pathlib.Path("/run/sekisho-media")
    SOCKET.parent.mkdir(parents=True, exist_ok=True)
    SOCKET.unlink(missing_ok=True)
    place.mkdir(exist_ok=True)
    os.chown(place, OTHER, OTHER)
    shutil.copy(PROGRAM, program)
    process = subprocess.Popen(
        [sys.executable, SUPPORT / "accept-exec", SOCKET, "--", *NOTHING, program, "serve"],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "LANG": "C", "RUNTIME_DIRECTORY": str(place)})
    assert process.stdout.readline() == "ready\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def both():
    with serving() as server, keeper() as media:
        media.server = server
        yield media


def servers():
    return [int(process.name) for process in processes("ntfs-3g")]


def becomes(what, true):
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError(what)


def as_person(script, who=PERSON):
    return subprocess.run(["sh", "-c", script], check=False, capture_output=True, text=True,
                          user=who, group=who, extra_groups=[])


def the_medium_is_the_persons():
    with both() as media:
        disk = media.disk(*NTFS)
        code, path, detail = media.mount(disk, "ntfs")
        assert (code, path, detail) == (0, f"{ROOT}/data", ""), (code, path, detail)
        mount, superblock = options_of(path)
        assert {"nosuid", "nodev", "noexec", "nosymfollow", "rw"} <= mount, mount
        assert {"default_permissions", "allow_other", f"user_id={PERSON}"} <= superblock, superblock
        assert os.stat(path).st_dev == disk.devnum == media.devnum
        made = as_person(f"echo hello >{path}/書類 && cat {path}/書類")
        assert made.stdout == "hello\n", made
        assert os.stat(f"{path}/書類").st_uid == PERSON
        assert as_person(f"cp /bin/true {path}/ && {path}/true").returncode == 126
        assert as_person(f"ls {path}", who=OTHER).returncode != 0, "nobody else may look"
        assert as_person(f"ln -s /etc/hostname {path}/link; cat {path}/link").returncode != 0
        assert as_person(f"touch '{path}/a:b'").returncode != 0, "no name that Windows cannot have"
        assert media.unmount(disk, path)[0] == 0
        assert not (ROOT / "data").exists()
        becomes("nothing serves it any more", lambda: not servers())
        assert run("ntfscat", "-f", disk.node, "書類") == "hello\n"
        assert media.mount(disk, "ntfs")[1] == path, "again"
        assert media.unmount(disk, path)[0] == 0


def what_serves_it_has_no_right_left():
    with both() as media:
        disk = media.disk(*NTFS)
        path = media.mount(disk, "ntfs")[1]
        (server,) = servers()
        status = dict(line.split(":\t") for line in
                      pathlib.Path(f"/proc/{server}/status").read_text().splitlines() if ":\t" in line)
        assert set(status["Uid"].split()) == {str(OTHER)}, status["Uid"]
        assert int(status["CapPrm"], 16) == int(status["CapBnd"], 16) == 0
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
        asks = []
        for process in processes():
            with contextlib.suppress(OSError):
                asks += [x for x in (process / "fd").iterdir() if "seccomp" in os.readlink(x)]
        assert not asks, "nobody opens anything for it any more"
        assert media.unmount(disk, path)[0] == 0


def what_a_company_brought_is_listed_and_served_no_longer():
    with both() as media:
        disk = media.disk(*NTFS)
        with open("/run/patch", "wb") as patch:
            patch.write(b"patch" * 1000)
        run("ntfscp", "-f", disk.node, "/run/patch", "書類")
        expected = hashlib.sha256(b"patch" * 1000).hexdigest()
        code, _, counts, manifest, _, why = listed(media.list(disk, "ntfs", [expected]))
        assert (code, counts) == (0, (1, 5000, 1, 0, 0, 0)), (code, counts, why)
        assert manifest == hashlib.sha256(f"{expected}  書類\n".encode()).hexdigest()
        becomes("nothing serves it any more", lambda: not servers())
        assert not ROOT.exists() or not list(ROOT.iterdir())


def read_only_writes_nothing():
    with both() as media:
        disk = media.disk(*NTFS, writable=False)
        before = pathlib.Path(disk.node).read_bytes()
        code, path, detail = media.mount(disk, "ntfs", writable=False)
        assert code == 0, detail
        mount, superblock = options_of(path)
        assert "ro" in mount and "ro" in superblock
        assert "Read-only" in as_person(f"touch {path}/x").stderr
        assert media.unmount(disk, path)[0] == 0
        assert pathlib.Path(disk.node).read_bytes() == before
        code, path, detail = media.mount(disk, "ntfs", writable=True)
        assert code < 0 and path == "" and detail, (code, path, detail)
        assert not list(ROOT.iterdir())


# Windows is asleep on it: the first cluster of this file says so.
ASLEEP = ("sh", "-ec", 'mkntfs -F -Q -q -L data "$0"; { printf hibr; head -c 8188 /dev/zero; } >"$0.h"; '
          'ntfscp -f "$0" "$0.h" hiberfil.sys; rm "$0.h"')
# A session that nobody ended: a restart page with a client that is in use.
OPEN = ("sh", "-ec", 'mkntfs -F -Q -q -L data "$0"; ntfscp -f "$0" "$LOGFILE" \'$LogFile\'')


def log_file(directory):
    """$LogFile of a volume that was pulled out: two restart pages, the client in use, not clean."""
    page = bytearray(4096)
    struct.pack_into("<4sHHQIIHhHH", page, 0, b"RSTR", 0x1e, 9, 0, 4096, 4096, 0x30, 1, 1, 1)
    struct.pack_into("<H", page, 0x1e, 1)
    for sector in range(8):
        struct.pack_into("<H", page, sector * 512 + 510, 1)
    area = 0x30
    struct.pack_into("<QHHHHIHHQIHHI4x", page, area, 0, 1, 0xffff, 0, 0, 46, 0x40 + 0xa0, 0x40,
                     1 << 20, 0, 0x30, 0x40, 1)
    struct.pack_into("<QQHHHH4xI", page, area + 0x40, 0, 0, 0xffff, 0xffff, 1, 0, 8)
    page[area + 0x40 + 32:][:8] = "NTFS".encode("utf-16le")
    path = directory / "log"
    path.write_bytes(page * 2 + b"\xff" * (1 << 18))
    return path


def what_windows_has_not_finished_with_is_read_only():
    with both() as media:
        os.environ["LOGFILE"] = str(log_file(media.root))
        for maker in ASLEEP, OPEN:
            disk = media.disk(*maker)
            before = pathlib.Path(disk.node).read_bytes()
            code, path, detail = media.mount(disk, "ntfs")
            assert code == 0 and "can only be read" in detail and "remedy:" in detail, (code, detail)
            assert "ro" in options_of(path)[0] and "ro" in options_of(path)[1]
            assert "Read-only" in as_person(f"touch {path}/x").stderr
            assert media.mount(disk, "ntfs")[:2] == (0, path), "what may be writable may be this"
            assert media.unmount(disk, path)[0] == 0
            assert pathlib.Path(disk.node).read_bytes() == before


def what_is_damaged_is_not_mounted():
    with both() as media:
        disk = media.disk(*NTFS)
        with open(disk.node, "r+b") as medium:
            medium.seek(4 * 4096)  # mkntfs puts the table of files here
            medium.write(bytes(64 * 1024))
        os.sync()
        code, path, detail = media.mount(disk, "ntfs")
        assert (code, path) == (EUCLEAN, "") and "chkdsk" in detail, (code, path, detail)
        code, path, detail = media.mount(media.disk("true"), "ntfs")
        assert (code, path) == (EUCLEAN, "") and "chkdsk" in detail, (code, path, detail)
        assert not list(ROOT.iterdir()) and not servers()


def another_keeper_finds_it_again():
    """Each question is answered by a process of its own: what serves it outlives them all."""
    with both() as media:
        disk = media.disk(*NTFS)
        path = media.mount(disk, "ntfs")[1]
        assert media.mount(disk, "ntfs")[:2] == (0, path)
        assert len(servers()) == 1
        assert media.mount(disk, "ntfs", writable=False)[0] == EEXIST
        assert media.unmount(disk, path)[0] == 0


def who_uses_it_is_named():
    with both() as media:
        disk = media.disk(*NTFS)
        path = media.mount(disk, "ntfs")[1]
        with subprocess.Popen(["sleep", "60"], cwd=path, user=PERSON, group=PERSON) as user:
            code, _, detail = media.unmount(disk, path)
            assert code == EBUSY and f"sleep ({user.pid})" in detail, (code, detail)
            user.kill()
        assert media.unmount(disk, path)[0] == 0


def held_up(path):
    """Who waits for an answer, when what the kernel remembers of it has run out."""
    while True:
        process = subprocess.Popen(["stat", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
            continue
        return process


def one_that_answers_no_more_holds_nobody_up():
    with both() as media:
        disk, other = media.disk(*NTFS), media.disk(*NTFS)
        path = media.mount(disk, "ntfs")[1]
        with open(f"{path}/file", "w", encoding="ascii") as file:
            file.write("hello\n")
        (server,) = servers()
        user = [subprocess.Popen(["sleep", "60"], cwd=path)]
        os.kill(server, signal.SIGSTOP)
        waits = held_up(path)
        ends = threading.Thread(target=media.unmount, args=(disk, path))  # asked for, and waits
        ends.start()
        code, beside, detail = media.mount(other, "ntfs")
        assert (code, beside) == (0, f"{ROOT}/data-2"), detail
        user.append(subprocess.Popen(["sleep", "60"], cwd=beside))
        code, _, detail = media.unmount(other, beside)
        assert code == EBUSY and f"sleep ({user[1].pid})" in detail and f"({user[0].pid})" not in detail, detail
        user[1].kill()
        user[1].wait()
        assert media.unmount(other, beside)[0] == 0
        assert media.unmount(disk, path, emergency=True)[0] == 0
        ends.join()
        assert waits.wait() != 0 and not os.path.ismount(path) and not (ROOT / "data").exists()
        user[0].kill()
        user[0].wait()
        os.kill(server, signal.SIGCONT)
        becomes("it ends by itself", lambda: not servers())
        assert run("ntfscat", "-f", disk.node, "file") == "hello\n"


def one_that_outlives_its_mount_is_killed():
    with both() as media:
        disk = media.disk(*NTFS)
        path = media.mount(disk, "ntfs")[1]
        os.kill(servers()[0], signal.SIGSTOP)
        assert media.unmount(disk, path, emergency=True)[0] == 0
        becomes("it has been killed", lambda: not servers())
        assert media.server.stdout.readline() == "ended 0\n", "and its unit ends"


def one_that_was_killed_is_unmounted():
    with both() as media:
        disk = media.disk(*NTFS)
        path = media.mount(disk, "ntfs")[1]
        os.kill(servers()[0], signal.SIGKILL)
        becomes("it is dead", lambda: as_person(f"ls {path}").returncode != 0 and not servers())
        code, found, _ = media.mount(disk, "ntfs")
        assert (code, found) == (EEXIST, path), "to be ended first"
        assert media.unmount(disk, path)[0] == 0
        assert media.mount(disk, "ntfs")[:2] == (0, path)
        assert media.unmount(disk, path)[0] == 0


# In place of ntfs-3g, and in the power of its medium as soon as it reads it.
TAKEN = """#!/usr/bin/python3 -I
import ctypes, os, sys
found = open(sys.argv[4] + "/found", "w")
call = ctypes.CDLL(None, use_errno=True).syscall
disk = os.open(sys.argv[3], os.O_RDWR)
for path in "/etc/hostname", "/proc/self/mem", "/usr/bin/true", sys.argv[4] + "/x":
    try:
        os.open(path, os.O_RDONLY | os.O_CREAT if path.endswith("x") else os.O_RDONLY)
        print("opened", path, file=found)
    except OSError:
        pass
for number in 437, 85, 428, 430, 101, 425, 62:  # openat2, creat, open_tree, fsopen, ptrace, io_uring_setup, kill
    if call(number, 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() != 1:
        print("not refused", number, ctypes.get_errno(), file=found)
print("tried", os.fstat(disk).st_rdev, file=found, flush=True)
os._exit(13)
"""


def one_in_the_power_of_its_medium_opens_nothing():
    with both() as media:
        disk = media.disk(*NTFS)
        taken = pathlib.Path("/run/taken")
        taken.write_text(TAKEN, encoding="ascii")
        taken.chmod(0o755)
        run("mount", "--bind", taken, "/usr/bin/ntfs-3g")
        try:
            code, path, _ = media.mount(disk, "ntfs")
        finally:
            run("umount", "/usr/bin/ntfs-3g")
        assert (code, path) == (EUCLEAN, "")
        assert pathlib.Path("/run/serving/found").read_text() == f"tried {disk.devnum}\n"


def without_what_serves_it_nothing_is_mounted():
    with keeper() as media:
        SOCKET.unlink(missing_ok=True)
        code, path, detail = media.mount(media.disk(*NTFS), "ntfs")
        assert (code, path) == (ENOENT, "") and str(SOCKET) in detail, (code, path, detail)
        run("mount", "--bind", "/dev/null", "/usr/bin/ntfs-3g")
        try:
            code, path, detail = media.mount(media.disk(*NTFS), "ntfs")
        finally:
            run("umount", "/usr/bin/ntfs-3g")
        assert (code, path) == (ENOTSUP, "") and "remedy: install the package ntfs-3g" in detail, detail


TESTS = [the_medium_is_the_persons, what_a_company_brought_is_listed_and_served_no_longer, what_serves_it_has_no_right_left, read_only_writes_nothing,
         what_windows_has_not_finished_with_is_read_only, what_is_damaged_is_not_mounted,
         another_keeper_finds_it_again, who_uses_it_is_named,
         one_that_answers_no_more_holds_nobody_up, one_that_outlives_its_mount_is_killed,
         one_that_was_killed_is_unmounted, one_in_the_power_of_its_medium_opens_nothing,
         without_what_serves_it_nothing_is_mounted]


def possible():
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError:
        return False
    return shutil.which("ntfs-3g") and "fuseblk" in pathlib.Path("/proc/filesystems").read_text()


if __name__ == "__main__":
    if not possible():
        print("1..0 # SKIP NTFS needs /dev/fuse and ntfs-3g")
        sys.exit(0)
    sys.exit(main(TESTS))
