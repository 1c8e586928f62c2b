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
RECALL = struct.Struct("=BBHI32s")
RECALLED = struct.Struct("=BBHIiIQq3072s")
KIND_ACK, KIND_RECALL, KIND_RECALLED = 17, 20, 21
ENOENT, ENOSPC = -2, -28
KIND_STATUS, KIND_STATE = 18, 19
STATE = struct.Struct("=BBHIQi4x256s256s")
ACCEPT, SILENT, DROP, LOST = 0, "silent", "drop", "lost"


class FakeLog:
    """@answer: a negative errno, ACCEPT, SILENT, DROP (the connection) or LOST (durable, but nobody hears it);
    @delay: seconds before it."""

    def __init__(self, path):
        self.path, self.answer, self.delay = path, ACCEPT, 0.0
        self.events, self.acked = [], []
        self.answers = {}  # to events of one type, instead of @answer
        self.recall_code = 0  # a negative errno: it cannot say what it remembers
        self.state = None  # what the newest terminal.state says
        self.latest = 0  # seconds since 1970 of the latest entry after it
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
                if message[1] == KIND_RECALL:
                    self.recall(client, message)
                elif message[1] == KIND_STATUS:
                    version, _, _, tag = struct.unpack("=BBHI", message[:8])
                    client.send(STATE.pack(version, KIND_STATE, 0, tag, len(self.acked), 0, b"", b""))
                else:
                    self.append(client, message)

    def recall(self, client, message):
        version, _, _, tag, _ = RECALL.unpack(message)
        if self.answer in (SILENT, DROP):
            return
        words = (word for pair in (self.state or {}).items() for word in pair)
        packed = "".join(f"{word}\0" for word in words).encode()
        client.send(RECALLED.pack(version, KIND_RECALLED, 0, tag,
                                  self.recall_code or (ENOENT if self.state is None else 0),
                                  len(packed), 1, int(self.latest * 1e6), packed))

    def append(self, client, message):
        version, _, _, tag, kind, length, packed = APPEND.unpack(message)
        words = packed[:length].decode().split("\0")[:-1]
        event = dict(zip(words[::2], words[1::2])) | {"type": kind.rstrip(b"\0").decode()}
        self.events.append(event)
        answer = self.answers.get(event["type"], self.answer)
        if answer == DROP:
            client.shutdown(socket.SHUT_RDWR)
        if answer in (SILENT, DROP):
            return
        time.sleep(self.delay)
        if answer in (ACCEPT, LOST):
            self.acked.append(event)
            if event["type"] == "terminal.state":
                self.latest = 0
                self.state = {key: value for key, value in event.items() if key != "type"}
        if answer == LOST:
            return
        client.send(ACK.pack(version, KIND_ACK, 0, tag, answer, 0, len(self.acked)))

    def find(self, **wanted):
        return [e for e in list(self.events) if wanted.items() <= e.items()]

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # else its thread might accept for who gets the number next
        self.listener.close()
        os.unlink(self.path)
