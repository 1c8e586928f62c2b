#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second implementation of docs/audit-format.md: hashlib for the tree, openssl for signatures.

usage: test_log_python.py LOGD
Writes a log with sekisho-logd, then proves it without a line of sekisho's own code.
"""

import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from logd_client import Logd  # noqa: E402

ED25519_DER = bytes.fromhex("302a300506032b6570032100")


def leaf_hash(line):
    return hashlib.sha256(b"\0" + line).digest()


def tree_root(hashes):
    """RFC 6962 section 2.1, as it stands there."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_root(hashes[:k]) + tree_root(hashes[k:])).digest()


def read_vkey(text):
    name, key_id, data = text.strip().split("+", 2)
    data = base64.b64decode(data, validate=True)
    assert data[0] == 1 and len(data) == 33
    assert hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex() == key_id
    return name, data[1:]


def signature_is_good(directory, public, message, signature):
    work = pathlib.Path(directory)
    (work / "key.der").write_bytes(ED25519_DER + public)
    (work / "message").write_bytes(message)
    (work / "signature").write_bytes(signature)
    return subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", work / "key.der",
         "-rawin", "-in", work / "message", "-sigfile", work / "signature"],
        capture_output=True, check=False).returncode == 0


def write_log(directory):
    logd = Logd(sys.argv[1], directory).start()
    logd.connect().status()

    def client(number):
        connection = logd.connect()
        for count in range(25):
            code, _ = connection.append(
                "device.block", vid="0781", pid="5583", serial=f"{number}-{count}",
                product='Größe "日本" \\x1b', reason="not_registered", diskseq=str(count))
            assert code == 0
            if number == 0 and count % 8 == 7:
                assert connection.append("policy.load", version=str(count))[0] == 0

    threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logd.stop() == 0
    return logd


class Reader:
    """The page docs/audit-format.md, from the first line of the log to its last."""

    def __init__(self, directory, vkey):
        self.directory = directory
        self.origin, self.identity = read_vkey(vkey)
        self.hashes, self.n_checks, self.n_events = [], 0, 0
        self.epoch, self.key = 0, None  # that sign here
        self.coming = None  # certified, and in force behind the next checkpoint
        self.previous = None  # the checkpoint before, as a #seg line has it

    def good(self, key, message, signature):
        return signature_is_good(self.directory, key, message, base64.b64decode(signature))

    def entry(self, line):
        assert self.coming is None, "an entry between log.epoch and its checkpoint"
        entry = json.loads(line)
        assert list(entry)[:7] == ["v", "seq", "t", "bt", "boot", "type", "by"], line
        assert entry["seq"] == len(self.hashes) and len(line) <= 4096, line
        self.hashes.append(leaf_hash(line))
        if entry["type"] != "log.epoch":
            self.n_events += entry["type"] == "device.block"
            return
        assert entry["epoch"] == self.epoch + 1
        text = f"sekisho-epoch/v1\n{self.origin}\n{entry['epoch']}\n{entry['epoch_key']}\n"
        assert self.good(self.key, text.encode(), entry["epoch_sig"])
        self.coming = entry["epoch"], base64.b64decode(entry["epoch_key"])

    def note(self):
        root = base64.b64encode(tree_root(self.hashes)).decode()
        return f"{self.origin}\n{len(self.hashes)}\n{root}\n".encode()

    def check(self, line):
        _, size, root, epoch, signature = line.decode().split(" ")
        assert self.note() == f"{self.origin}\n{size}\n{root}\n".encode(), f"root at {size}"
        assert int(epoch) == self.epoch
        assert self.good(self.key, self.note(), signature)
        assert not self.good(self.key, self.note() + b" ", signature)
        self.previous = {"root": root, "epoch": self.epoch,
                         "key": base64.b64encode(self.key).decode(), "sig": signature}
        if self.coming:
            self.epoch, self.key = self.coming
            self.coming = None
        self.n_checks += 1

    def head(self, line):
        head = json.loads(line.removeprefix(b"#seg "))
        key = base64.b64decode(head["key"])
        if not self.hashes:
            assert hashlib.sha256(key).hexdigest()[:32] == self.origin.rsplit("/", 1)[1]
            self.key = key
        assert head["first"] == len(self.hashes) and head["origin"] == self.origin
        assert (head["epoch"], key) == (self.epoch, self.key)
        assert head["prev"] == self.previous

    def newest(self, note):
        """The file that says the same to those who know nothing of segments."""
        text, signatures = note.split(b"\n\n")
        assert text + b"\n" == self.note()
        names = [f"{self.origin}", f"{self.origin}/e/{self.previous['epoch']}"]
        keys = [self.identity, base64.b64decode(self.previous["key"])]
        lines = signatures.decode().splitlines()
        assert len(lines) == 2
        for line, name, key in zip(lines, names, keys):
            dash, of, blob = line.split(" ")
            assert dash == "\u2014" and of == name, line
            blob = base64.b64decode(blob)
            assert blob[:4] == hashlib.sha256(name.encode() + b"\n\1" + key).digest()[:4]
            assert signature_is_good(self.directory, key, self.note(), blob[4:])


def check_log(directory, logd):
    reader = Reader(directory, logd.vkey().read_text())
    for segment in logd.segments():
        for line in segment.read_bytes().split(b"\n")[:-1]:
            kind = reader.entry if line[:1] == b"{" else reader.check if line[:4] == b"#cp " else reader.head
            kind(line)
    reader.newest((logd.audit / "checkpoint").read_bytes())
    return reader


def main():
    print("1..1")
    with tempfile.TemporaryDirectory() as directory:
        logd = write_log(directory)
        reader = check_log(directory, logd)
        assert reader.n_events == 200, reader.n_events
        assert reader.n_checks >= 2 and reader.epoch >= 2, (reader.n_checks, reader.epoch)
        print(f"ok 1 {len(reader.hashes)} entries, {reader.n_checks} checkpoints and "
              f"{reader.epoch + 1} epochs agree")


main()
