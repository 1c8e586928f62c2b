# SPDX-License-Identifier: Apache-2.0
"""sekisho-media and sekisho-mount as a test wants them: what is on a medium, and whether it can be unmounted."""

import contextlib
import os
import socket
import struct
import threading
import time

HEADER = struct.Struct("=BBHI")
VOLUME = struct.Struct("=QQ32s64s256s")
FOUND = struct.Struct("=8siIQIII4x")
MOUNT = struct.Struct("=8sQQIIB7x")
UNMOUNT = struct.Struct("=8sQB7x256s")
MOUNTED = struct.Struct("=8siB3xQ256s256s64s64sI4x")
SETTLE = struct.Struct("=8sB7x")
WRITTEN = struct.Struct("=8siIQQQ32s")
EXPECTED = struct.Struct("=II96s")
LISTED = struct.Struct("=8siI7Q32s32s256s")
LIST_KIND, LISTED_KIND, KEPT = 106, 107, 4
PROBE, MOUNT_KIND, UNMOUNT_KIND, UNLOCK_KIND, SETTLE_KIND, WRITTEN_KIND = 96, 98, 99, 101, 104, 105
PLAIN, VOLUMES_MAX = 1, 8
EACCES, EBUSY, ENODEV, ENOKEY, EOWNERDEAD = -13, -16, -19, -126, -130


def text(field):
    return field.split(b"\0")[0].decode()


class FakeMedia:
    """@volumes: types of what is found; @busy: who uses what is mounted, or empty; @held: no answer is given yet;
    @notes: what is said of one that is mounted; @written: files and bytes, @flags: of what was seen of them;
    @listed: files, and of those matching, changed, missing and extra ones, or an error and why; @unwatched: what is mounted already was writable, and nobody watched."""

    def __init__(self, root):
        self.media, self.mount = str(root / "media"), str(root / "mount")
        self.volumes, self.busy, self.held, self.refuses, self.notes = ["vfat"], "", False, "", ""
        self.written, self.flags, self.unwatched, self.settles = (3, 4096), 0, False, True
        self.mounts, self.asked, self.links, self.record_key = {}, [], {}, None
        self.uuid = "1234"
        self.listed, self.listing = (2, 0, 0, 0, 0), False
        self.listeners = [self.listen(self.media), self.listen(self.mount)]

    def listen(self, path):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(path)
        listener.listen(8)
        threading.Thread(target=self.accept, args=(listener,), daemon=True).start()
        return listener

    def accept(self, listener):
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, contextlib.suppress(OSError):
            message, fds, _, _ = socket.recv_fds(client, 4096, 1)
            secret = None
            for fd in fds:
                with os.fdopen(fd, "rb") as passed:
                    if message[1] == UNLOCK_KIND:
                        secret = passed.read()
            if message[1:2] == bytes([UNLOCK_KIND]):
                client.send(self.unlocked(message, secret))
            elif message[1:2] == bytes([LIST_KIND]):
                client.send(self.list(message))
            elif message:
                answer = {PROBE: self.found, MOUNT_KIND: self.mounted, UNMOUNT_KIND: self.unmounted}[message[1]]
                client.send(answer(message))
            if message[1:2] in (bytes([UNLOCK_KIND]), bytes([MOUNT_KIND])):
                self.watch(client, message)

    def watch(self, client, message):
        """What is mounted to be written to, as long as it is; a connection that ends here is a watcher that was killed."""
        _, diskseq, _, _, _, writable = MOUNT.unpack_from(message)
        path = f"/run/media/sekisho/{diskseq}-{VOLUME.unpack_from(message, MOUNT.size)[0] >> 20}"
        if not writable or path not in self.mounts:
            return
        self.links[path] = client
        while asked := client.recv(4096):
            head, emergency = SETTLE.unpack(asked)
            self.asked.append(("settle", path, bool(emergency)))
            busy = self.busy and not emergency
            if self.settles:
                client.send(self.counts(HEADER.unpack(head)[3], EBUSY if busy else 0))
            if self.settles and not busy and not emergency:
                return
        self.asked.append(("alone", path))

    def counts(self, tag, code):
        return WRITTEN.pack(HEADER.pack(3, WRITTEN_KIND, 0, tag), code, self.flags, *self.written, 12, bytes(range(32)))

    def found(self, message):
        kinds = self.volumes
        self.asked.append(("probe",))
        head = HEADER.pack(message[0], 97, 0, HEADER.unpack_from(message)[3])
        volumes = b"".join(VOLUME.pack(n << 20, 1 << 20, kind.encode(), self.uuid.encode(), b"") for n, kind in enumerate(kinds))
        return FOUND.pack(head, 0, PLAIN, 8 << 20, 0, len(kinds), len(kinds)) + volumes.ljust(
            VOLUME.size * VOLUMES_MAX, b"\0")

    def answer(self, message, code, devnum, path, detail="", watched=False, cipher=("", "", 0)):
        while self.held:
            time.sleep(0.01)
        head = HEADER.pack(message[0], 100, 0, HEADER.unpack_from(message)[3])
        return MOUNTED.pack(head, code, watched, devnum, path.encode(), detail.encode(), cipher[0].encode(),
                            cipher[1].encode(), cipher[2])

    def mounted(self, message):
        _, diskseq, devnum, uid, gid, writable = MOUNT.unpack_from(message)
        start, _, kind, _, _ = VOLUME.unpack_from(message, MOUNT.size)
        path = f"/run/media/sekisho/{diskseq}-{start >> 20}"
        self.asked.append(("mount", path, uid, bool(writable)))
        self.record_key = message[-32:] if message[MOUNT.size - 7] else None
        if self.refuses:
            return self.answer(message, -95, 0, "", self.refuses)
        if text(kind) == "crypto_LUKS":
            return self.answer(message, ENOKEY, 0, "", "the volume is encrypted")
        self.mounts[path] = (uid, bool(writable), text(kind))
        if self.unwatched:
            return self.answer(message, EOWNERDEAD, devnum, path, "nobody watched")
        return self.answer(message, 0, devnum, path, self.notes, writable)

    def list(self, message):
        """As long as @listing is set it goes on."""
        n, _, hashes = EXPECTED.unpack_from(message, len(message) - EXPECTED.size)
        keeps = bool(message[MOUNT.size - 7])
        self.asked.append(("list", [hashes[32 * i:32 * i + 32].hex() for i in range(n)], keeps))
        while self.listing:
            time.sleep(0.01)
        head = HEADER.pack(message[0], LISTED_KIND, 0, HEADER.unpack_from(message)[3])
        if len(self.listed) == 2:
            return LISTED.pack(head, self.listed[0], 0, *[0] * 7, b"", b"", self.listed[1].encode())
        files, *counts = self.listed
        return LISTED.pack(head, 0, KEPT * keeps, files, 4096, *counts, 7, bytes(range(32)), bytes(range(1, 33)), b"")

    def unlocked(self, message, secret):
        """The passphrase is "secret"."""
        _, diskseq, _, uid, _, writable = MOUNT.unpack_from(message)
        start = VOLUME.unpack_from(message, MOUNT.size)[0]
        path = f"/run/media/sekisho/{diskseq}-{start >> 20}"
        self.asked.append(("unlock", path, secret))
        if secret != b"secret":
            return self.answer(message, EACCES, 0, "", "the passphrase opens nothing")
        self.mounts[path] = (uid, bool(writable), "inside")
        return self.answer(message, 0, 254 << 8, path, "", writable, ("aes-xts-plain64", "argon2id", 512))

    def unmounted(self, message):
        _, devnum, emergency, path = UNMOUNT.unpack(message)
        path = text(path)
        self.asked.append(("cut" if emergency else "unmount", path))
        if path not in self.mounts:
            return self.answer(message, ENODEV, devnum, path)
        if self.busy and not emergency:
            return self.answer(message, EBUSY, devnum, path, self.busy)
        del self.mounts[path]
        return self.answer(message, 0, devnum, path)

    def find(self, what):
        return [entry for entry in list(self.asked) if entry[0] == what]

    def close(self):
        for listener in self.listeners:
            listener.close()
