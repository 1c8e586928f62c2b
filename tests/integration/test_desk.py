#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A help desk's machine: set up and taken back by the real command, with the real sekisho-otpd and no agent.

usage: test_desk.py SEKISHO_OTPD SHIFTED_CLOCK_SO SEKISHO SOURCE_ROOT [TEST...]
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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import lost_client  # noqa: E402
from agent_state import STATE  # noqa: E402
from each import run_each_private  # noqa: E402

OTPD, PRELOAD, SEKISHO, SOURCE = (pathlib.Path(word).resolve() for word in sys.argv[1:5])
SOCK = pathlib.Path("/run/sekisho/sock")
DESK, RULES = pathlib.Path("/etc/sekisho/desk"), pathlib.Path("/etc/udev/rules.d/05-sekisho-enrolled.rules")
SYSTEMCTL, CALLS = pathlib.Path("/usr/bin/systemctl"), pathlib.Path("/run/systemctl.calls")
UNASSIGNED = "policy/examples/unassigned.policy"
ENOSPC = -28
HEADER = struct.Struct("=BBHI")


class Agent:
    """A sekishod that records, as long as it runs."""

    def __init__(self):
        self.told, self.code = [], 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(SOCK / "agent"))
        self.listener.listen(4)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                with client:
                    message = client.recv(4096)
                    version, kind, _, tag = HEADER.unpack_from(message)
                    if kind == 68:
                        self.told.append(message[8:72].rstrip(b"\0").decode())
                        client.send(HEADER.pack(version, 17, 0, tag) + struct.pack("=iIQ", self.code, 0, 1))
                    else:
                        client.send(HEADER.pack(version, 65, 0, tag) + bytes(STATE.size))

    def stop(self):
        (SOCK / "agent").unlink(missing_ok=True)
        self.listener.close()


@contextlib.contextmanager
def installed():
    """The package is there, nothing is set up; what systemctl is told is written down."""
    script = pathlib.Path("/run/systemctl")
    script.write_text(f'#!/bin/sh\necho "$*" >>{CALLS}\n[ "$1" != stop ] || rm -f {SOCK}/agent\n', encoding="ascii")
    script.chmod(0o755)
    for path in DESK, RULES, CALLS:
        path.unlink(missing_ok=True)
    subprocess.run(["mount", "--bind", script, SYSTEMCTL], check=True)
    agent = Agent()
    try:
        with lost_client.machine(OTPD, PRELOAD, SOCK / "otp") as (otpd, log):
            (SOCK / "log").symlink_to(otpd.root / "log")
            log.state = None  # no zone
            (otpd.packaged / "unassigned.policy").write_bytes((SOURCE / UNASSIGNED).read_bytes())
            yield otpd.again(), log, agent
    finally:
        (SOCK / "log").unlink(missing_ok=True)
        agent.stop()
        subprocess.run(["umount", SYSTEMCTL], check=True)


def sekisho(*words, typed="", status=0):
    done = subprocess.run([SEKISHO, *words], input=typed, capture_output=True, encoding="utf-8", check=False,
                          env={**os.environ, "LANG": "C"})
    assert done.returncode == status, (words, done)
    return done.stdout + done.stderr


def calls():
    return CALLS.read_text(encoding="ascii").splitlines() if CALLS.exists() else []


def everything():
    """What /etc holds, and when it was written."""
    return {path: path.lstat().st_mtime_ns for path in pathlib.Path("/etc").rglob("*") if not path.is_dir()}


def set_up(phone, status=0, steps=0):
    return sekisho("setup", "--desk", "--admin", "suzuki", typed=phone.code(steps) + "\n", status=status)


def nothing_changes_before_two_people_and_a_code():
    with installed() as (otpd, _, agent):
        before = everything()
        phone = otpd.enroll("suzuki")
        sekisho("setup", "--desk", "--admin", "suzuki", typed=phone.wrong() + "\n", status=1)
        assert "set-up stopped here" in sekisho("setup", "--admin", "suzuki", typed=phone.wrong() + "\n", status=1)
        assert "two people" in set_up(phone, status=1)
        assert not agent.told and everything() == before
        otpd.enroll("tanaka")
        agent.code = ENOSPC
        assert "the log" in set_up(phone, status=1, steps=1)
        assert everything() == before and not calls()
        for words in (("--desk",), ("--desk", "--remove"), ("--desk", "--admin", "suzuki", "--order", "a")):
            assert "Usage: " in sekisho("setup", *words, status=1)


def a_desk_has_no_guard_and_touches_nothing_else():
    with installed() as (otpd, _, agent):
        before = everything()
        phone = otpd.enroll("suzuki")
        otpd.enroll("tanaka")
        assert "This machine has no guard" in set_up(phone)
        assert agent.told == ["setup.desk"] and calls() == ["stop sekishod.socket sekishod.service"], calls()
        assert set(everything().items()) - set(before.items()) == {(DESK, DESK.lstat().st_mtime_ns)}
        assert len(everything()) == len(before) + 1, "something is gone"

        shown = sekisho("status")
        assert "help desk machine, NO GUARD" in shown and "OPEN" not in shown, shown
        assert [line.split()[1] for line in shown.splitlines()] == ["desk", "log", "codes"], shown
        told = json.loads(sekisho("status", "--json"))
        assert (told["guarded"], told["role"]) == (False, "desk"), told
        report = json.loads(subprocess.run([SEKISHO, "doctor", "--json"], capture_output=True, check=False).stdout)
        found = {finding["id"]: finding["severity"] for finding in report["findings"]}
        assert found.get("pam.desk") == "weak" and "pam.not-set-up" not in found, found

        assert "already" in set_up(phone, status=1)
        assert "help desk's machine" in sekisho("setup", "--admin", "suzuki", status=1)
        assert "+" in sekisho("token", "desk")

        otpd.revoke("tanaka")
        assert "two people" in sekisho("status", status=1)
        agent.listener.close()
        agent = Agent()
        assert "sekishod runs" in sekisho("status", status=1)
        sekisho("setup", "--remove")
        assert agent.told == ["setup.remove"] and calls()[-1] == "start sekishod.socket sekishod.service", calls()
        assert everything() == before
        told = json.loads(sekisho("status", "--json", status=1))
        assert told["role"] == "terminal", told
        agent.stop()


def a_guard_is_the_stronger():
    with installed() as (otpd, _, agent):
        phone = otpd.enroll("suzuki")
        otpd.enroll("tanaka")
        RULES.parent.mkdir(parents=True, exist_ok=True)
        RULES.touch()
        assert "the guard of this terminal is on" in set_up(phone, status=1)
        assert not DESK.exists() and not agent.told and not calls()
        DESK.touch()
        told = json.loads(sekisho("status", "--json", status=1))
        assert told["role"] == "terminal" and any(gate["gate"] == "usb" for gate in told["gates"]), told


def a_profile_that_is_commented_out_is_none():
    with installed():
        common = pathlib.Path("/etc/pam.d/common-auth")
        before = common.read_bytes()
        lines = "auth required pam_sekisho.so collect{0}\n{1}auth required pam_unix.so\n{1}auth required pam_sekisho.so verify\n"
        try:
            for comment, blank, is_on in (("", "", True), ("", "\t# ", False), (" # not verify", "#", False)):
                common.write_text(lines.format(comment, blank), encoding="ascii")
                shown = [line for line in sekisho("status", status=1).splitlines() if line.split()[1] == "login"]
                assert len(shown) == 1 and shown[0].startswith("ok" if is_on else "OPEN"), shown
        finally:
            common.write_bytes(before)


def the_units_look_for_it():
    for unit in "sekishod.service", "sekishod.socket":
        lines = (SOURCE / "packaging/systemd" / unit).read_text(encoding="ascii").splitlines()
        conditions = [line for line in lines if line.startswith("Condition")]
        for desk in False, True:
            for rules in False, True:
                for path, there in ((DESK, desk), (RULES, rules)):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch() if there else path.unlink(missing_ok=True)
                starts = subprocess.run(["systemd-analyze", "condition", *conditions], capture_output=True, check=False)
                assert (starts.returncode == 0) == (rules or not desk), (unit, desk, rules, starts)


TESTS = [
    nothing_changes_before_two_people_and_a_code, a_desk_has_no_guard_and_touches_nothing_else, a_guard_is_the_stronger,
    a_profile_that_is_commented_out_is_none, the_units_look_for_it,
]

if __name__ == "__main__":
    sys.exit(run_each_private(TESTS))
