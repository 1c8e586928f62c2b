# SPDX-License-Identifier: Apache-2.0
"""Registers of media, acts upon them, and what sekishod answers."""

import socket
import struct

ACT, ACTED, LIST, ROW, LOOK, END, ERROR = 128, 129, 131, 133, 134, 127, 127 - 126
PERSON = struct.Struct("=64s64s")
HEADER = struct.Struct("=BBHI")


def medium(number, serial="", filesystem="", section="tax", zone="lgwan", usb="0951:1666", more=""):
    lines = ["    kind usb-stick"]
    if serial:
        lines += [f"    usb {usb}", f'    serial "{serial}"']
    if filesystem:
        lines.append(f"    filesystem {filesystem}")
    lines += [f"    section {section}", f"    zone {zone}", "    classification 3A 2 2", "    encryption none"]
    return f"medium {number} {{\n" + "\n".join(lines) + f"\n{more}}}\n"


def register(version, *media, expires="2099-03-31", events=""):
    return (f"register city {{\n    version {version}\n    expires {expires}\n}}\n"
            "section tax {\n    name \"tax\"\n    approver sato ito\n}\n" + "".join(media) + events)


def pairs(fields):
    return "".join(f"{key}\0{value}\0" for key, value in fields.items()).encode()
