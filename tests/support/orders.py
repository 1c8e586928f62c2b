# SPDX-License-Identifier: Apache-2.0
"""Zone orders and policies, signed with the command."""

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

RULES = "rule stick allow {\n    usb 0951:1666\n    only storage\n    zone lgwan\n}\n"
ORDER = 70  # enum ipc_kind
# The simulated devices are not the command's, and a sanitizer wants to be loaded before them.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"} | {"LANG": "C"}


class Office:
    """People with keys, and what they write."""

    def __init__(self, command):
        self.command = os.path.abspath(command)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-office-"))
        self.keys = {name: self.run("key", "generate", name).splitlines()[0]
                     for name in ("suzuki", "tanaka", "mallory")}

    def run(self, *words, ok=True):
        done = subprocess.run([self.command, *words], cwd=self.dir, text=True, capture_output=True,
                              env=ENVIRONMENT, check=False)
        assert (done.returncode == 0) == ok, (words, done.stdout, done.stderr)
        return done.stdout if ok else done.stderr

    def order(self, number, zone, signers=("suzuki", "tanaka"), terminal="T-0042", more="",
              people=None, policies_by=None, registers_by="suzuki", permits_by=None):
        lines = "".join(f'    signer {name} {self.keys[name]} '
                        f'{"policy " if policies_by in (None, name) else ""}{"register " if name == registers_by else ""}'
                        f'{"permit " if name == permits_by else ""}order\n'
                        for name in people or ("suzuki", "tanaka"))
        draft = self.dir / f"order-{number}"
        draft.write_text(f"order {terminal} {{\n    number {number}\n    zone {zone}\n{more}{lines}}}\n", encoding="utf-8")
        (self.dir / (draft.name + ".signed")).unlink(missing_ok=True)
        for place, signer in enumerate(signers):
            self.run("order", "sign", draft.name if place == 0 else draft.name + ".signed",
                     "--key", signer + ".key")
        return (self.dir / (draft.name + ".signed")).read_bytes()

    def policy(self, version, rules=RULES, signer="suzuki", head=""):
        draft = self.dir / "city.policy"
        draft.write_text(f"policy city {{\n\tversion {version}\n{head}}}\n{rules}", encoding="utf-8")
        (self.dir / "city.policy.signed").unlink(missing_ok=True)
        self.run("policy", "sign", draft.name, "--key", signer + ".key")
        return (self.dir / "city.policy.signed").read_bytes()

    def close(self):
        shutil.rmtree(self.dir)


def give(t, order):
    """The agent's answer to an order: its errno, or 0."""
    kind, answer = t.ask(ORDER, struct.pack("=I3840s", len(order), order))
    return struct.unpack_from("=i", answer)[0], answer
