#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is written to a medium is watched: sekisho-media on loop devices, in a mount namespace of its own.

usage: test_watch.py SEKISHO_MEDIA SEKISHO NO_WATCHING [TEST...]
"""

import base64
import contextlib
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
SEKISHO, NO_WATCHING = sys.argv[2:4]
if "SEKISHO_TEST_NAMESPACE" in os.environ:
    del sys.argv[2:4]
import keeper as support  # noqa: E402
from fake_log import DROP, FakeLog  # noqa: E402
from keeper import PERSON, keeper, options_of, processes  # noqa: E402

EXT4 = ("mkfs.ext4", "-q", "-F")
NTFS = ("mkfs.ntfs", "-Q", "-F", "-q")
OVERFLOW, AT_LEAST, LISTED, CUT = 1, 2, 4, 8
EBUSY, EEXIST, EOWNERDEAD = -16, -17, -130
LOG = pathlib.Path("/run/sekisho/sock/log")
LISTS = pathlib.Path("/var/lib/sekisho/files")


def becomes(what, holds, seconds=10.0):
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.02)
    return found


def as_person(script):
    return subprocess.run(["sh", "-c", script], check=False, capture_output=True, text=True,
                          user=PERSON, group=PERSON, extra_groups=[])


def is_read_only(path):
    return "ro" in options_of(path)[1]


def opened(path, name):
    """A new file of the person's: for root there is no owner on such a medium."""
    os.setegid(PERSON)
    os.seteuid(PERSON)
    try:
        return open(f"{path}/{name}", "wb")
    finally:
        os.seteuid(0)
        os.setegid(0)


def write(path, name, size=10):
    with opened(path, name) as file:
        file.write(os.urandom(size))


def watchers():
    """Processes that watch: those of ours that have fanotify open."""
    found = []
    for process in processes("sekisho-media"):
        with contextlib.suppress(OSError):
            if any("fanotify" in os.readlink(fd) for fd in (process / "fd").iterdir()):
                found.append(int(process.name))
    return found


@contextlib.contextmanager
def log():
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.unlink(missing_ok=True)
    running = FakeLog(str(LOG))
    try:
        yield running
    finally:
        running.close()


@contextlib.contextmanager
def mounted(**options):
    with log() as entries, keeper() as media:
        disk = media.disk(*EXT4)
        code, path, detail = media.mount(disk, "ext4", **options)
        assert code == 0, detail
        yield media, disk, path, entries


def files_and_bytes_are_counted():
    with mounted() as (media, disk, path, _):
        for name in "a", "b", "a":
            write(path, name, 100000)
        assert as_person(f"mkdir {path}/folder; mv {path}/b {path}/folder; cat {path}/a >/dev/null").returncode == 0
        code, flags, files, size = media.settle(path)
        assert (code, flags, files) == (0, 0, 2), (code, flags, files)
        assert 200000 <= size < 20 << 20, size
        assert is_read_only(path)
        assert media.unmount(disk, path)[0] == 0


def a_number_that_is_used_again_is_another_file():
    with mounted() as (media, _, path, _):
        write(path, "a")
        os.unlink(f"{path}/a")
        write(path, "b")
        assert media.settle(path)[2] == 2


def what_is_read_only_needs_nobody():
    with keeper() as media:
        disk = media.disk(*EXT4, writable=False)
        path = media.mount(disk, "ext4", writable=False)[1]
        assert not media.links and not watchers()
        assert media.unmount(disk, path)[0] == 0


def what_cannot_be_watched_is_not_mounted():
    with keeper(preload=NO_WATCHING) as media:
        disk = media.disk(*EXT4)
        code, path, detail = media.mount(disk, "ext4")
        assert (code, path) == (-28, "") and "watched" in detail, (code, path, detail)
        assert not list(pathlib.Path("/run/media/sekisho").glob("*"))
        code, path, detail = media.mount(disk, "ext4", writable=False)
        assert code == 0, ("read-only it needs no watching", detail)
        assert media.unmount(disk, path)[0] == 0


def who_has_a_file_open_is_waited_for_under_watch():
    with mounted() as (media, disk, path, _):
        with opened(path, "open") as file:
            assert media.settle(path)[0] == EBUSY
            assert not is_read_only(path) and watchers()
            file.write(b"more")
        code, _, files, _ = media.settle(path)
        assert (code, files) == (0, 1)
        assert media.unmount(disk, path)[0] == 0


def an_emergency_is_told_at_once_and_watched_until_it_is_over():
    with mounted() as (media, disk, path, _):
        write(path, "a")
        with opened(path, "open"):
            code, _, files, _ = media.settle(path, emergency=True)
            assert (code, files) == (0, 1) and watchers()
            assert media.unmount(disk, path, emergency=True)[0] == 0
        becomes("nobody watches", lambda: not watchers())


def without_sekishod_nothing_is_written():
    with mounted() as (media, disk, path, entries):
        write(path, "a", 5000)
        media.forget(path)
        becomes("read-only", lambda: is_read_only(path))
        entry = becomes("the entry", lambda: entries.events)[0]
        assert (entry["type"], entry["reason"], entry["files"], entry["mount"]) == (
            "medium.files", "agent_lost", "1", path), entry
        assert int(entry["bytes"]) >= 5000
        becomes("nobody watches", lambda: not watchers())
        assert media.unmount(disk, path)[0] == 0


def without_sekishod_an_open_file_is_watched_until_it_is_closed():
    with mounted() as (media, _, path, entries):
        with opened(path, "open") as file:
            media.forget(path)
            time.sleep(0.5)
            assert watchers() and not entries.events and not is_read_only(path)
            write(path, "meanwhile")
            file.write(b"more")
        becomes("read-only", lambda: is_read_only(path))
        entry = becomes("the entry", lambda: entries.events)[0]
        assert entry["files"] == "2", entry


def without_sekishod_who_writes_file_after_file_is_not_waited_for():
    """As to FAT, which waits for the disk whenever a file is closed: nearly always one is open."""
    with mounted() as (media, disk, path, entries):
        with subprocess.Popen(
                ["sh", "-c", f"for i in $(seq 200); do {{ echo x; sleep 0.1; }} >{path}/$i || exit; done"],
                stderr=subprocess.PIPE, text=True, user=PERSON, group=PERSON, extra_groups=[]) as copy:
            becomes("it goes on", lambda: os.path.exists(f"{path}/3"))
            media.forget(path)
            assert "Read-only" in copy.communicate()[1], "all of them were written"
        files = int(becomes("the entry", lambda: entries.events)[0]["files"])
        assert files == sum(entry.is_file() and entry.stat().st_size > 0 for entry in os.scandir(path)), files
        assert media.unmount(disk, path)[0] == 0


def the_next_sekishod_takes_it_up():
    with mounted() as (media, disk, path, entries):
        write(path, "a")
        media.forget(path)
        becomes("read-only", lambda: is_read_only(path))
        assert media.mount(disk, "ext4")[:2] == (0, path)
        assert not is_read_only(path)
        becomes("the one before has gone", lambda: len(watchers()) == 1)
        write(path, "b")
        write(path, "c")
        assert media.settle(path)[:3] == (0, 0, 2)
        becomes("its entry", lambda: len(entries.events) == 1)
        assert media.unmount(disk, path)[0] == 0


def the_next_one_takes_it_over_from_who_still_watches():
    with mounted() as (media, disk, path, entries):
        with opened(path, "open") as file:
            media.forget(path)
            becomes("alone", lambda: b"no more" in (media.root / "journal").read_bytes())
            assert media.mount(disk, "ext4")[:2] == (0, path)
            assert not is_read_only(path)
            becomes("one watches", lambda: len(watchers()) == 1)
            file.write(b"more")
        assert becomes("the entry", lambda: entries.events)[0]["files"] == "0"
        time.sleep(0.3)
        assert not is_read_only(path), "who watched before has no say any more"
        assert media.settle(path)[:3] == (0, 0, 1)
        assert media.unmount(disk, path)[0] == 0


def a_log_that_is_away_holds_up_nobody():
    with mounted() as (media, disk, path, entries):
        entries.answers["medium.files"] = DROP
        with opened(path, "open"):
            media.forget(path)
            becomes("alone", lambda: b"no more" in (media.root / "journal").read_bytes())
            assert media.mount(disk, "ext4")[:2] == (0, path)
        becomes("refused", lambda: entries.events)
        assert media.settle(path)[:3] == (0, 0, 1)
        entries.answers.clear()
        becomes("the entry", lambda: entries.acked)
        assert media.unmount(disk, path)[0] == 0


def writable_and_unwatched_is_found():
    with mounted() as (media, disk, path, _):
        os.kill(watchers()[0], signal.SIGKILL)
        assert media.links[path].recv(1) == b"", "sekishod learns of it"
        media.forget(path)
        assert not is_read_only(path)
        code, found, detail = media.mount(disk, "ext4")
        assert (code, found) == (EOWNERDEAD, path) and "nobody watched" in detail, (code, detail)
        assert is_read_only(path), "at once"
        assert media.unmount(disk, path)[0] == 0


def what_never_was_writable_stays_so():
    with log(), keeper() as media:
        disk = media.disk(*EXT4, writable=False)
        path = media.mount(disk, "ext4", writable=False)[1]
        assert media.mount(disk, "ext4", writable=True)[:2] == (0, path)
        assert is_read_only(path) and not watchers() and not media.links
        assert media.unmount(disk, path)[0] == 0


def what_was_missed_is_said():
    with keeper() as media:
        disk = media.disk("mkfs.ext4", "-q", "-F", "-N", "24000")
        path = media.mount(disk, "ext4")[1]
        pid = watchers()[0]
        os.kill(pid, signal.SIGSTOP)
        for number in range(17000):
            opened(path, number).close()
        os.kill(pid, signal.SIGCONT)
        tag, code, flags, _, _, _, _ = support.WRITTEN_ANSWER.unpack(media.links[path].recv(4096))
        assert (tag, flags) == (0, OVERFLOW) and code < 0, (tag, code, flags)
        code, flags, files, _ = media.settle(path)
        assert (code, flags) == (0, OVERFLOW) and files < 17000, (code, flags, files)
        assert media.unmount(disk, path)[0] == 0


@contextlib.contextmanager
def auditor():
    """A key of his, and its 32 bytes as a mount request has them; lists are kept where nobody else sees them."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([pathlib.Path(SEKISHO).absolute(), "key", "generate", "auditor"], check=True,
                              capture_output=True, text=True, cwd=folder)
        public = made.stdout.split()[0]
        subprocess.run(["mount", "-t", "tmpfs", "none", LISTS.parents[1]], check=True)
        LISTS.parent.mkdir()
        try:
            yield pathlib.Path(folder, "auditor.key"), base64.b64decode(public.split("+", 2)[2])[1:]
        finally:
            subprocess.run(["umount", LISTS.parents[1]], check=True)


def opened_list(number, key):
    return subprocess.run([SEKISHO, "medium", "files", LISTS / str(number), "--key", key], check=False,
                          capture_output=True, text=True)


def names_and_hashes_are_for_the_auditor_alone():
    with auditor() as (key, public), mounted(key=public) as (media, _, path, _):
        content = os.urandom(600000)
        with opened(path, "a") as file:
            file.write(content)
        assert as_person(f"mkdir '{path}/書類'; printf x >'{path}/書類/b\\x1b'; printf y >\"{path}/$(printf 'c\033d')\"").returncode == 0
        code, flags, files, _ = media.settle(path)
        assert (code, flags, files, media.list) == (0, LISTED, 3, 1), (code, flags, files, media.list)
        sealed = LISTS / "1"
        assert sealed.stat().st_mode & 0o7777 == 0o600 and LISTS.stat().st_mode & 0o7777 == 0o700
        assert hashlib.sha256(sealed.read_bytes()).digest() == media.list_hash
        assert "書類".encode() not in sealed.read_bytes()
        shown = opened_list(1, key)
        assert media.list_hash.hex() in shown.stderr, shown
        lines = [line.split(" ", 2) for line in shown.stdout.splitlines()]
        assert lines == [[hashlib.sha256(data).hexdigest(), str(len(data)), name] for data, name in (
            (content, "a"), (b"x", "書類/b\\\\x1b"), (b"y", "c\\x1bd"))], lines
        sealed.write_bytes(sealed.read_bytes()[:-1] + b"x")
        shown = opened_list(1, key)
        assert shown.returncode != 0 and "remedy:" in shown.stderr, shown


def a_list_of_nothing_is_not_kept():
    with auditor() as (_, public), mounted(key=public) as (media, _, path, _):
        assert media.settle(path)[:3] == (0, 0, 0)
        assert not list(LISTS.iterdir())


def without_sekishod_the_list_is_kept_too():
    with auditor() as (key, public), mounted(key=public) as (media, _, path, entries):
        write(path, "a")
        media.forget(path)
        entry = becomes("the entry", lambda: entries.events)[0]
        assert entry["path"] == f"{LISTS}/1" and entry["sha256"] == hashlib.sha256((LISTS / "1").read_bytes()).hexdigest()
        assert opened_list(1, key).stdout.endswith(" 10 a\n")


def a_key_that_nothing_can_be_sealed_to_mounts_nothing():
    with auditor(), keeper() as media:
        disk = media.disk(*EXT4)
        code, path, detail = media.mount(disk, "ext4", key=bytes(32))
        assert (code, path) == (-22, "") and "record-files" in detail, (code, path, detail)
        assert not list(LISTS.iterdir())


def fields_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def it_keeps_one_right():
    """It confines itself while the mount is answered."""
    with mounted() as (_media, _disk, _path, _):
        becomes("confined", lambda: fields_of(watchers()[0])["Seccomp"] == "2")
        fields = fields_of(watchers()[0])
        assert int(fields["CapEff"], 16) == 1 << 21 and int(fields["CapPrm"], 16) == 1 << 21, fields
        assert fields["NoNewPrivs"] == "1", fields


TESTS = [files_and_bytes_are_counted, a_number_that_is_used_again_is_another_file, what_is_read_only_needs_nobody,
         what_cannot_be_watched_is_not_mounted, who_has_a_file_open_is_waited_for_under_watch,
         an_emergency_is_told_at_once_and_watched_until_it_is_over, without_sekishod_nothing_is_written,
         without_sekishod_an_open_file_is_watched_until_it_is_closed,
         without_sekishod_who_writes_file_after_file_is_not_waited_for, the_next_sekishod_takes_it_up,
         the_next_one_takes_it_over_from_who_still_watches, a_log_that_is_away_holds_up_nobody, writable_and_unwatched_is_found,
         what_never_was_writable_stays_so, what_was_missed_is_said,
         names_and_hashes_are_for_the_auditor_alone, a_list_of_nothing_is_not_kept,
         without_sekishod_the_list_is_kept_too, a_key_that_nothing_can_be_sealed_to_mounts_nothing, it_keeps_one_right]

if __name__ == "__main__":
    sys.exit(support.main(TESTS))
