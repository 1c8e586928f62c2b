#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho media beside a sekishod that runs: from what is typed to the log, and back in a list.

usage: umockdev-wrapper test_register_commands.py SEKISHOD SEKISHO [TEST...]    (as root: in a mount namespace of its own)
"""

import json
import os
import pathlib
import subprocess
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

import private_run  # noqa: E402
from agent_terminal import becomes, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_usb import STORAGE  # noqa: E402
from orders import ENVIRONMENT  # noqa: E402

SEKISHO, GOOD_CODE = os.path.abspath(sys.argv[2]), "123456"
REGISTER = """register city {
    version 1
    expires 2099-03-31
}
section tax {
    name "\u7a0e\u52d9\u8ab2"
    approver yamada
}
medium T-0123 {
    kind usb-stick
    usb 0951:1666
    serial 60A44C413FAE
    section tax
    zone mynumber
    classification 3A 2 2
    encryption none
}
"""
NEW = ["--port", "1-1", "--kind", "usb-stick", "--section", "tax", "--zone", "lgwan,internet", "--classification",
       "2/1/2", "--encryption", "none", "--note", "\u68da", "--issuer", "suzuki", "--approver", "tanaka"]


def run(*words, status=0, answers="", lang="C"):
    env = {k: v for k, v in ENVIRONMENT.items() if not k.startswith("LC_")} | {"LANG": lang}
    done = subprocess.run([SEKISHO, "media", *map(str, words)], env=env, input=answers, capture_output=True, text=True,
                          check=False)
    assert done.returncode == status, f"{words}: exit status {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def row(number):
    return json.loads(run("show", number, "--json"))


def in_force(t):
    private_run.show_agent(t)
    register = t.root / "sekisho.register"
    register.write_text(REGISTER, encoding="utf-8")
    register.chmod(0o644)
    becomes("the register is in force", lambda: t.log.find(type="register.load"))
    becomes("it is listed", lambda: json.loads(run("list", "--json")))


def what_becomes_of_a_medium():
    with terminal(policy="# nothing\n") as t:
        in_force(t)
        medium = row("T-0123")
        assert (medium["state"], medium["section"], medium["classification"]) == ("registered", "tax", "3A/2/2"), medium
        assert medium["usb"] == "0951:1666" and not medium["here_only"], medium
        assert "T-0123 is lent." in run("lend", "T-0123", "--to", "sato", "--due", "2020-01-31")
        entry = t.log.find(type="media.lend")[0]
        assert (entry["medium_number"], entry["holder"], entry["due"]) == ("T-0123", "sato", "2020-01-31"), entry
        medium = row("T-0123")
        assert (medium["state"], medium["holder"], medium["overdue"]) == ("lent", "sato", True), medium
        assert "T-0123" in run("list", "--overdue") and "\u672a\u8fd4\u5374" in run("list", lang="ja_JP.UTF-8")
        assert "remedy" in run("lend", "T-0123", "--to", "ito", "--due", "2020-02-01", status=1)
        run("return", "T-0123", "--erased-by", "ito")
        assert row("T-0123")["state"] == "registered" and t.log.find(type="media.return", erased_by="ito")
        run("missing", "T-0123")
        assert row("T-0123")["state"] == "missing"
        run("lost", "T-0123", "--noticed", "2026-11-02 09:15", "--note", "bus")
        assert row("T-0123")["state"] == "lost" and t.log.find(type="media.lost", noticed="2026-11-02T09:15")
        people = ["--issuer", "suzuki", "--approver", "tanaka"]
        said = run("found", "T-0123", *people, answers=f"{GOOD_CODE}\n1\n", status=1)
        assert "tanaka: wrong code" in said and row("T-0123")["state"] == "lost", said
        assert not t.log.find(type="media.found")
        run("found", "T-0123", *people, answers=f"{GOOD_CODE}\n{GOOD_CODE}\n")
        assert row("T-0123")["state"] == "registered", row("T-0123")
        run("dispose", "T-0123", "--method", "shredded", *people, answers=f"{GOOD_CODE}\n{GOOD_CODE}\n")
        assert row("T-0123")["state"] == "dispose-pending"
        run("dispose", "T-0123", "--method", "shredded", "--certificate", "R8-5", *people,
            answers=f"{GOOD_CODE}\n{GOOD_CODE}\n")
        assert row("T-0123")["state"] == "disposed"
        assert "remedy: sekisho media list" in run("lend", "T-9", "--to", "sato", "--due", "2020-01-31", status=1)


def a_new_one_is_what_its_device_says():
    with terminal(policy="# nothing\n") as t:
        in_force(t)
        assert "remedy: sekisho devices" in run("register", "T-0200", *NEW, answers=f"{GOOD_CODE}\n{GOOD_CODE}\n",
                                                status=1)
        t.bus.plug("1-1", "0951:1700", [STORAGE], "AB12CD34EF56", "Stick")
        becomes("known", lambda: t.log.find(port="1-1"))
        run("register", "\uff34\uff0d\uff10\uff12\uff10\uff10", *NEW, answers=f"{GOOD_CODE}\n{GOOD_CODE}\n")
        medium = row("T-0200")
        assert (medium["usb"], medium["serial"], medium["zone"]) == ("0951:1700", "AB12CD34EF56", "lgwan internet"), medium
        assert (medium["classification"], medium["note"], medium["here_only"]) == ("2/1/2", "\u68da", True), medium
        assert "Only this terminal knows it" in run("show", "T-0200")
        entry = t.log.find(type="media.register")[0]
        assert (entry["user"], entry["approver"]) == ("suzuki", "tanaka"), entry
        assert GOOD_CODE not in repr(t.log.events), "a code is in the log"
        answers = f"{GOOD_CODE}\n{GOOD_CODE}\n"
        assert "in the register already" in run("register", "T-0300", *NEW, answers=answers, status=1)
        t.bus.plug("1-2", "0951:1701", [STORAGE], "AB12CD34EF57", "Stick")
        becomes("known", lambda: t.log.find(port="1-2"))
        other = ["--port", "1-2", "--kind", "tape", *NEW[4:]]
        assert "tape" in run("register", "T-0300", *other, answers=answers, status=1)
        assert len(json.loads(run("list", "--json"))) == 2 and len(t.log.find(type="media.register")) == 1


if not private_run.is_possible():
    print("1..0 # SKIP only root has a mount namespace of his own")
    sys.exit(0)
private_run.enter()
private_run.own_state()
sys.exit(run_each([what_becomes_of_a_medium, a_new_one_is_what_its_device_says]))
