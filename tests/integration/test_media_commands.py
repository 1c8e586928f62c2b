#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho media as people type it: what goes to sekishod, what its rows and the log make of it.

usage: test_media_commands.py SEKISHO LOGD [TEST...]
"""

import contextlib
import csv
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from each import run_each_private  # noqa: E402
from fake_agent import FakeAgent  # noqa: E402
from logd_client import terminal_log  # noqa: E402

SEKISHO, LOGD = (os.path.abspath(word) for word in sys.argv[1:3])
EPERM, ESTALE = -1, -116
STICK = {"number": "T-0123", "kind": "usb-stick", "section": "tax", "zone": "mynumber", "classification": "3A/2/2",
         "encryption": "luks2", "serial": "60A4", "state": "registered", "since": "2026-11-20T09:00",
         "model": "ＵＳＢメモリ"}
LENT = STICK | {"number": "T-0124", "state": "lent", "holder": "sato", "due": "2020-01-31", "model": "=cmd|' /C calc'"}


def run(*words, status=0, lang="C", answers=""):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "SUDO_"))}
    done = subprocess.run([SEKISHO, "media", *words], env=env | {"LANG": lang, "TZ": "Asia/Tokyo"}, input=answers,
                          capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{words}: exit status {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@contextlib.contextmanager
def agent(*media, permits=()):
    fake = FakeAgent()
    fake.media, fake.permits = list(media), list(permits)
    try:
        yield fake
    finally:
        fake.close()


def registering_takes_two_people_and_every_field():
    with agent() as fake:
        words = ["register", "Ｔ－０１２３", "--port", "1-4", "--kind", "usb-stick", "--section", "tax", "--zone",
                 "mynumber", "--zone", "lgwan", "--classification", "3A/2/2", "--encryption", "luks2", "--model",
                 "ＵＳＢ", "--note", "棚の上", "--issuer", "suzuki", "--approver", "yamada"]
        said = run(*words, answers="111111\n222222\n")
        assert "T-0123 is in the register" in said and "Entry 381 of the log" in said, said
        assert fake.acts == [{
            "act": "media.register", "issuer": "suzuki", "issuer_code": "111111", "approver": "yamada",
            "approver_code": "222222", "fields": {
                "medium_number": "T-0123", "port": "1-4", "kind": "usb-stick", "section": "tax",
                "zone": "mynumber lgwan", "classification": "3A/2/2", "encryption": "luks2", "model": "ＵＳＢ",
                "note": "棚の上"}}], fake.acts
        fake.acts.clear()
        fake.media = [STICK | {"weak_serial": "yes"}]
        assert "warning: its serial number" in run(*words, answers="111111\n222222\n")
        said = run(*words[:-1], "suzuki", answers="1\n2\n", status=1)
        assert "two people" in said and len(fake.acts) == 1, said
        said = run("register", "T-1", "--kind", "usb-stick", status=1)
        assert "--port is missing" in said, said


def each_act_says_what_it_did():
    with agent() as fake:
        for words, act, fields, said in (
                (["lend", "T-1", "--to", "sato", "--due", "令和８年１２月２８日"], "media.lend",
                 {"holder": "sato", "due": "2026-12-28"}, "T-1 is lent."),
                (["return", "T-1", "--erased-by", "ito"], "media.return", {"erased_by": "ito"}, "T-1 is back."),
                (["lost", "T-1", "--noticed", "2026-11-02 09:15", "--note", "bus"], "media.lost",
                 {"noticed": "2026-11-02T09:15", "note": "bus"}, "reported lost"),
                (["missing", "T-1"], "media.missing", {}, "T-1 is missing.")):
            assert said in run(*words), words
            done = fake.acts.pop()
            assert done["act"] == act and done["fields"] == fields | {"medium_number": "T-1"}, done
            assert not done["issuer_code"] and not done["approver_code"], done
        for words, act in ((["found", "T-1"], "media.found"),
                           (["dispose", "T-1", "--method", "破砕", "--certificate", "R8-55"], "media.dispose")):
            run(*words, "--issuer", "suzuki", "--approver", "yamada", answers="1\n2\n")
            done = fake.acts.pop()
            assert (done["act"], done["issuer_code"], done["approver_code"]) == (act, "1", "2"), done
        assert "紛失届を受け付けました" in run("lost", "T-1", lang="ja_JP.UTF-8")


def what_is_refused_has_a_sentence():
    with agent() as fake:
        fake.result = (2, 1)
        said = run("found", "T-1", "--issuer", "suzuki", "--approver", "yamada", answers="1\n2\n", status=1)
        assert "yamada: wrong code" in said and "suzuki: wrong" not in said, said
        fake.refusal = (ESTALE, "T-1 is lost; remedy: sekisho media found T-1")
        assert "remedy: sekisho media found T-1" in run("lend", "T-1", "--to", "a", "--due", "2026-12-01", status=1)
        assert "is no time; remedy" in run("lend", "T-1", "--to", "a", "--due", "soon", status=1)
        assert "--due is missing" in run("lend", "T-1", "--to", "a", status=1)
        assert "longer than 255 bytes" in run("missing", "T-1", "--note", "x" * 256, status=1)
        for words in (["lend"], ["lend", "T-1", "T-2", "--to", "a", "--due", "2026-12-01"], ["lost", "--no-such"]):
            assert "Usage: sekisho media" in run(*words, status=1), words
        fake.refusal = (EPERM, "no")
        assert "sekisho-admin" in run("list", status=1)
    assert "sekishod does not answer" in run("list", status=1)


def width(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def lists_line_up_and_are_whole_in_json():
    with agent(STICK, LENT) as fake:
        lines = run("list", lang="ja_JP.UTF-8").splitlines()
        assert len(lines) == 3 and "未返却" in lines[2] and "登録" in lines[1], lines
        column = width(lines[0][:lines[0].index("所属")])
        for line in lines[1:]:
            assert width(line[:line.index("tax")]) == column, lines
        rows = json.loads(run("list", "--json"))
        assert [row["overdue"] for row in rows] == [False, True] and rows[0]["holder"] == "", rows
        assert set(STICK) < set(rows[0]), rows
        assert [row["number"] for row in json.loads(run("list", "--state", "lent", "--json"))] == ["T-0124"]
        assert [row["number"] for row in json.loads(run("list", "--overdue", "--json"))] == ["T-0124"]
        assert "is no state of a medium" in run("list", "--state", "l", status=1)
        assert "held by" in run("show", "T-0124") and json.loads(run("show", "T-0124", "--json"))["holder"] == "sato"
        assert "is not in the register; remedy" in run("show", "T-9", status=1)
        fake.media = [STICK | {"weak_serial": "yes", "here_only": "yes"}]
        assert not rows[0]["here_only"] and not rows[0]["weak_serial"], rows
        assert json.loads(run("list", "--json"))[0] == rows[0] | {"here_only": True, "weak_serial": True}
        said = run("show", "T-0123")
        assert "says little" in said and "Only this terminal knows it; remedy" in said, said
        fake.media = [STICK | {"section": "\x1b[31mred"}]
        assert "\x1b" not in run("list")
        fake.media = []
        assert "The register has no media." in run("list") and json.loads(run("list", "--json")) == []


def what_is_overdue_is_told_by_the_exit_status():
    late = {"number": "R8-T-7", "stage": "expired", "used": "1", "until": "2026-01-02T10:00", "medium_number": "T-0123"}
    with agent(STICK, LENT, permits=[late]) as fake:
        said = run("overdue", status=1)
        assert "T-0124" in said and "R8-T-7" in said and "T-0123  " not in said.split("\n\n")[0], said
        both = json.loads(run("overdue", "--json", status=1))
        assert [len(both[key]) for key in ("media", "permits")] == [1, 1], both
        fake.media, fake.permits = [STICK], [late | {"stage": "closed"}, late | {"used": "0"}]
        assert "Everything is back." in run("overdue")
        fake.permits = [late]
        assert "R8-T-7" in run("overdue", status=1)
    assert "does not answer" in run("overdue", status=2)


def taking_stock_compares_the_log_with_the_register():
    others = [STICK | {"number": f"T-{n}"} for n in (1, 2, 3)]
    lost, gone = STICK | {"number": "T-4", "state": "lost"}, STICK | {"number": "T-5", "state": "disposed"}
    with agent(*others, lost, gone), terminal_log(LOGD) as log:
        log.append("device.read-only", medium_number="T-1", vid="0951")
        assert "1 there, 0 that do not fit, 2 not shown" in run("stocktake", status=1)
        log.append("media.mismatch", medium_number="T-2", vid="0951")
        log.append("device.block", medium_number="T-2", vid="0951")
        log.append("device.block", medium_number="T-4", vid="0951")
        log.append("media.lend", medium_number="T-3", user="sato")
        said = run("stocktake", status=1, lang="ja_JP.UTF-8")
        assert "一致1点、不一致1点、未提示1点" in said and "1点ありました" in said and "T-5" not in said, said
        results = {row["number"]: row["result"] for row in json.loads(run("stocktake", "--json", status=1))["media"]}
        assert results == {"T-1": "present", "T-2": "mismatch", "T-3": "not-presented", "T-4": "lost"}, results
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "stock.csv"
            run("stocktake", "--csv", path, status=1)
            assert path.read_bytes().startswith(b"\xef\xbb\xbf") and b"\r\n" in path.read_bytes()
            rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
            assert len(rows) == 5 and rows[1][0] == "T-1", rows
            assert "is there already" in run("stocktake", "--csv", path, status=2)
        assert "not shown" in run("stocktake", "--since", "yesterday", status=1)
        assert "is not a time" in run("stocktake", "--since", "noon", status=2)
    with agent(others[0]), terminal_log(LOGD) as log:
        log.append("media.seen", medium_number="T-1")
        assert "1 there, 0 that do not fit, 0 not shown" in run("stocktake")
    with agent(STICK | {"number": "T-1", "section": "=1+1"}), terminal_log(LOGD) as log, \
            tempfile.TemporaryDirectory() as folder:
        log.append("media.seen", medium_number="T-1")
        run("stocktake", "--csv", f"{folder}/a")
        assert b"\"'=1+1\"" in pathlib.Path(f"{folder}/a").read_bytes()
    with agent(STICK):
        run("stocktake", status=2)


def an_incident_has_what_must_be_reported():
    lost = STICK | {"state": "lost"}
    with agent(lost, LENT), terminal_log(LOGD) as log:
        log.append("terminal.state", terminal="T-0042", zone="mynumber")
        said = run("incident", "T-0123")
        assert "never at this terminal" in said and "NO EVIDENCE" in said and "media lost NUMBER" in said, said
        log.append("permit.request", permit="P-1", medium_number="T-0123", user="sato", purpose="tax",
                   destination="国税局", carrier="施錠ケース")
        log.append("permit.approve", permit="P-1", medium_number="T-0123", user="sato", approver="yamada")
        log.append("permit.use", permit="P-1", medium_number="T-0123", user="sato", access="write",
                   cipher="aes-xts-plain64", key_bits="512", kdf="argon2id")
        log.append("medium.files", permit="P-1", medium_number="T-0123", files="3", bytes="4096")
        log.append("permit.end", permit="P-1", medium_number="T-0123", files="3", bytes="4096")
        log.append("medium.files", medium_number="T-0124", files="9", bytes="9999")
        log.append("media.lost", medium_number="T-0123", user="ito", noticed="2026-11-02T09:15", note="bus")
        log.append("device.block", medium_number="T-0123", user="mallory")
        facts = json.loads(run("incident", "T-0123", "--json"))
        assert (facts["user"], facts["terminal"], facts["permit"]) == ("sato", "T-0042", "P-1"), facts
        assert (facts["files"], facts["bytes"], facts["approver"]) == (3, 4096, "yamada"), facts
        assert facts["encryption_evidence"]["cipher"] == "aes-xts-plain64", facts
        assert facts["report"] | {"reported": ""} == {
            "noticed": "2026-11-02T09:15", "reported": "", "reporter": "ito", "note": "bus",
            "prompt_from": "2026-11-04", "prompt_until": "2026-11-06", "final": "2026-12-01",
            "final_wilful": "2027-01-04"}, facts
        said = run("incident", "T-0123", lang="ja_JP.UTF-8")
        for words in ("国税局", "速報目安", "2026-11-04 - 2026-11-06", "2027-01-04", "aes-xts-plain64", "argon2id"):
            assert words in said, said
        log.append("media.return", medium_number="T-0123", erased_by="ito")
        assert json.loads(run("incident", "T-0123", "--json"))["bytes"] == 0
        assert json.loads(run("incident", "T-0124", "--json"))["report"]["final"] == ""
        assert "is not in the register" in run("incident", "T-9", status=1)
        assert datetime.date.today().isoformat()[:4] in said


sys.exit(run_each_private([
    registering_takes_two_people_and_every_field,
    each_act_says_what_it_did,
    what_is_refused_has_a_sentence,
    lists_line_up_and_are_whole_in_json,
    what_is_overdue_is_told_by_the_exit_status,
    taking_stock_compares_the_log_with_the_register,
    an_incident_has_what_must_be_reported,
]))
