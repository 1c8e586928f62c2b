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
MOUNTED = struct.Struct("=8siIQ256s256s")
PROBE, MOUNT_KIND, UNMOUNT_KIND, UNLOCK_KIND = 96, 98, 99, 101
PLAIN, VOLUMES_MAX = 1, 8
EACCES, EBUSY, ENODEV, ENOKEY = -13, -16, -19, -126


def text(field):
    return field.split(b"\0")[0].decode()


class FakeMedia:
    """@volumes: types of what is found; @busy: who uses what is mounted, or empty; @delay: seconds before an answer;
    @notes: what is said of one that is mounted."""

    def __init__(self, root):
        self.media, self.mount = str(root / "media"), str(root / "mount")
        self.volumes, self.busy, self.delay, self.refuses, self.notes = ["vfat"], "", 0.0, "", ""
        self.uuid = "1234"
        self.mounts, self.asked = {}, []
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
            elif message:
                answer = {PROBE: self.found, MOUNT_KIND: self.mounted, UNMOUNT_KIND: self.unmounted}[message[1]]
                client.send(answer(message))

    def found(self, message):
        kinds = self.volumes
        self.asked.append(("probe",))
        head = HEADER.pack(message[0], 97, 0, HEADER.unpack_from(message)[3])
        volumes = b"".join(VOLUME.pack(n << 20, 1 << 20, kind.encode(), self.uuid.encode(), b"") for n, kind in enumerate(kinds))
        return FOUND.pack(head, 0, PLAIN, 8 << 20, 0, len(kinds), len(kinds)) + volumes.ljust(
            VOLUME.size * VOLUMES_MAX, b"\0")

    def answer(self, message, code, devnum, path, detail=""):
        time.sleep(self.delay)
        head = HEADER.pack(message[0], 100, 0, HEADER.unpack_from(message)[3])
        return MOUNTED.pack(head, code, 0, devnum, path.encode(), detail.encode())

    def mounted(self, message):
        _, diskseq, devnum, uid, gid, writable = MOUNT.unpack_from(message)
        start, _, kind, _, _ = VOLUME.unpack_from(message, MOUNT.size)
        path = f"/run/media/sekisho/{diskseq}-{start >> 20}"
        self.asked.append(("mount", path, uid, bool(writable)))
        if self.refuses:
            return self.answer(message, -95, 0, "", self.refuses)
        if text(kind) == "crypto_LUKS":
            return self.answer(message, ENOKEY, 0, "", "the volume is encrypted")
        self.mounts[path] = (uid, bool(writable), text(kind))
        return self.answer(message, 0, devnum, path, self.notes)

    def unlocked(self, message, secret):
        """The passphrase is "secret"."""
        _, diskseq, _, uid, _, writable = MOUNT.unpack_from(message)
        start = VOLUME.unpack_from(message, MOUNT.size)[0]
        path = f"/run/media/sekisho/{diskseq}-{start >> 20}"
        self.asked.append(("unlock", path, secret))
        if secret != b"secret":
            return self.answer(message, EACCES, 0, "", "the passphrase opens nothing")
        self.mounts[path] = (uid, bool(writable), "inside")
        return self.answer(message, 0, 254 << 8, path)

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
