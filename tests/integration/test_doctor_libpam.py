#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `sekisho doctor` takes for libpam's walk through a stack is what libpam does.

usage: test_doctor_libpam.py PAM_LOGIN PAM_PREDICT

Draws stacks of modules whose results are known and asks both; SEKISHO_SEED and SEKISHO_ROUNDS choose
which and how many. A failure names the seed and shows the files.
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from each import run_each  # noqa: E402

SEED = int(os.environ.get("SEKISHO_SEED", "20261126"))
ROUNDS = int(os.environ.get("SEKISHO_ROUNDS", "300"))
CODES = ["success", "auth_err", "perm_denied", "ignore", "new_authtok_reqd", "user_unknown", "acct_expired"]
RESULTS = ["success"] * 14 + CODES
ACTIONS = ["ok", "ok", "done", "bad", "die", "ignore", "reset", "1", "1", "2", "3"]
SIMPLE = ["required", "requisite", "sufficient", "optional"]
NEW_AUTHTOK_REQD = 12


class Drawn:
    """Services and the files they include, in one folder."""

    def __init__(self, directory, draw):
        self.directory, self.draw = pathlib.Path(directory), draw
        self.n_files = 0

    def control(self):
        if self.draw.random() < 0.5:
            return self.draw.choice(SIMPLE)
        pairs = [f"{code}={self.draw.choice(ACTIONS)}" for code in self.draw.sample(CODES, self.draw.randint(0, 3))]
        if self.draw.random() < 0.7:
            pairs.append(f"default={self.draw.choice(ACTIONS)}")
        if self.draw.random() < 0.02:
            pairs.append(self.draw.choice(["nonsense=ok", "success=", "success=0", "default=okay"]))
        return "[" + " ".join(pairs) + "]"

    def module(self, kind):
        name = self.draw.choice(["pam_permit.so"] * 2 + ["pam_debug.so"] * 6 + ["pam_deny.so"])
        if self.draw.random() < 0.04:
            name = "pam_missing.so"
        key = {"auth": "auth", "account": "acct"}[kind]
        argument = f" {key}={self.draw.choice(RESULTS)}" if name == "pam_debug.so" else ""
        return f"{kind} {self.control()} {name}{argument}"

    def line(self, depth):
        kind = self.draw.choice(["auth", "auth", "account"])
        luck = self.draw.random()
        if depth < 3 and luck < 0.22:
            path = self.file(depth + 1)
            return self.draw.choice([f"{kind} include {path}", f"{kind} substack {path}",
                                     f"{kind} substack {path}", f"@include {path}"])
        if luck < 0.23:
            return self.draw.choice([f"{kind} include /nowhere", f"{kind} required", "nonsense required pam_permit.so",
                                     f"{kind}", f"-{kind} optional pam_permit.so", "session required pam_deny.so"])
        if luck < 0.27:
            return self.module(kind).replace(" ", " \\\n# between\n\n ", 1)
        return self.module(kind) + self.draw.choice(["", "", " # pam_permit.so \\"])

    def file(self, depth=0, name=None):
        lines = [self.line(depth) for _ in range(self.draw.randint(1, 6))]
        if depth == 0:
            lines += [self.module("auth"), self.module("account"), self.module("account")]
        self.n_files += 1
        path = self.directory / (name or f"part{self.n_files}")
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
        return path

    def shown(self):
        return "\n".join(f"--- {path.name}\n{path.read_text()}" for path in sorted(self.directory.iterdir()))


def really(directory, service):
    """(auth succeeds, account does too) as libpam has it."""
    said = subprocess.run([sys.argv[1], directory, service, "root", "x", "y"], check=False, capture_output=True,
                          encoding="utf-8", errors="replace").stdout
    result = [line for line in said.splitlines() if line.startswith("result=")]
    if not result:
        return False, False  # it gave its configuration up
    auth, account = (int(n) for n in result[0].split("=")[1].split(","))
    return auth == 0, auth == 0 and account in (0, NEW_AUTHTOK_REQD)


def predicted(directory, service):
    said = subprocess.run([sys.argv[2], directory, service], check=True, capture_output=True, encoding="ascii").stdout
    words = dict(word.split("=") for word in said.split()[1:])
    return words["auth"] == "1", words["account"] == "1"


def drawn_stacks_end_as_libpam_ends_them():
    ended = {}
    for round_ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="sekisho-stack-") as directory:
            drawn = Drawn(directory, random.Random(SEED + round_))
            drawn.file(name="service")
            drawn.file(name="other", depth=3)
            real, said = really(directory, "service"), predicted(directory, "service")
            assert real == said, (f"SEKISHO_SEED={SEED + round_} SEKISHO_ROUNDS=1: libpam {real}, doctor {said}\n"
                                  + drawn.shown())
            ended[real] = ended.get(real, 0) + 1
    assert len(ended) == 3 and min(ended.values()) * 20 > ROUNDS, f"too many of one kind: {ended}"


def broken_files_end_as_libpam_ends_them():
    stacks = {
        "jump-over-the-end": "auth [success=2] pam_permit.so\nauth required pam_permit.so\naccount required pam_permit.so\n",
        "jump-to-the-end": "auth required pam_permit.so\nauth [success=1] pam_permit.so\nauth required pam_deny.so\n",
        "backslash-at-the-end": "account required pam_permit.so\nauth required pam_permit.so\\",
        "backslash-and-blanks": "account required pam_permit.so\nauth required \\  \n pam_permit.so\n",
        "include-of-nothing": "auth required pam_permit.so\n@include /nowhere\n",
        "typed-include-of-nothing": "auth required pam_permit.so\nauth include /nowhere\n",
        "sufficient-before-nothing": "auth sufficient pam_permit.so\nauth include /nowhere\naccount required pam_permit.so\n",
        "big-letters": "AUTH Required pam_permit.so\nACCOUNT REQUIRED pam_permit.so\n",
        "no-account": "auth required pam_permit.so\n",
        "empty": "",
        "brackets": "auth [ success = ok  default=die ] pam_permit.so\naccount [success=ok] pam_permit.so [a b\\] c]\n",
    }
    for name, text in stacks.items():
        with tempfile.TemporaryDirectory(prefix="sekisho-stack-") as directory:
            (pathlib.Path(directory) / name).write_text(text, encoding="ascii")
            (pathlib.Path(directory) / "other").write_text("auth required pam_deny.so\naccount required pam_deny.so\n")
            real, said = really(directory, name), predicted(directory, name)
            assert real == said, f"{name}: libpam {real}, doctor {said}"


if __name__ == "__main__":
    sys.exit(run_each([broken_files_end_as_libpam_ends_them, drawn_stacks_end_as_libpam_ends_them]))
