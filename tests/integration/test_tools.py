#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The policy commands beside a sekishod that runs: generate, explain, show, check, status.

usage: umockdev-wrapper test_tools.py SEKISHOD SEKISHO    (as root: in a mount namespace of its own)
"""

import contextlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import unicodedata

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

import private_run  # noqa: E402
from agent_terminal import becomes, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_usb import KEYBOARD, STORAGE  # noqa: E402
from orders import ENVIRONMENT, RULES, Office, give  # noqa: E402

AGENT = "/run/sekisho/sock/agent"
HEADER, FACT = struct.Struct("=BBHI"), struct.Struct("=BBHII3072s")
KIND_FACT, KIND_END = 73, 127
SEKISHO = os.path.abspath(sys.argv[2])
HUB, VENDOR, SCANNER = (9, 0, 0), (0xff, 1, 1), (3, 0, 0)
HOSTILE = (
    ("1-1", "0951:1666", [STORAGE], "60A44C413FAE", "DataTraveler \x1b[31m\u202eevil"),
    ("1-2", "0951:1667", [STORAGE], "SHARED", ""), ("1-3", "0951:1667", [STORAGE], "SHARED", ""),
    ("1-4", "0951:1668", [STORAGE], "", ""), ("1-5", "0951:1669", [STORAGE, KEYBOARD], "@a\" b\\c {x} #", "}"),
    ("1-6", "1111:0001", [VENDOR], "\u3042" * 126, "\u3044" * 126), ("1-7", "1111:0002", [STORAGE], "tab\there", "\""),
    ("1-8", "1111:0003", [STORAGE, VENDOR], "\u5168\u3000", ""), ("1-9", "1111:0004", [STORAGE], "x" * 125 + "\u202e", ""),
)
WITHOUT_RULE = (("2-1", "046d:c31c", [KEYBOARD], "", "Keyboard"), ("2-2", "0bda:5411", [HUB], "", "Hub"),
                ("2-3", "0c2e:0200", [SCANNER], "", "Scanner"), ("2-4", "dead:0001", [], "", "nothing"))


def run(*words, status=0, lang="C", stdin=""):
    env = {k: v for k, v in ENVIRONMENT.items() if not k.startswith("LC_")} | {"LANG": lang}
    done = subprocess.run([SEKISHO, *map(str, words)], env=env, input=stdin.encode(), capture_output=True, check=False)
    out, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == status, f"{words}: exit status {done.returncode}: {out}{errors}"
    return out + errors


def plug(t, devices):
    found = [t.bus.plug(port, ident, interfaces, serial, product) for port, ident, interfaces, serial, product in devices]
    for device in devices:
        becomes("known", lambda port=device[0]: [e for e in t.log.find(port=port) if e["type"] != "device.remove"])
    return found


def generated_rules_are_read_and_open_what_is_there():
    with terminal(policy="# nothing\n") as t:
        private_run.show_agent(t)
        devices = plug(t, HOSTILE)
        plug(t, WITHOUT_RULE)
        draft = t.root / "generated.policy"
        for lang in "ja_JP.UTF-8", "C":
            draft.write_text(text := run("policy", "generate", lang=lang), encoding="utf-8")
            assert "10 rules, no errors" in (shown := run("policy", "check", draft)), shown
        assert text.count("rule device-") == 10 and "8 devices; 3 keyboards" in text, text
        assert "rule device-dead" not in text and "it does not show what it is" in text, text
        assert " allow {\n    usb 0951:" not in text.replace("-rest allow", ""), "storage could be written"
        t.reload(text)
        becomes("all open", lambda: all(d.authorized(n) for d in devices for n in range(len(d.interfaces))), 8)
        for port, _, interfaces, _, _ in HOSTILE:
            told = json.loads(run("policy", "explain", port, "--policy", draft, "--json"))
            verdicts = [i["verdict"] for i in told["interfaces"]]
            assert verdicts == ["read-only" if i == STORAGE else "allow" for i in interfaces], (port, verdicts)


def explain_asks_what_is_in_force():
    with terminal(policy="# nothing\n") as t:
        private_run.show_agent(t)
        plug(t, HOSTILE[:1] + WITHOUT_RULE[:2])
        assert "=> block: no rule fits" in run("policy", "explain", "1-1")
        for port in "2-1", "2-2":
            assert "=> works without a rule" in run("policy", "explain", port)
        t.reload("rule no-keys block {\n    usb 046d:c31c\n}\nzone unassigned {\n    observe {\n        until 2099-01-01\n    }\n}\n")
        becomes("loaded", lambda: t.state()["rules"] == 1)
        assert "OBSERVING ONLY" in run("policy", "explain", "60A44C413FAE")
        assert "OBSERVING ONLY" in run("policy", "show") and "OBSERVING ONLY" in run("status", status=1)
        assert "by rule no-keys" in run("policy", "explain", "2-1")
        assert "no device '9-9' is attached" in run("policy", "explain", "9-9", status=1)


def install_says_whether_it_is_in_force():
    office = Office(SEKISHO)
    with terminal(policy=RULES) as t:
        private_run.show_agent(t)
        new = t.root / "new.policy"
        new.write_text("rule x\n", encoding="utf-8")
        assert "new.policy:1:1: " in run("policy", "install", new, status=1)
        new.write_text(RULES.replace("allow", "block"), encoding="utf-8")
        assert "is in force, 1 rules" in run("policy", "install", new) and t.policy.read_bytes() == new.read_bytes()
        assert give(t, office.order(1, "lgwan"))[0] == 0
        for version, more, wanted in ((3, {}, "is in force"), (2, {}, "version 2 is older than 3"), (3, {"rules": "# other\n"}, "3"),
                                      (4, {"signer": "mallory"}, "not signed by anybody who may"),
                                      (5, {"head": "\texpires 2026-01-01\n"}, "has expired"), (6, {}, "is in force")):
            new.write_bytes(office.policy(version, **more))
            before, refused = t.policy.read_bytes(), "is in force" not in wanted
            said = run("policy", "install", new, status=int(refused))
            assert wanted in said and (t.policy.read_bytes() == before) == refused, said
            assert not refused or "not installed, the policy before stays in force" in said, said
            assert t.state()["version"] == (version if not refused else 3), t.state()
    office.close()


def columns_line_up_in_japanese():
    with terminal(policy="# nothing\n") as t:
        private_run.show_agent(t)
        plug(t, (("1-1", "1111:0001", [VENDOR], "あ" * 9, "棒"), ("1-2", "1111:0002", [VENDOR], "A", "")))
        for lang in "ja_JP.UTF-8", "C":
            gates = run("status", status=1, lang=lang).splitlines()
            names = ("agent", "usb", "policy", "zone", "boot", "log", "codes", "login")
            assert len({width(line.split(f" {name} ")[0]) for line, name in zip(gates, names, strict=True)}) == 1, gates
            rows = run("devices", lang=lang).splitlines()
            assert len({width(row[:row.index(mark)]) for row, mark in zip(rows[1:], (" block", " block"), strict=True)}) == 1
            assert all(row == row.rstrip() for row in rows), rows
            usage = run("policy", "--help", lang=lang).splitlines()
            assert len({width(line[:line.index("sekisho policy")]) for line in usage[:8]}) == 1, usage


def status_says_what_is_open_and_why():
    with terminal(started=False, policy="rule keyboards block {\n\tinterface keyboard\n}\n") as t:
        (t.gate / "ask-input").mkdir(parents=True)  # nothing can be written there
        t.start()
        private_run.show_agent(t)
        for number in range(8):
            t.bus.bed.add_device("thunderbolt", f"domain{number}", None, ["security", "none"], [])
        t.reload()
        becomes("looked at", lambda: t.state()["open_gates"] == 8)
        gates = json.loads(run("status", "--json", status=1))["gates"]
        found = [(gate["gate"], gate["detail"]) for gate in gates if not gate["closed"] and gate["gate"] in ("ports", "input", "more")]
        assert [gate for gate, _ in found] == ["ports"] * 6 + ["more", "input"], found
        assert found[0][1] == "open: /sys/devices/domain0/security: none" and found[6][1] == "2 others are open", found
        assert found[7][1].startswith("new keyboards are opened without asking: write ask-input: "), found
        assert [gate["closed"] for gate in gates if gate["gate"] == "usb"] == [True], gates
        assert "開いています: /sys/devices/domain0/security: none" in run("status", status=1, lang="ja_JP.UTF-8")


@contextlib.contextmanager
def attached(*devices):
    """An agent that knows these and nothing else; each with a vendor and a product of its own."""
    if os.path.lexists(AGENT):
        os.unlink(AGENT)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(AGENT)
    listener.listen(8)

    def serve():
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                client, _ = listener.accept()
                with client:
                    version, _, _, tag = HEADER.unpack(client.recv(64))
                    for number, facts in enumerate(devices):
                        facts = {"vid": "0951", "pid": f"{number:04x}", "interfaces": "0:storage", "zone": "mynumber"} | facts
                        fields = "".join(f"{key}\0{value}\0" for key, value in facts.items()).encode()
                        client.send(FACT.pack(version, KIND_FACT, 0, tag, len(fields), fields))
                    client.send(HEADER.pack(version, KIND_END, 0, tag))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield
    finally:
        listener.close()
        os.unlink(AGENT)


def number_and_permit_are_shown_and_used():
    policy = pathlib.Path("/run/permits.policy")
    policy.write_text("rule with-permit allow {\n    only storage\n    permit write\n}\nrule flood read-only {\n"
                      "    medium-number *\n    exception flood\n}\n")
    with attached({"serial": "A1", "medium_number": "T-1", "user": "sato", "permit": "R8-1", "access": "write"},
                  {"serial": "A2", "medium_number": "?", "user": "sato"}, {"serial": "A3", "exceptions": "quake flood"},
                  {"serial": "A4", "medium_number": "T-4", "user": "sato", "permit": "R8-4", "access": "read"}):
        told = run("policy", "explain", "A1", "--policy", policy)
        for fact in ("medium_number    T-1", "permit           R8-1", "access           write", "=> allow, by rule with-permit"):
            assert fact in told, told
        told = run("policy", "explain", "A2", "--policy", policy)
        assert "medium_number    ?" in told and "NOT KNOWN, may fit: permit write" in told and "=> block" in told, told
        told = json.loads(run("policy", "explain", "A3", "--policy", policy, "--json"))
        assert told["facts"]["exceptions"] == "quake flood", told
        assert [step["condition"] for step in told["interfaces"][0]["before"]] == ["permit write", "medium-number *"], told
        assert "does not fit: permit write" in run("policy", "explain", "A4", "--policy", policy)
        assert "by rule flood" in run("policy", "explain", "A4", "--policy", policy, "--with", "exceptions=flood")
        assert "by rule with-permit" in run("policy", "explain", "A4", "--policy", policy, "--with", "access=write")
        draft = run("policy", "generate")
        assert 'read-only {\n    medium-number "T-1"\n    only storage\n' in draft, draft
        assert 'usb 0951:0002\n    serial "A3"\n' in draft and 'serial "A1"' not in draft, draft
        policy.write_text(draft)
        assert "4 rules, no errors" in run("policy", "check", policy)


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


TESTS = [generated_rules_are_read_and_open_what_is_there, explain_asks_what_is_in_force, install_says_whether_it_is_in_force,
         columns_line_up_in_japanese, status_says_what_is_open_and_why,
         number_and_permit_are_shown_and_used]


if not private_run.is_possible():
    print("1..0 # SKIP a mount namespace needs root")
    sys.exit(0)
private_run.enter()
private_run.own_state()
sys.exit(run_each(TESTS))
