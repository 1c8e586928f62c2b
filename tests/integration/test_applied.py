#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What sekishod applied to its devices is what the command explains, for policies drawn by chance.

usage: umockdev-wrapper test_applied.py SEKISHOD SEKISHO

SEKISHO_SEED repeats a run, SEKISHO_ROUNDS says how many policies.
"""

import json
import os
import pathlib
import random
import re
import subprocess
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import becomes, terminal  # noqa: E402
from fake_usb import KEYBOARD, STORAGE  # noqa: E402
from orders import ENVIRONMENT  # noqa: E402

SEKISHO = os.path.abspath(sys.argv[2])
SEED = int(os.environ.get("SEKISHO_SEED", random.randrange(1 << 30)))
ROUNDS = min(int(os.environ.get("SEKISHO_ROUNDS", 12)), 200)
NETWORK, PHONE, VENDOR = (2, 6, 0), (6, 1, 1), (0xff, 0x42, 1)
DEVICES = (
    ("1-1", "0951:1666", [STORAGE], "AA11"), ("1-2", "0951:1666", [STORAGE, KEYBOARD], "BB22"),
    ("1-3", "0951:1667", [STORAGE, VENDOR], ""), ("1-4", "18d1:4ee2", [PHONE, VENDOR], "BB22"),
    ("1-5", "18d1:4ee3", [NETWORK], "CC33"), ("1-6", "046d:c31c", [VENDOR], ""),
)
CONDITIONS = (
    "usb 0951:1666", "usb 0951:1666 0951:1667", "usb 18d1:*", "serial AA11", "serial AA11 BB22", "serial @sticks",
    "only storage", "only storage keyboard", "only phone vendor", "interface storage", "interface vendor phone",
    "interface network", "port 1-1", "port 1-2 1-3", "zone unassigned", "zone mynumber", "bus usb",
    "user nobody-of-this-name", "until 2026-01-01", "until 2099-12-31", "weekdays mon tue wed thu fri sat sun",
)


def draw_policy(chance):
    rules = []
    for number in range(chance.randrange(1, 9)):
        verdict = chance.choice(("block", "allow", "allow", "read-only"))
        kinds = {line.split()[0]: line for line in chance.sample(CONDITIONS, chance.randrange(1, 4))}
        body = "".join(f"\t{line}\n" for line in kinds.values())
        rules.append(f"rule r{number} {verdict} {{\n{body}}}\n")
    return "set sticks serial {\n\tCC33\n\tAA11\n}\n" + "".join(rules)


def explained(folder, policy, entry):
    """What the command comes to for the device of a log entry: a verdict for each interface."""
    saved = folder / "saved.json"
    saved.write_text(json.dumps(entry), encoding="utf-8")
    done = subprocess.run([SEKISHO, "policy", "explain", "--saved", saved, "--policy", policy], env=ENVIRONMENT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, (entry, done.stdout, done.stderr)
    return [verdict != "block" for verdict in re.findall(r"^ *=> ([a-z-]+)", done.stdout, re.M)]


def differing(t, devices):
    """The first device that is not as the policy says, or None."""
    for (port, _, interfaces, _), device in zip(DEVICES, devices, strict=True):
        entries = [e for e in t.log.find(port=port) if e["type"].startswith("device.")]
        if not entries:
            return f"{port}: not in the log"
        wanted = explained(t.root, t.policy, entries[-1])
        found = [device.authorized(number) for number in range(len(interfaces))]
        if wanted != found:
            return f"{port}: explained {wanted}, applied {found}"
    return None


def holds_for_any_policy():
    chance = random.Random(SEED)
    with terminal(policy=draw_policy(chance)) as t:
        devices = [t.bus.plug(*device) for device in DEVICES]
        for number in range(ROUNDS):
            try:
                becomes("as explained", lambda: differing(t, devices) is None)
            except AssertionError:
                raise AssertionError(f"seed {SEED}, policy {number}: {differing(t, devices)}") from None
            n_loads = len(t.log.find(type="policy.load"))
            while t.policy.read_text(encoding="utf-8") == (text := draw_policy(chance)):
                pass
            t.reload(text)
            becomes("loaded", lambda n=n_loads: len(t.log.find(type="policy.load")) > n)


print("1..1")
try:
    holds_for_any_policy()
    print(f"ok 1 - holds_for_any_policy (seed {SEED})")
except Exception as error:  # told as a test's result
    print(f"not ok 1 - holds_for_any_policy: {type(error).__name__}: {error}")
    sys.exit(1)
