#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho-media probe behind a socket as systemd has it, asked by the agent's own client and by liars.

usage: test_media.py SEKISHO_MEDIA PROBE_MEDIUM [TEST...]
"""

import contextlib
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
PROGRAM, CLIENT = sys.argv[1:3] if len(sys.argv) > 2 else ("", "")
PROBE = struct.Struct("=BBHIQ")
VERSION, KIND = 3, 96
ENODEV, EBADF, ECONNRESET, EPIPE = -19, -9, -104, -32
os.environ["PATH"] += ":/usr/sbin:/sbin"


class Service:
    def __init__(self, directory, command):
        self.root, self.path = directory, directory / "media"
        self.process = subprocess.Popen(
            [sys.executable, SUPPORT / "accept-exec", self.path, "--", *command],
            stdout=subprocess.PIPE, stderr=open(directory / "journal", "wb"), text=True,
            env={**os.environ, "LANG": "C"})
        assert self.process.stdout.readline() == "ready\n"

    def look(self, *images, diskseq=0):
        answers = subprocess.run([CLIENT, self.path, str(diskseq), *images], check=True,
                                 capture_output=True, text=True, timeout=30).stdout.splitlines()
        return answers[0] if len(images) == 1 else answers

    def ended(self):
        """How the next instance to end has ended."""
        return int(self.process.stdout.readline().split()[1])

    def ask(self, message, fds=()):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(str(self.path))
            socket.send_fds(s, [message], list(fds))
            try:
                return s.recv(4096)
            except ConnectionResetError:
                return b""

    def journal(self):
        return (self.root / "journal").read_text()


@contextlib.contextmanager
def service(*wrapper):
    with tempfile.TemporaryDirectory(prefix="sekisho-media-") as directory:
        running = Service(pathlib.Path(directory), [*wrapper, PROGRAM, "probe"])
        try:
            yield running
        except BaseException:
            print(running.journal(), file=sys.stderr)
            raise
        finally:
            running.process.kill()
            running.process.wait()


def make(directory, name, command, size="40M"):
    path = directory / name
    subprocess.run(["truncate", "-s", size, path], check=True)
    if command:
        subprocess.run(["sh", "-ec", command, "sh", path], check=True, capture_output=True)
    return path


LUKS2 = ('printf secret | cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 '
         '--pbkdf-force-iterations 1000 --uuid 5ec15400-0000-4000-8000-000000000001 "$1"')


def each_medium_gets_a_process_of_its_own():
    with service() as media:
        stick = make(media.root, "stick", 'mkfs.vfat -n USB -i 1234ABCD "$1"')
        locked = make(media.root, "locked", LUKS2)
        empty = make(media.root, "empty", "")
        nothing = make(media.root, "nothing", "", size="0")
        answers = media.look(*[stick, locked, empty, nothing] * 4)
        assert answers == ["0 1 0 [vfat] [1234-abcd] [USB]",
                           "0 2 0 [crypto_LUKS] [5ec15400-0000-4000-8000-000000000001] []",
                           "0 1 0", "-123 0 0"] * 4, answers
        assert [media.ended() for _ in range(16)] == [0] * 16
        assert "the medium cannot be read: No medium found" in media.journal()


def a_disk_of_the_kernel():
    with service() as media:
        stick = make(media.root, "stick", 'mkfs.ext4 -q -F -L data "$1"')
        made = subprocess.run(["losetup", "-f", "--show", "-r", stick], capture_output=True, text=True)
        if made.returncode != 0:
            return "no loop devices here"
        disk = made.stdout.strip()
        try:
            diskseq = int(pathlib.Path("/sys/block", disk[5:], "diskseq").read_text())
            answer = media.look(disk, diskseq=diskseq)
            assert answer.startswith("0 1 0 [ext4] ") and answer.endswith(" [data]"), answer
            assert media.look(disk, diskseq=diskseq + 1).startswith(f"{ENODEV} 0")
        finally:
            subprocess.run(["losetup", "-d", disk], check=True)
    return None


def who_asks_for_nonsense_is_dropped():
    with service() as media:
        right = PROBE.pack(VERSION, KIND, 0, 1, 0)
        with open(make(media.root, "empty", ""), "rb") as disk:
            for message in (right[:-1], right + b"x", PROBE.pack(VERSION + 1, KIND, 0, 1, 0),
                            PROBE.pack(VERSION, KIND + 1, 0, 1, 0)):
                assert media.ask(message, [disk.fileno()]) == b""
                assert media.ended() == 1
            assert media.ask(right, [disk.fileno(), disk.fileno()]) == b""
            assert media.ended() == 1
            assert len(media.ask(right, [disk.fileno()])) > 400
            assert media.ended() == 0


def only_what_cannot_be_written_is_looked_at():
    with service() as media:
        right = PROBE.pack(VERSION, KIND, 0, 1, 0)
        path = make(media.root, "empty", "")

        def code(fds):
            return struct.unpack_from("=8si", media.ask(right, fds))[1]
        with open(path, "r+b") as writable, open("/dev/null", "rb") as null:
            assert code([]) == EBADF
            assert code([writable.fileno()]) == EBADF
            assert code([null.fileno()]) == EBADF


def one_that_dies_is_a_medium_unknown():
    with service("sh", "-c", "kill -9 $$") as media:
        answer = media.look(make(media.root, "empty", ""))
        assert int(answer.split()[0]) in (ECONNRESET, EPIPE), answer


def one_that_hangs_is_a_medium_unknown_in_time():
    with service("sh", "-c", "exec sleep 20") as media:
        assert media.look(make(media.root, "empty", "")).startswith("-110 0")


TESTS = [each_medium_gets_a_process_of_its_own, a_disk_of_the_kernel, who_asks_for_nonsense_is_dropped,
         only_what_cannot_be_written_is_looked_at, one_that_dies_is_a_medium_unknown,
         one_that_hangs_is_a_medium_unknown_in_time]


def main():
    wanted = [t for t in TESTS if t.__name__ in sys.argv[3:]] or TESTS
    print(f"1..{len(wanted)}")
    bad = 0
    for number, test in enumerate(wanted, 1):
        try:
            skipped = test()
            print(f"ok {number} - {test.__name__}{f' # SKIP {skipped}' if skipped else ''}", flush=True)
        except Exception as error:  # each test stands alone
            bad = 1
            print(f"not ok {number} - {test.__name__}: {type(error).__name__}: {error}", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(main())
