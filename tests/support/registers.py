# SPDX-License-Identifier: Apache-2.0
"""Registers of media, acts upon them, and what sekishod answers."""

import base64
import ctypes
import ctypes.util
import socket
import struct

ACT, ACTED, LIST, ROW, LOOK, ERROR = 128, 129, 131, 133, 134, 1
HEADER = struct.Struct("=BBHI")
REQUEST = struct.Struct("=32s64s64s64s64sI3072s")
REPLY = struct.Struct("=BB2xIQ64s")
CODE = "123456"


def medium(number, serial="", filesystem="", zone="lgwan", more=""):
    lines = ["    kind usb-stick"]
    if serial:
        lines += ["    usb 0951:1666", f'    serial "{serial}"']
    if filesystem:
        lines.append(f"    filesystem {filesystem}")
    lines += ["    section tax", f"    zone {zone}", "    classification 3A 2 2", "    encryption none"]
    return f"medium {number} {{\n" + "\n".join(lines) + f"\n{more}}}\n"


def register(version, *media, expires="2099-03-31", events=""):
    return (f"register city {{\n    version {version}\n    expires {expires}\n}}\n"
            "section tax {\n    name \"tax\"\n    approver sato ito\n}\n" + "".join(media) + events)


def sign(office, text, signer="suzuki"):
    """A signed note, made with the signer's key file."""
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    _, _, name, key_id, seed = (office.dir / f"{signer}.key").read_text().strip().split("+", 4)
    seed = base64.b64decode(seed)[1:]
    public, secret, signature = (ctypes.create_string_buffer(size) for size in (32, 64, 64))
    sodium.crypto_sign_seed_keypair(public, secret, seed)
    sodium.crypto_sign_detached(signature, None, text.encode(), ctypes.c_ulonglong(len(text.encode())), secret)
    line = base64.b64encode(bytes.fromhex(key_id) + signature.raw).decode()
    return f"{text}\n\u2014 {name} {line}\n".encode()


TAKE_TWO = ("media.register", "media.found", "media.dispose")


def put(t, content):
    """As an administrator's tool does it: whole, at once."""
    new = t.root / "new"
    new.write_bytes(content if isinstance(content, bytes) else content.encode())
    new.chmod(0o644)
    new.rename(t.root / "sekisho.register")


def act(t, what, code=CODE, approver_code=CODE, **fields):
    """The result and the sequence number, or what is wrong."""
    approver = b"ito" if what in TAKE_TWO else b""
    packed = "".join(f"{key}\0{value}\0" for key, value in fields.items()).encode()
    kind, body = t.ask(ACT, REQUEST.pack(what.encode(), b"root", code.encode(), approver, approver_code.encode(),
                                         len(packed), packed))
    if kind != ACTED:
        return None, body[4:].split(b"\0")[0].decode()
    result, _, _, seq, _ = REPLY.unpack(body)
    return result, seq


def rows(t):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.settimeout(15)
        client.connect(str(t.socket))
        client.send(HEADER.pack(3, LIST, 0, 7))
        found = {}
        while (message := client.recv(8192))[1] == ROW:
            length = struct.unpack_from("=I", message, 8)[0]
            words = message[12:12 + length].decode().split("\0")[:-1]
            row = dict(zip(words[::2], words[1::2]))
            found[row["number"]] = row
        return found
