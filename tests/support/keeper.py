# SPDX-License-Identifier: Apache-2.0
"""sekisho-media mount behind a socket, disks for it, and a mount namespace that hides both."""

import contextlib
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile

from each import run_each

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ""
SUPPORT = pathlib.Path(__file__).resolve().parent
LIST, LISTED = 106, 107
LIST_EXPECTED = struct.Struct("=I4x96s")
LISTED_ANSWER = struct.Struct("=8xiI7Q32s32s256s")
VERSION, MOUNT, UNMOUNT, UNLOCK, SETTLE, WRITTEN = 3, 98, 99, 101, 104, 105
MOUNT_REQUEST = struct.Struct("=BBHIQQIIBB6xQQ32s64s256s32s")
UNMOUNT_REQUEST = struct.Struct("=BBHIQB7x256s")
ANSWER = struct.Struct("=8xiB3xQ256s256s64s64sI4x")
SETTLE_REQUEST = struct.Struct("=BBHIB7x")
WRITTEN_ANSWER = struct.Struct("=4xIiIQQQ32s")
PERSON = 65534
ENODEV = -19
MIB = 1 << 20
# What the unit leaves it.
RIGHTS = ("setpriv", "--no-new-privs", "--bounding-set",
          "-all,+sys_admin,+dac_override,+setuid,+setgid,+sys_ptrace")
INSIDE = "SEKISHO_TEST_NAMESPACE"
os.environ["PATH"] += ":/usr/sbin:/sbin"


def text(field):
    return field.split(b"\0")[0].decode()


def options_of(path):
    """Of the mount, and of the file system."""
    line = next(x for x in open("/proc/self/mountinfo", encoding="utf-8") if f" {path} " in x)
    fields = line.split()
    return set(fields[5].split(",")), set(fields[-1].split(","))


def listed(connection):
    """The answer of Keeper.list(): code, flags, (files, bytes, matching, changed, missing, extra), hash of all, list, why."""
    with connection:
        code, flags, *counts, number, list_hash, manifest, detail = LISTED_ANSWER.unpack(connection.recv(4096))
    return code, flags, tuple(counts), manifest.hex(), (number, list_hash), text(detail)


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Disk:
    """An image as a disk of the kernel."""

    def __init__(self, directory, maker, *, writable=True, parts=(), size=40 * MIB):
        image = pathlib.Path(tempfile.mkstemp(dir=directory)[1])
        os.truncate(image, size)
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
    def __init__(self, directory, preload=""):
        self.root, self.path = directory, directory / "mount"
        self.process = subprocess.Popen(
            [sys.executable, SUPPORT / "accept-exec", self.path, "--", *RIGHTS, PROGRAM, "mount"],
            stdout=subprocess.PIPE, stderr=open(directory / "journal", "wb"), text=True,
            env={**os.environ, "LANG": "C", "LD_PRELOAD": preload,
                 "ASAN_OPTIONS": f"verify_asan_link_order=0:{os.environ.get('ASAN_OPTIONS', '')}"})
        assert self.process.stdout.readline() == "ready\n"
        self.disks = []
        self.links = {}  # to who watches what is mounted there

    def disk(self, *maker, **options):
        self.disks.append(Disk(self.root, maker, **options))
        return self.disks[-1]

    def ask(self, message, fds=()):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.settimeout(60)
        s.connect(str(self.path))
        socket.send_fds(s, [message], list(fds))
        code, watched, self.devnum, path, detail, cipher, kdf, self.key_bits = ANSWER.unpack(s.recv(4096))
        self.cipher, self.kdf = text(cipher), text(kdf)
        if watched:
            self.links[text(path)] = s
        else:
            s.close()
        return code, text(path), text(detail)

    def settle(self, path, emergency=False):
        """Return: code, flags, files, bytes."""
        link = self.links[str(path)]
        link.send(SETTLE_REQUEST.pack(VERSION, SETTLE, 0, 9, emergency))
        while True:
            tag, code, flags, files, size, self.list, self.list_hash = WRITTEN_ANSWER.unpack(link.recv(4096))
            if tag == 9:
                if code == 0 and not emergency:
                    assert link.recv(1) == b"", "it watches no more"
                    self.forget(path)
                return code, flags, files, size

    def list(self, disk, kind, expected=(), key=None, **options):
        """Every file of a volume: the connection, for who wants the answer (keeper.listed)."""
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.settimeout(60)
        s.connect(str(self.path))
        s.send(self.request(disk, kind, LIST, writable=False, key=key, **options)
               + LIST_EXPECTED.pack(len(expected), b"".join(bytes.fromhex(word) for word in expected)))
        return s

    def forget(self, path):
        """As when sekishod is no more."""
        self.links.pop(str(path)).close()

    @staticmethod
    def request(disk, kind, question, *, label="data", writable=True, diskseq=0, start=0,
                length=40 * MIB, key=None):
        return MOUNT_REQUEST.pack(
            VERSION, question, 0, 1, diskseq or disk.diskseq, disk.devnum, PERSON, PERSON, writable,
            key is not None, start, length, kind.encode(), b"", label.encode(), key or b"")

    def mount(self, disk, kind, **options):
        return self.ask(self.request(disk, kind, MOUNT, **options))

    def unlock(self, disk, secret, kind="crypto_LUKS", **options):
        """@secret: bytes, or a descriptor that they come out of."""
        if isinstance(secret, bytes):
            out, into = os.pipe()
            os.write(into, secret)
            os.close(into)
        else:
            out = os.dup(secret)
        try:
            return self.ask(self.request(disk, kind, UNLOCK, **options), [out])
        finally:
            os.close(out)

    def unmount(self, disk, path, *, devnum=0, emergency=False):
        if link := self.links.get(str(path)):
            link.settimeout(1 if emergency else 60)
            with contextlib.suppress(OSError):  # an emergency waits for nobody, and ends who waits
                self.settle(path, emergency)
        answer = self.ask(UNMOUNT_REQUEST.pack(VERSION, UNMOUNT, 0, 1, devnum or disk.devnum, emergency,
                                               str(path).encode()))
        if str(path) in self.links and answer[0] == 0:
            self.forget(path)
        return answer


@contextlib.contextmanager
def keeper(preload=""):
    with tempfile.TemporaryDirectory(prefix="sekisho-mount-") as directory:
        running = Keeper(pathlib.Path(directory), preload)
        try:
            yield running
        except BaseException:
            print((running.root / "journal").read_text(), file=sys.stderr)
            raise
        finally:
            for path in list(running.links):
                running.forget(path)
            for disk in running.disks:
                disk.close()
            running.process.kill()
            running.process.wait()


def processes(name=None):
    """Those in this mount namespace: other tests run beside this one.  @name: of those alone that are called so."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.path.samefile(process / "ns/mnt", "/proc/self/ns/mnt") and (
                    name is None or (process / "comm").read_text() == f"{name}\n"):
                found.append(process)
    return found


def in_namespace():
    """Nothing of this is seen outside."""
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private", "sh", "-c",
                          'mount -t tmpfs none /run && exec "$@"', "sh", sys.executable, *sys.argv])


def possible():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /run && losetup -f && grep -qw ext4 /proc/filesystems"],
        check=False, capture_output=True).returncode == 0


def main(tests):
    if not os.environ.get(INSIDE):
        if not possible():
            print("1..0 # SKIP mounting needs root, loop devices and ext4")
            return 0
        in_namespace()
    return run_each(tests)
