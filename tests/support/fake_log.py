# SPDX-License-Identifier: Apache-2.0
"""A log daemon that does what a test tells it to."""

import contextlib
import os
import socket
import struct
import threading
import time

APPEND = struct.Struct("=BBHI32sI3072s")
ACK = struct.Struct("=BBHIiIQ")
KIND_ACK = 17
ACCEPT, SILENT, DROP = 0, "silent", "drop"


class FakeLog:
    """@answer: a negative errno, ACCEPT, SILENT or DROP (the connection); @delay: seconds before it."""

    def __init__(self, path):
        self.path, self.answer, self.delay = path, ACCEPT, 0.0
        self.events, self.acked = [], []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, contextlib.suppress(OSError):  # the daemon may go at any time
            while message := client.recv(APPEND.size + 1):
                self.append(client, message)

    def append(self, client, message):
        version, _, _, tag, kind, length, packed = APPEND.unpack(message)
        words = packed[:length].decode().split("\0")[:-1]
        event = dict(zip(words[::2], words[1::2])) | {"type": kind.rstrip(b"\0").decode()}
        self.events.append(event)
        answer = self.answer
        if answer == DROP:
            client.shutdown(socket.SHUT_RDWR)
        if answer in (SILENT, DROP):
            return
        time.sleep(self.delay)
        if answer == ACCEPT:
            self.acked.append(event)
        client.send(ACK.pack(version, KIND_ACK, 0, tag, answer, 0, len(self.acked)))

    def find(self, **wanted):
        return [e for e in list(self.events) if wanted.items() <= e.items()]

    def close(self):
        self.listener.close()
        os.unlink(self.path)
