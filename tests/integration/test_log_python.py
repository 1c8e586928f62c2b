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

    threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logd.stop() == 0
    return logd


def check_log(directory, logd):
    origin, public = read_vkey(logd.vkey().read_text())
    hashes, n_checks = [], 0
    for segment in logd.segments():
        for line in segment.read_bytes().split(b"\n")[:-1]:
            if line.startswith(b"{"):
                entry = json.loads(line)
                assert list(entry)[:7] == ["v", "seq", "t", "bt", "boot", "type", "by"], line
                assert entry["seq"] == len(hashes) and len(line) <= 4096, line
                hashes.append(leaf_hash(line))
            elif line.startswith(b"#cp "):
                _, size, root, signature = line.decode().split(" ")
                assert int(size) == len(hashes)
                assert base64.b64decode(root) == tree_root(hashes), f"root at {size}"
                note = f"{origin}\n{size}\n{root}\n".encode()
                assert signature_is_good(directory, public, note, base64.b64decode(signature))
                assert not signature_is_good(directory, public, note + b" ",
                                             base64.b64decode(signature))
                n_checks += 1
            else:
                head = json.loads(line.removeprefix(b"#seg "))
                assert head["first"] == len(hashes) and head["origin"] == origin
    assert len(hashes) == 201, len(hashes)
    return n_checks


def main():
    print("1..1")
    with tempfile.TemporaryDirectory() as directory:
        logd = write_log(directory)
        n_checks = check_log(directory, logd)
        assert n_checks >= 2
        print(f"ok 1 201 entries and {n_checks} checkpoints agree")


main()
