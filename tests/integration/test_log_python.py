#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second implementation of docs/audit-format.md: hashlib for the tree, openssl for signatures.

usage: test_log_python.py LOGD WRITE_LOG
Writes logs with sekisho-logd, one of them to be pruned, then proves them without a line of sekisho's own code.
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
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))
from logd_client import Logd  # noqa: E402

DAY = 86400  # seconds
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


def write_pruned_log(directory):
    """Most of it too old to stay, with changes of the identity key in all parts of it."""
    logd = Logd(sys.argv[1], directory)
    begin = int(time.time()) - 500 * DAY
    words = [sys.argv[2], logd.audit, 5, 5, 12000, begin, 1000]
    subprocess.run([str(word) for word in words], check=True)
    first = logd.vkey().read_text()
    words = [sys.argv[2], logd.audit, 600, 20, 12000, begin + 60, 500 * DAY * 1000 // 620, 30]
    subprocess.run([str(word) for word in words], check=True)
    (pathlib.Path(directory) / "log.conf").write_text("keep 400\n")
    logd.start().connect().status()
    subprocess.run([sys.argv[1], "--tend", "--state-dir", logd.audit, "--config", f"{directory}/log.conf",
                    "--socket", logd.socket], check=True, capture_output=True)
    assert logd.stop() == 0
    assert logd.vkey().read_text() != first
    return logd, first


def segment_files(logd):
    """Plain or compressed, in their order."""
    names = {path.name.removesuffix(".zst"): path for path in sorted(logd.audit.glob("seg-*"), reverse=True)}
    for name in sorted(names):
        data = names[name].read_bytes()
        if names[name].suffix == ".zst":
            data = subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=True).stdout
        yield data


class Reader:
    """The page docs/audit-format.md, from the first line of the log to its last."""

    def __init__(self, directory, vkey):
        self.directory = directory
        self.origin, self.identity = read_vkey(vkey)
        self.hashes, self.n_checks, self.n_events = [], 0, 0
        self.epoch, self.key = 0, None  # that sign here
        self.coming = None  # certified, and in force behind the next checkpoint
        self.previous = None  # the checkpoint before, as a #seg line has it
        self.first, self.peaks = 0, []  # what was pruned: how many entries, and their subtrees
        self.identities = [self.identity]
        self.pruned = None  # the newest log.prune
        self.n_kept, self.n_changes = 0, 0  # of the identity key: pruned, and in the log

    def good(self, key, message, signature):
        return signature_is_good(self.directory, key, message, base64.b64decode(signature))

    def entry(self, line):
        assert self.coming is None, "an entry between log.epoch and its checkpoint"
        entry = json.loads(line)
        assert list(entry)[:7] == ["v", "seq", "t", "bt", "boot", "type", "by"], line
        assert entry["seq"] == self.size() and len(line) <= 4096, line
        if entry["type"] == "log.key":
            assert entry["epoch"] == self.epoch
            self.change(entry["seq"], entry["key"], entry["epoch_sig"])
            self.n_changes += 1
        if entry["type"] == "log.prune":
            self.pruned = entry
        self.hashes.append(leaf_hash(line))
        if entry["type"] != "log.epoch":
            self.n_events += entry["type"] == "device.block"
            return
        assert entry["epoch"] == self.epoch + 1
        text = f"sekisho-epoch/v1\n{self.origin}\n{entry['epoch']}\n{entry['epoch_key']}\n"
        assert self.good(self.key, text.encode(), entry["epoch_sig"])
        self.coming = entry["epoch"], base64.b64decode(entry["epoch_key"])

    def size(self):
        return self.first + len(self.hashes)

    def root(self):
        """By the definition where all of it is here, else on top of the subtrees of what is gone."""
        if not self.peaks:
            return tree_root(self.hashes)
        stack = list(self.peaks)
        for leaf in self.hashes:
            stack.append((1, leaf))
            while len(stack) > 1 and stack[-2][0] == stack[-1][0]:
                (n, left), (_, right) = stack[-2:]
                stack[-2:] = [(2 * n, hashlib.sha256(b"\1" + left + right).digest())]
        root = stack[-1][1]
        for _, left in reversed(stack[:-1]):
            root = hashlib.sha256(b"\1" + left + root).digest()
        return root

    def change(self, seq, vkey, signature):
        """Another identity, certified by the epoch that signs here."""
        origin, public = read_vkey(vkey)
        assert origin == self.origin
        text = f"sekisho-key/v1\n{self.origin}\n{seq}\n{vkey}\n"
        assert self.good(self.key, text.encode(), signature), f"the identity key of entry {seq}"
        self.identities.append(public)

    def certificates(self, head):
        """The file epochs, from the name of the log to what is left of it."""
        last = -1
        for line in (pathlib.Path(self.directory) / "audit/epochs").read_text().splitlines():
            kind, number, *words = line.split(" ")
            if kind == "#epoch" and int(number) > head["epoch"]:
                break
            if kind == "#key":
                seq, vkey, signature = words
                if int(seq) >= head["first"]:
                    break
                assert int(number) == self.epoch and int(seq) > last, line
                last = int(seq)
                self.change(last, vkey, signature)
                self.n_kept += 1
                continue
            assert kind == "#epoch", line
            key, signature = words
            if self.key is None:
                assert number == "0" and signature == "-"
                assert hashlib.sha256(base64.b64decode(key)).hexdigest()[:32] == self.origin.rsplit("/", 1)[1]
            else:
                assert int(number) == self.epoch + 1
                text = f"sekisho-epoch/v1\n{self.origin}\n{number}\n{key}\n"
                assert self.good(self.key, text.encode(), signature), line
            self.epoch, self.key = int(number), base64.b64decode(key)

    def resume(self, head):
        """The first #seg line of a log whose beginning was pruned."""
        self.certificates(head)
        self.first = head["first"]
        sizes = [1 << bit for bit in range(63, -1, -1) if self.first >> bit & 1]
        self.peaks = list(zip(sizes, map(base64.b64decode, head["frontier"]), strict=True))
        root = base64.b64encode(self.root()).decode()
        assert root == head["prev"]["root"]
        self.begins = {"first": self.first, "root": root, "count": self.n_kept}
        signer = base64.b64decode(head["prev"]["key"])
        assert self.good(signer, self.note(), head["prev"]["sig"])
        assert signer == self.key or head["prev"]["epoch"] == self.epoch - 1
        self.previous = head["prev"]

    def note(self):
        root = base64.b64encode(self.root()).decode()
        return f"{self.origin}\n{self.size()}\n{root}\n".encode()

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
        if not self.hashes and head["first"] > 0:
            self.resume(head)
        elif not self.hashes:
            assert hashlib.sha256(key).hexdigest()[:32] == self.origin.rsplit("/", 1)[1]
            self.key = key
        assert head["first"] == self.size() and head["origin"] == self.origin
        assert (head["epoch"], key) == (self.epoch, self.key)
        assert head["prev"] == self.previous

    def newest(self, note):
        """The file that says the same to those who know nothing of segments."""
        text, signatures = note.split(b"\n\n")
        assert text + b"\n" == self.note()
        names = [f"{self.origin}", f"{self.origin}/e/{self.previous['epoch']}"]
        keys = [self.identities[-1], base64.b64decode(self.previous["key"])]
        lines = signatures.decode().splitlines()
        assert len(lines) == 2
        for line, name, key in zip(lines, names, keys):
            dash, of, blob = line.split(" ")
            assert dash == "\u2014" and of == name, line
            blob = base64.b64decode(blob)
            assert blob[:4] == hashlib.sha256(name.encode() + b"\n\1" + key).digest()[:4]
            assert signature_is_good(self.directory, key, self.note(), blob[4:])


def check_log(directory, logd, vkey):
    reader = Reader(directory, vkey)
    for segment in segment_files(logd):
        for line in segment.split(b"\n")[:-1]:
            kind = reader.entry if line[:1] == b"{" else reader.check if line[:4] == b"#cp " else reader.head
            kind(line)
    reader.newest((logd.audit / "checkpoint").read_bytes())
    return reader


def main():
    print("1..2")
    with tempfile.TemporaryDirectory() as directory:
        logd = write_log(directory)
        reader = check_log(directory, logd, logd.vkey().read_text())
        assert reader.n_events == 200, reader.n_events
        assert reader.n_checks >= 2 and reader.epoch >= 2, (reader.n_checks, reader.epoch)
        print(f"ok 1 {len(reader.hashes)} entries, {reader.n_checks} checkpoints and "
              f"{reader.epoch + 1} epochs agree", flush=True)
    if os.geteuid() != 0:
        print("ok 2 # SKIP settings count only when they are root's")
        return
    with tempfile.TemporaryDirectory() as directory:
        logd, vkey = write_pruned_log(directory)
        reader = check_log(directory, logd, vkey)
        assert reader.first > 0 and reader.n_kept > 1 and reader.n_changes > 1, (reader.first, reader.n_kept)
        assert {key: reader.pruned[key] for key in reader.begins} == reader.begins
        print(f"ok 2 {reader.first} entries are gone, and {reader.n_kept} of {len(reader.identities) - 1} changes "
              "of the identity key are kept")


main()
