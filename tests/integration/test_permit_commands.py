#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sekisho permit as people type it, and uses against permits from the log alone.

usage: test_permit_commands.py SEKISHO LOGD WRITE-LOG [TEST...]
"""

import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from each import run_each_private  # noqa: E402
from fake_agent import FakeAgent  # noqa: E402
from logd_client import Logd, terminal_log  # noqa: E402

SEKISHO, LOGD, WRITE_LOG = (os.path.abspath(word) for word in sys.argv[1:4])
NOBODY = 65534
PERMIT = {"number": "R8-T-0042-7", "stage": "requested", "purpose": "tax", "classification": "3A",
          "medium_number": "T-0123", "terminal": "T-0042", "user": "sato", "section": "tax", "access": "write",
          "from": "2026-12-25T14:30", "until": "2026-12-25T16:30", "uses": "1", "used": "0", "requester": "sato",
          "carrier": "職員が施錠ケースで搬送", "destination": "国税局"}
REQUEST = ["request", "--purpose", "tax", "--classification", "3A", "--medium", "T-0123"]


def run(*words, status=0, lang="C", answers="", user=None):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "SUDO_"))}
    done = subprocess.run([SEKISHO, "permit", *map(str, words)], env=env | {"LANG": lang, "TZ": "Asia/Tokyo"},
                          input=answers, capture_output=True, text=True, check=False, user=user)
    assert done.returncode == status, f"{words}: exit status {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@contextlib.contextmanager
def agent(*permits):
    fake = FakeAgent()
    fake.permits = list(permits)
    try:
        yield fake
    finally:
        fake.close()


def for_anybody(fake):
    os.chmod("/run/sekisho", 0o755)
    os.chmod("/run/sekisho/sock", 0o755)
    os.chmod(fake.path, 0o666)


def asking_says_who_can_approve():
    with agent(PERMIT | {"approvers": "yamada ito"}) as fake:
        words = [*REQUEST, "--from", "１４：３０", "--until", "2026-12-25T16:30"]
        said = run(*words)
        assert "Permit R8-T-0042-7 is asked for." in said and "yamada ito" in said, said
        assert "sekisho permit approve R8-T-0042-7" in said, said
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9))).date().isoformat()
        assert fake.acts.pop() == {
            "act": "permit.request", "issuer": "", "issuer_code": "", "approver": "", "approver_code": "",
            "fields": {"purpose": "tax", "classification": "3A", "medium_number": "T-0123",
                       "from": f"{today}T14:30", "until": "2026-12-25T16:30", "access": "read", "uses": "1"}}
        run(*words, "--write", "--uses", "３", "--carrier", "職員", "--destination", "国税局", "--note", "x")
        fields = fake.acts.pop()["fields"]
        assert (fields["access"], fields["uses"], fields["carrier"]) == ("write", "3", "職員"), fields
        for more, said in ((["--uses", "many"], "is no number"), (["--until", "25:00"], "is no time"),
                           (["--from", ""], "needs a text"), (["more"], "Usage: sekisho permit request"),
                           (["--purpose", "x" * 65], "longer than")):
            assert said in run(*words, *more, status=1), more
        names = "carrier destination note company contract worker subcontract".split()
        run(*words, *(word for name in names for word in (f"--{name}", "申" * 85)))
        fields = fake.acts.pop()["fields"]
        assert all(fields[name] == "申" * 85 for name in names), fields
        assert "--until is missing" in run(*words[:-2], status=1) and not fake.acts


def the_approver_sees_it_first_and_gives_his_code():
    with agent(PERMIT) as fake:
        said = run("approve", "R8-T-0042-7", "--approver", "yamada", answers="123456\n", lang="ja_JP.UTF-8")
        shown, asked = said.index("国税局"), said.index("承認者の認証コード(yamada)")
        assert shown < asked and "税務データ提出" in said and "読み書き" in said and "承認しました" in said, said
        done = fake.acts.pop()
        assert (done["act"], done["approver"], done["approver_code"], done["issuer_code"]) == (
            "permit.approve", "yamada", "123456", ""), done
        assert done["fields"] == {"permit": "R8-T-0042-7"}, done
        for result, words in ((2, "wrong code"), (4, "(30 s)"), (0, "yamada: ")):
            fake.result = (result, 1)
            assert words in run("approve", "R8-T-0042-7", "--approver", "yamada", answers="1\n", status=1)
        fake.acts.clear()
        assert "no answer" in run("approve", "R8-T-0042-7", "--approver", "yamada", status=1) and not fake.acts
        assert "there is no permit P-9" in run("approve", "P-9", "--approver", "yamada", answers="1\n", status=1)
        assert "--approver is missing" in run("approve", "R8-T-0042-7", status=1) and not fake.acts


def the_other_decisions():
    with agent(PERMIT) as fake:
        for words, act, code, fields in (
                (["deny", "P-1", "--approver", "yamada", "--reason", "年度外"], "permit.deny", "1", {"reason": "年度外"}),
                (["revoke", "P-1", "--reason", "異動"], "permit.revoke", "", {"reason": "異動"}),
                (["close", "P-1", "--erased-by", "ito"], "permit.close", "1", {})):
            run(*words, answers="1\n")
            done = fake.acts.pop()
            assert (done["act"], done["approver_code"]) == (act, code), done
            assert done["fields"] == {"permit": "P-1"} | fields, done
        fake.refusal = (-1, "yamada is the requester; remedy: somebody else approves")
        assert "remedy: somebody else" in run("deny", "P-1", "--approver", "yamada", answers="1\n", status=1)


VENDOR = ["vendor", "--section", "tax", "--until", "16:30", "--company", "株式会社保守", "--contract", "K-12", "--worker", "鈴木",
          "--classification", "2"]


def sha(data):
    return hashlib.sha256(data).hexdigest()


def what_a_company_announced_goes_along():
    """A hash, a file, a short list taken apart, and a long one by its own hash."""
    patch, name = b"patch" * 100000, "パッチ.bin"
    long = "".join(f"{sha(bytes([n]))}  {n}\n" for n in range(9)).encode()
    with agent(PERMIT | {"approvers": "yamada"}) as fake, tempfile.TemporaryDirectory() as folder:
        for file, data in {"patch": patch, "short": f"{sha(patch)} *{name}\r\n\n{sha(long)}  b\n".encode(), "long": long,
                           "empty": b""}.items():
            pathlib.Path(folder, file).write_bytes(data)
        for words, expected in (([], ""), (["A" * 64], "a" * 64), ([f"{folder}/patch"], sha(patch)),
                                ([f"{folder}/short"], f"{sha(patch)} {sha(long)}"), ([f"{folder}/long"], sha(long)),
                                ([f"{folder}/empty"], sha(b"")), (["b" * 64, f"{folder}/short"],
                                                                  f"{'b' * 64} {sha(patch)} {sha(long)}")):
            said = run(*VENDOR, *[w for word in words for w in ("--expect", word)])
            fields = fake.acts.pop()["fields"]
            assert fields.get("expected", "") == expected, (words, fields)
        assert "yamada" in said and (fields["access"], fields["uses"], fields["purpose"]) == ("vendor", "1", "maintenance"), fields
        for words, why in ((["c" * 64, "d" * 64, f"{folder}/short"], "more than 3 hashes"), (["12"], "no SHA-256"),
                           (["/nonexistent"], "No such file")):
            said = run(*VENDOR, *[w for word in words for w in ("--expect", word)], status=1)
            assert why in said and "remedy: " in said and not fake.acts, said


def who_witnesses_gives_his_own_code():
    with agent(PERMIT | {"access": "vendor", "company": "株式会社保守"}) as fake:
        for_anybody(fake)
        said = run("witness", "R8-T-0042-7", answers="123456\n", lang="ja_JP.UTF-8", user=NOBODY)
        assert said.index("株式会社保守") < said.index("認証コード") and "立会いを確認しました" in said, said
        done = fake.acts.pop()
        assert (done["act"], done["issuer"], done["issuer_code"], done["approver"]) == (
            "permit.witness", "nobody", "123456", ""), done


def a_work_record_has_both_names_and_what_happened():
    with terminal_log(LOGD) as log:
        assert "the log knows no permit" in run("record", "R8-1", status=1)
        facts = {"permit": "R8-1", "access": "vendor"}
        log.append("permit.request", **facts, user="sato", permit_user="sato", company="株式会社保守", contract="K-12",
                   worker="鈴木", scan="S-0815", serial="BA10", section="tax", terminal="T-0042", purpose="maintenance")
        log.append("permit.approve", **facts, user="sato", approver="yamada", company="株式会社保守", worker="鈴木",
                   permit_user="sato")
        log.append("permit.witness", **facts, user="sato")
        log.append("medium.manifest", permit="R8-1", result="as_expected", files="12", manifest="ab" * 32)
        log.append("permit.use", permit="R8-2", user="mallory")
        log.append("permit.request", permit="R8-3", access="write", user="ito")
        said = run("record", "R8-1", lang="ja_JP.UTF-8")
        for words in ("委託事業者 作業記録", "株式会社保守", "K-12", "S-0815", "BA10", "yamada", "照合一致", "12 個のファイル",
                      "ab" * 32, "作業者   鈴木  __", "立会職員 sato  __"):
            assert words in said, (words, said)
        assert "mallory" not in said
        assert [entry["type"] for entry in json.loads(run("record", "R8-1", "--json"))] == [
            "permit.request", "permit.approve", "permit.witness", "medium.manifest"]
        assert "the log knows no permit" in run("record", "R8-3", status=1)


def anybody_may_ask_for_his_own():
    with agent(PERMIT) as fake:
        for_anybody(fake)
        assert "R8-T-0042-7" in run("list", user=NOBODY)
        run(*REQUEST, "--from", "14:30", "--until", "16:30", user=NOBODY)
        run("approve", "R8-T-0042-7", "--approver", "yamada", answers="1\n", user=NOBODY)
        assert [act["act"] for act in fake.acts] == ["permit.request", "permit.approve"], fake.acts


def each_explains_itself():
    for command, words in (("permit", "request list show approve grant deny revoke close check sign import reconcile"),
                           ("media", "register list show lend return lost found missing dispose overdue stocktake "
                                     "incident")):
        for word in words.split():
            for lang, usage in (("C", "Usage: "), ("ja_JP.UTF-8", "使い方: ")):
                done = subprocess.run([SEKISHO, command, word, "--help"], env=os.environ | {"LC_ALL": lang},
                                      capture_output=True, text=True, check=True)
                assert done.stdout.startswith(f"{usage}sekisho {command} {word}") and not done.stderr, done
                assert max(map(len, done.stdout.splitlines())) <= 90, done


def lists_say_what_is_left_to_do():
    late = PERMIT | {"number": "P-1", "stage": "expired", "used": "1", "until": "2026-01-02T10:00"}
    done = PERMIT | {"number": "P-2", "stage": "closed", "used": "1", "until": "2026-01-02T10:00"}
    unused = PERMIT | {"number": "P-3", "stage": "expired", "until": "2026-01-02T10:00"}
    running = PERMIT | {"number": "P-4", "stage": "approved", "until": "2099-01-02T10:00"}
    with agent(PERMIT, late, done, unused, running) as fake:
        def numbers(*words):
            return [row["number"] for row in json.loads(run("list", *words, "--json"))]
        assert numbers() == ["R8-T-0042-7", "P-1", "P-2", "P-3", "P-4"]
        assert numbers("--open") == ["R8-T-0042-7", "P-1", "P-4"] and numbers("--overdue") == ["P-1"]
        said = run("list", lang="ja_JP.UTF-8")
        for word in ("申請中", "未返却", "完了", "期限切れ", "承認"):
            assert word in said, said
        row = json.loads(run("show", "P-1", "--json"))
        assert row["used"] == 1 and row["overdue"] is True and row["bytes"] == 0 and row["erased_by"] == "", row
        assert set(PERMIT) < set(row), row
        fake.permits = []
        assert "There is no such permit." in run("list") and json.loads(run("list", "--json")) == []


FILE = """permit R8-T-0042-8 {
    purpose tax
    classification 3A
    medium T-0123
    terminal T-0042
    user sato
    section tax
    access write
    from 2098-12-25T14:30
    until 2098-12-25T16:30
    uses 1
    destination "国税局"
    requester sato
    approver yamada
}
"""


def a_file_is_checked_shown_and_signed():
    with tempfile.TemporaryDirectory() as folder:
        def at(name):
            return pathlib.Path(folder) / name

        def broken(old, new):
            at("bad").write_text(FILE.replace(old, new), "utf-8")
            return run("check", at("bad"), status=1) + run("sign", at("bad"), "--key", at("yamada.key"), status=1)

        subprocess.run([SEKISHO, "key", "generate", "yamada"], cwd=folder, check=True, capture_output=True)
        at("p").write_text(FILE, "utf-8")
        said = run("check", at("p"), lang="ja_JP.UTF-8")
        assert "税務データ提出" in said and "国税局" in said and "署名されていません" in said, said
        assert "tax office" not in run("sign", at("p"), "--key", at("yamada.key"))
        signed = at("p.signed").read_text("utf-8")
        assert signed.startswith(FILE) and "\n— yamada " in signed, signed
        assert "It is signed" in run("check", at("p.signed"))
        for old, new, words in (("approver yamada", "approver sato", "nobody approves"),
                                ("purpose tax", "purpose fun", "is no purpose"),
                                ("until 2098", "until 2097", "ends before it begins"),
                                ("from 2098-12-25T14:30\n    until 2098-12-25T16:30",
                                 "from 2020-01-01T10:00\n    until 2020-01-01T11:00", "its end is past"),
                                ("uses 1", "uses many", "bad:11:"), ("}", "", "bad:")):
            assert broken(old, new).count(words) >= 2, (words, broken(old, new))
            assert not at("bad.signed").exists(), words
        with agent() as fake:
            assert "is not signed; remedy" in run("import", at("p"), status=1) and not fake.acts
        assert "Usage: sekisho permit sign" in run("sign", at("p"), status=1)
        assert "No such file" in run("check", at("nothing"), status=1)


@contextlib.contextmanager
def log_of(*entries):
    """Its directory and key; each entry is a type and fields."""
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        logd = Logd(LOGD, folder).start()
        connection = logd.connect()
        for kind, fields in entries:
            assert connection.append(kind, **fields)[0] == 0, (kind, fields)
        connection.close()
        logd.stop()
        yield logd


def local(minutes):
    at = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9))) + datetime.timedelta(minutes=minutes)
    return at.strftime("%Y-%m-%dT%H:%M")


def granted(number="P-1", access="write", since=-60, until=60):
    return "permit.approve", {"permit": number, "medium_number": "T-0123", "permit_user": "sato", "user": "root",
                              "approver": "yamada", "access": access, "uses": "1", "from": local(since), "until": local(until)}


def used(number="P-1", user="sato"):
    return "permit.use", {"permit": number, "medium_number": "T-0123", "user": user, "access": "write"}


MOUNTED = ("medium.mount", {"verdict": "allow", "medium_number": "T-0123", "user": "sato"})
ENDED = ("permit.end", {"permit": "P-1", "medium_number": "T-0123"})
CLOSED = ("permit.close", {"permit": "P-1", "medium_number": "T-0123", "erased_by": "ito"})


def reconcile(logd, *words, **how):
    return run("reconcile", "--month", local(0)[:7], "--key", logd.vkey(), *words, logd.audit, **how)


def every_use_against_every_permit():
    with log_of(granted(), used(), MOUNTED, ENDED, CLOSED) as logd:
        said = reconcile(logd)
        assert "1 uses, 1 permits, 0 that do not fit" in said and "fits" in said and "returned" in said, said
        found = json.loads(reconcile(logd, "--json"))
        assert found["log"]["whole"] and found["unmatched"] == 0, found
        assert [use["result"] for use in found["uses"]] == ["matched"], found
        assert found["permits"][0] | {"from": "", "until": ""} == {
            "permit": "P-1", "medium_number": "T-0123", "user": "sato", "access": "write", "from": "", "until": "",
            "approver": "yamada", "uses": 1, "used": 1, "result": "returned"}, found
        before = run("reconcile", "--month", "2020-01", "--key", logd.vkey(), logd.audit)
        assert "0 uses, 0 permits" in before, before
        assert "許可1件" in reconcile(logd, lang="ja_JP.UTF-8")
    for entries, use, permit in (
            ((granted(), used(), MOUNTED, ENDED, CLOSED, MOUNTED), "no-permit", "returned"),
            ((used(),), "unknown-permit", None),
            ((granted(), used(user="ito"), ENDED, CLOSED), "other-user", "returned"),
            ((granted(access="read"), used(), ENDED, CLOSED), "read-only-permit", "returned"),
            ((granted(since=-120, until=-60), used(), ENDED, CLOSED), "not-then", "returned"),
            ((granted(), used(), ENDED, used(), ENDED, CLOSED), "too-often", "returned")):
        with log_of(*entries) as logd:
            found = json.loads(reconcile(logd, "--json", status=1))
            assert found["uses"][-1]["result"] == use, (entries, found)
            assert [p["result"] for p in found["permits"]] == ([permit] if permit else []), (entries, found)
    with log_of(granted(), used(), ENDED, ("permit.expire", {"permit": "P-1"})) as logd:
        assert "NOT RETURNED" in reconcile(logd, status=1)
    with log_of(granted(), ("permit.expire", {"permit": "P-1"})) as logd:
        assert "unused" in reconcile(logd)


def a_log_that_is_not_whole_is_not_a_yes():
    with log_of(granted(), used(), ENDED, CLOSED) as logd:
        assert "not proven" in run("reconcile", "--month", local(0)[:7], logd.audit, status=2)
        bundle = logd.audit.parent / "bundle"
        done = subprocess.run([SEKISHO, "log", "export", "--fiscal-year", str(
            datetime.date.today().year - (datetime.date.today().month < 4)), bundle, "--dir", logd.audit],
            capture_output=True, text=True, check=False, env=os.environ | {"TZ": "Asia/Tokyo"})
        assert done.returncode == 0, done
        said = run("reconcile", "--month", local(0)[:7], "--key", logd.vkey(), bundle)
        assert "1 uses, 1 permits, 0 that do not fit" in said, said
        segment = next(logd.audit.glob("seg-*"))
        segment.write_bytes(segment.read_bytes().replace(b'"approver":"yamada"', b'"approver":"yamadb"', 1))
        assert "TAMPERED WITH" in reconcile(logd, status=2) + run("reconcile", "--month", local(0)[:7], segment.parent,
                                                                  "--key", logd.vkey(), status=2)
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        # An entry each hour of one boot, from 2026-11-01 09:00: the guard was blind in between.
        subprocess.run([WRITE_LOG, folder, "100", "10", "1000000", "1793491200", "3600000"], check=True)
        said = run("reconcile", "--month", "2026-11", "--key", f"{folder}/vkey", folder, status=2)
        assert "gaps in that time" in said, said


def a_month_that_is_none_is_wrong_use():
    with log_of(granted()) as logd:
        for words in ([], ["--month", "soon"], ["--month", "2026-11-01 10:00"], ["--month", "2099-01"],
                      ["--month", "2026-11", "a", "b"], ["--no-such"]):
            assert "sekisho permit reconcile" in run("reconcile", *words, status=3), words
        assert "/nonexistent: No such file" in run("reconcile", "--month", "2026-11", "/nonexistent", status=3)
        run("reconcile", "--month", "令和８年１１月", "--key", logd.vkey(), logd.audit)


sys.exit(run_each_private([
    asking_says_who_can_approve,
    the_approver_sees_it_first_and_gives_his_code,
    the_other_decisions,
    what_a_company_announced_goes_along,
    who_witnesses_gives_his_own_code,
    a_work_record_has_both_names_and_what_happened,
    anybody_may_ask_for_his_own,
    lists_say_what_is_left_to_do,
    each_explains_itself,
    a_file_is_checked_shown_and_signed,
    every_use_against_every_permit,
    a_log_that_is_not_whole_is_not_a_yes,
    a_month_that_is_none_is_wrong_use,
]))
