# SPDX-License-Identifier: Apache-2.0
"""Zone orders and policies, signed with the command."""

import pathlib
import shutil
import struct
import subprocess
import tempfile

ACK, ORDER, BYTES_MAX = 17, 70, 3840


class Office:
    """People with keys: both sign orders, "suzuki" policies."""

    def __init__(self, command, people=("suzuki", "tanaka")):
        self.command = command
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-office-"))
        self.keys = {person: self.run("key", "generate", person, "--output",
                                      self.root / person).split("\n")[0] for person in people}

    def run(self, *args):
        return subprocess.run([self.command, *args], check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, encoding="utf-8").stdout

    def sign(self, what, text, people):
        draft, signed = self.root / "draft", self.root / "signed"
        draft.write_text(text, encoding="utf-8")
        for person in people:
            self.run(what, "sign", draft, "--key", self.root / person, "--output", signed)
            shutil.copy(signed, draft)
        return signed.read_bytes()

    def order(self, number, zone, policies_by="suzuki"):
        signers = "".join(
            f'    signer {person} "{key}" {"policy " if person == policies_by else ""}order\n'
            for person, key in self.keys.items())
        return self.sign("order", f"order T-1 {{\n    number {number}\n    zone {zone}\n{signers}}}\n",
                         self.keys)

    def policy(self, version, rules):
        return self.sign("policy", f"policy test {{\n    version {version}\n}}\n{rules}", ["suzuki"])

    def close(self):
        shutil.rmtree(self.root)


def install(terminal, order):
    """True when the order is in force."""
    kind, _ = terminal.ask(ORDER, struct.pack(f"=I{BYTES_MAX}s", len(order), order))
    return kind == ACK
