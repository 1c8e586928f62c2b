# SPDX-License-Identifier: Apache-2.0
"""A code daemon that only says who has a token."""

import contextlib
import os
import socket
import struct
import threading

WITNESS = struct.Struct("=8sB7x64s64s64s64s64s")
WITNESSED = struct.Struct("=BBHIBB2xIi4x256s")
HEADER = struct.Struct("=BBHI")
TOKEN = struct.Struct("=BBHI64s64s32s4xB3xIIqqi4x")
KIND_TOKEN, KIND_END, ACTIVE = 42, 127, 2
KIND_WITNESS, KIND_WITNESSED, ACCEPTED, WRONG = 140, 141, 1, 2


class FakeOtp:
    """@users: who has one; root, who may administer, and two more.  The code of everybody is 123456;
    who gives none proves none.  @asked: for whom codes were tried: (both administrators, issuer, approver)."""

    def __init__(self, path):
        self.path, self.users = path, ["root", "sato", "ito"]
        self.asked = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                client, _ = self.listener.accept()
                with client, contextlib.suppress(OSError):
                    self.list(client)

    def list(self, client):
        message = client.recv(4096)
        version, kind, _, tag = HEADER.unpack_from(message)
        if kind == KIND_WITNESS:
            _, admins, _, issuer, code, approver, second = WITNESS.unpack(message)
            self.asked.append((admins, *(name.rstrip(b"\0").decode() for name in (issuer, approver))))
            right = [c.rstrip(b"\0") in (b"", b"123456") for c in ([code, second] if approver.strip(b"\0") else [code])]
            client.send(WITNESSED.pack(version, KIND_WITNESSED, 0, tag, ACCEPTED if all(right) else WRONG,
                                       right[0], 0, 0, b""))
            return
        for user in self.users:
            name, state = user if isinstance(user, tuple) else (user, ACTIVE)
            client.send(TOKEN.pack(version, KIND_TOKEN, 0, tag, name.encode(), b"", b"", state, 0, 0, 0, 0, 0))
        client.send(HEADER.pack(version, KIND_END, 0, tag))

    def close(self):
        self.listener.close()
        os.unlink(self.path)
