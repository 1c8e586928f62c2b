# SPDX-License-Identifier: Apache-2.0
"""A sekishod that only answers about the register and permits (ipc/act.h), and keeps what it was asked."""

import contextlib
import os
import socket
import struct
import threading

HEADER = struct.Struct("=BBHI")
ACT = struct.Struct("=32s64s64s64s64sI3072s")
ACTED = struct.Struct("=BB2xIQ64s")
ROW = struct.Struct("=I3072s")
ERROR = struct.Struct("=i256s")
KIND_ERROR, KIND_ACT, KIND_ACTED, KIND_PERMITS, KIND_MEDIA, KIND_ROW, KIND_END = 1, 128, 129, 130, 131, 133, 127
ACCEPTED = 1


def unpacked(packed):
    words = packed.decode().split("\0")[:-1]
    return dict(zip(words[::2], words[1::2]))


def text(field):
    return field.split(b"\0")[0].decode()


class FakeAgent:
    """@media, @permits: rows; @result: (enum ipc_otp_result, is it the approver's); @refusal: (errno, text)."""

    def __init__(self, path="/run/sekisho/sock/agent"):
        self.path, self.media, self.permits, self.acts = path, [], [], []
        self.result, self.refusal, self.number = (ACCEPTED, 0), None, "R8-T-0042-7"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                client, _ = self.listener.accept()
                with client, contextlib.suppress(OSError):
                    self.serve(client, client.recv(8192))

    def serve(self, client, message):
        version, kind, _, tag = HEADER.unpack_from(message)

        def reply(kind, body=b""):
            client.send(HEADER.pack(version, kind, 0, tag) + body)

        if self.refusal:
            reply(KIND_ERROR, ERROR.pack(self.refusal[0], self.refusal[1].encode()))
        elif kind == KIND_ACT:
            self.act(reply, ACT.unpack_from(message, HEADER.size))
        else:
            for row in self.permits if kind == KIND_PERMITS else self.media:
                packed = "".join(f"{key}\0{value}\0" for key, value in row.items()).encode()
                reply(KIND_ROW, ROW.pack(len(packed), packed))
            reply(KIND_END)

    def act(self, reply, parts):
        act, issuer, issuer_code, approver, approver_code, length, packed = parts
        self.acts.append({"act": text(act), "issuer": text(issuer), "issuer_code": text(issuer_code),
                          "approver": text(approver), "approver_code": text(approver_code),
                          "fields": unpacked(packed[:length])})
        reply(KIND_ACTED, ACTED.pack(*self.result, 30, 381, self.number.encode()))

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # else its thread might accept for who gets the number next
        self.listener.close()
        os.unlink(self.path)
