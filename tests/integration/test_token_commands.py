#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho token through the real daemon: from a maker's file to a person, and what is refused.

usage: test_token_commands.py SEKISHO_OTPD SEKISHO SAMPLES [TEST...]
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from test_otpd import daemon as bare_daemon
from each import run_each
from otpd_client import Phone, steady
import private_run

SEKISHO, SAMPLES = sys.argv[2], pathlib.Path(sys.argv[3])
OTP = "/run/sekisho/sock/otp"
KEY = "12345678901234567890123456789012\n"


@contextlib.contextmanager
def daemon():
    with bare_daemon() as (otpd, log):
        os.symlink(otpd.path, OTP)
        try:
            yield otpd, log
        finally:
            os.unlink(OTP)


def sekisho(*words, answers="", lang="C"):
    return subprocess.run([SEKISHO, "token", *map(str, words)], input=answers, text=True, capture_output=True,
                          env={**os.environ, "LC_ALL": lang, "LANG": lang}, timeout=20)


def listed():
    return json.loads(sekisho("list", "--json").stdout)


def package(serial, secret):
    return f"""<KeyPackage><DeviceInfo><SerialNo>{serial}</SerialNo></DeviceInfo>
<Key Id="{serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><AlgorithmParameters>
<ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><PlainValue>{base64.b64encode(secret).decode()}</PlainValue></Secret>
<TimeInterval><PlainValue>30</PlainValue></TimeInterval></Data></Key></KeyPackage>
"""


def container(path, packages):
    path.write_text('<?xml version="1.0"?>\n<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">\n'
                    + "".join(packages) + "</KeyContainer>\n")
    return path


def a_phone_of_another_kind_is_enrolled():
    with daemon() as (otpd, _):
        steady(6)
        with subprocess.Popen([SEKISHO, "token", "enroll", "sato", "--algorithm", "sha512", "--digits", "8", "--period",
                               "60", "--label", "tax office", "--ascii"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, bufsize=1) as command:
            for line in command.stdout:
                if line.startswith("otpauth://"):
                    break
            secret = re.search("secret=([A-Z2-7]+)", line)[1]
            assert "algorithm=SHA512&digits=8&period=60" in line, line
            phone = Phone(secret, (3, 8, 60))
            command.stdin.write(phone.wrong() + "\n" + phone.code() + "\n")
            command.stdin.close()
            assert command.wait(10) == 0
        token = listed()[0]
        assert (token["algorithm"], token["digits"], token["period"], token["label"], token["state"]) == (
            "SHA512", 8, 60, "tax office", "active"), token
        assert otpd.result("sato", phone.code(1)) == "ACCEPTED"
        for bad in ("--digits 7", "--period 45", "--algorithm md5", "--label"):
            assert sekisho("enroll", "sato", *bad.split()).returncode == 1, bad


def an_encrypted_file_becomes_somebodys_token():
    with daemon() as (otpd, log):
        before = len(log.events)
        key = otpd.root / "key"
        key.write_text(KEY)
        for words, answers in ((("--key-file", key, "--dry-run"), ""), (("--dry-run",), KEY)):
            shown = sekisho("import", SAMPLES / "totp-6.xml", *words, answers=answers)
            assert shown.returncode == 0 and "987654321" in shown.stdout, shown
        for file, option in (("totp-6.xml", "--password-file"), ("totp-7.xml", "--key-file"), ("plain.xml", "--key-file")):
            refused = sekisho("import", SAMPLES / file, option, key)
            assert refused.returncode == 1 and "in that way" in refused.stderr, refused
        assert listed() == [] and len(log.events) == before, "a dry run changes something"
        assert sekisho("import", SAMPLES / "totp-6.xml", "--key-file", key).returncode == 0
        assert [t["state"] for t in listed()] == ["unassigned"]
        again = sekisho("import", SAMPLES / "totp-7.xml", answers="qwerty\n")
        assert again.returncode == 1 and "987654321" in again.stderr and "remedy" in again.stderr, again
        phone = Phone(b"12345678901234567890", (1, 8, 30))
        steady(6)
        assigned = sekisho("assign", "987654321", "sato", answers=f"{phone.wrong()}\n{phone.code(-1)}\n")
        assert assigned.returncode == 0, assigned
        assert otpd.result("sato", phone.code()) == "ACCEPTED"
        codes = f"{phone.code(9)}\n{phone.code(10)}\n"
        assert sekisho("resync", "sato", "--token", "987654321", answers=codes).returncode == 0
        assert sekisho("resync", "sato", answers=codes).returncode == 1, "used"
        assert listed()[0]["drift_sec"] == 300
        assert "+300 s" in sekisho("list").stdout and sekisho("list", "--unused", "1").stdout == ""
        assert sekisho("revoke", "sato", "--token", "987654321").returncode == 0 and listed() == []


def status():
    shown = subprocess.run([SEKISHO, "status", "--json"], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    return {gate["gate"]: gate for gate in json.loads(shown.stdout)["gates"]}


def a_clock_that_runs_wrong_is_a_warning():
    with daemon() as (otpd, _):
        steady(12)
        phones = {f"user{n}": otpd.enroll(f"user{n}", (1, 6, 60)) for n in range(3)}
        assert "clock" not in status()
        for user, phone in phones.items():
            assert otpd.result(user, phone.code(1)) == "ACCEPTED"
        clock = status()["clock"]
        assert clock["closed"] and clock["warning"] and "60 s slow" in clock["detail"], clock


def a_thousand_tokens_in_one_file():
    with daemon() as (otpd, _):
        file = container(otpd.root / "many.xml", [package(f"HW{n:04}", b"%020d" % n) for n in range(1000)])
        shown = sekisho("import", file)
        assert shown.returncode == 0 and "1000" in shown.stdout and "unencrypted" in shown.stderr, shown
        assert len(listed()) == 1000
        assert len(sekisho("list", "--unused", "30").stdout.splitlines()) == 1000, "never used"
        assert sekisho("revoke", "--token", "HW0500").returncode == 0 and len(listed()) == 999


def one_bad_token_keeps_all_out():
    with daemon() as (otpd, log):
        good = [package(f"HW{n}", b"%020d" % n) for n in range(30)]
        for bad, part in ((package("HW3", b"1" * 20), "HW3"), (package("HW99", b"short"), "HW99"),
                          (package("HW99", b"1" * 20).replace("totp", "hotp"), "HOTP"), ("<a", "well-formed")):
            result = sekisho("import", container(otpd.root / "bad.xml", [*good, bad]))
            assert result.returncode == 1 and part in result.stderr, result
            assert re.search(r"bad.xml:\d+: ", result.stderr), result
        assert listed() == [] and not log.events
        japanese = sekisho("import", SAMPLES / "figure-2.xml", lang="ja_JP.UTF-8")
        assert japanese.returncode == 1 and "トークン 12345678: 時計のない回数方式" in japanese.stderr, japanese
        (otpd.root / "large.xml").write_bytes(b" " * (8 * 1024 * 1024 + 1))
        for path in ("large.xml", "none.xml", "."):
            assert sekisho("import", otpd.root / path).returncode == 1, path


def a_file_that_would_reach_out_is_refused():
    with daemon() as (otpd, _):
        secret = otpd.root / "secret"
        secret.write_text("TOPSECRET")
        file = otpd.root / "entity.xml"
        for doctype in (f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>',
                        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
                        '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'):
            text = container(file, [package("HW&a;", b"1" * 20)]).read_text()
            file.write_text(text.replace("<KeyContainer", doctype + "<KeyContainer", 1))
            trace = otpd.root / "calls"
            result = subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=openat,connect,socket", SEKISHO, "token",
                                     "import", file], capture_output=True, text=True)
            assert result.returncode == 1 and "DTD" in result.stderr, result
            calls = trace.read_text()
            assert "secret" not in calls and "AF_INET" not in calls, calls
        assert listed() == []


def child_of(process):
    """The process that parses, confined, and what the kernel says of it."""
    end = time.monotonic() + 10
    while True:
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end or process.kill(), "nobody confines himself"
        for child in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            child = pathlib.Path("/proc") / child
            status = dict(line.split(":\t", 1) for line in (child / "status").read_text().splitlines())
            if status["Seccomp"] == "2":
                return child, status
        time.sleep(0.01)


def who_parses_has_no_rights():
    with daemon() as (otpd, _):
        with subprocess.Popen([SEKISHO, "token", "import", SAMPLES / "totp-6.xml"], stdin=subprocess.PIPE, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "LC_ALL": "C"}) as command:
            child, status = child_of(command)
            assert status["Uid"].split() == status["Gid"].split() == ["65534"] * 4, status
            assert status["Groups"].strip() == "" and int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0, status
            assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", status
            limits = {line[:26].strip(): line[26:].split()[0] for line in (child / "limits").read_text().splitlines()}
            sanitized = "libasan" in (child / "maps").read_text()
            assert sanitized or limits["Max data size"] == str(384 << 20), limits
            assert (limits["Max cpu time"], limits["Max open files"], limits["Max core file size"]) == ("10", "1", "0"), limits
            fds = {fd.name: os.readlink(fd) for fd in (child / "fd").iterdir()}
            assert fds["0"].startswith("socket:") and (sanitized or len(fds) == 1), fds
            os.kill(int(child.name), signal.SIGKILL)
            shown, _ = command.communicate(KEY)
            assert command.returncode == 1 and "more memory or time" in shown, shown
        assert listed() == []


def bombs_go_off_apart():
    laughs = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi"))
    with daemon() as (otpd, _):
        file = otpd.root / "bomb.xml"
        head = '<?xml version="1.0"?>\n<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">\n'
        for content, part in ((f'<!DOCTYPE x [<!ENTITY a "ha">{laughs}]><x>&i;</x>', "DTD"),
                              (head + "<a>" * 1000000, "well-formed"),
                              (head + "<a/>" * 2000000 + "</KeyContainer>", "no token"),
                              (head + "<KeyPackage/>" * 600000 + "</KeyContainer>", "600000 errors")):
            file.write_text(content)
            result = subprocess.run([SEKISHO, "token", "import", file], capture_output=True, text=True,
                                    env={**os.environ, "LC_ALL": "C"})
            assert result.returncode == 1 and part in result.stderr and len(result.stderr) < 200000, result.stderr[:500]
        with open(file, "wb") as huge:
            huge.truncate(1 << 30)
        result = sekisho("import", file)
        assert result.returncode == 1 and "larger than" in result.stderr, result
        assert listed() == []


TESTS = [
    a_phone_of_another_kind_is_enrolled, an_encrypted_file_becomes_somebodys_token, a_thousand_tokens_in_one_file, a_clock_that_runs_wrong_is_a_warning,
    one_bad_token_keeps_all_out, who_parses_has_no_rights, bombs_go_off_apart, a_file_that_would_reach_out_is_refused,
]


if not private_run.is_possible():
    print("1..0 # SKIP needs root and a mount namespace of its own")
    sys.exit(0)
private_run.enter()
sys.exit(run_each(TESTS))
