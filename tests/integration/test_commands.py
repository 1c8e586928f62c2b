#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the command answers to wrong use, and that nothing is lost by it; needs no daemon and no root.

usage: test_commands.py SEKISHO
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

SEKISHO = os.path.abspath(sys.argv[1])
RULE = "rule stick read-only {\n    usb 0951:1666\n    serial AA11\n    only storage\n}\n"
POLICY = "policy city {\n    version 1\n    expires 2099-12-31\n}\n" + RULE
TAKES_NOTHING_MORE = (
    ["status"], ["devices"], ["token", "list"], ["order", "show"], ["policy", "show"], ["policy", "generate"],
    ["order", "check", "a"], ["order", "install", "a"], ["key", "show", "a"], ["key", "generate", "a"],
    ["policy", "check", "a"], ["policy", "install", "a"], ["policy", "diff", "a", "b"], ["policy", "impact", "a"],
    ["media", "list"], ["media", "show", "a"], ["media", "incident", "a"], ["permit", "list"], ["permit", "show", "a"],
    ["permit", "check", "a"], ["permit", "import", "a"], ["permit", "sign", "a", "--key", "k"],
    ["policy", "explain", "a"], ["policy", "sign", "a", "--key", "k"], ["order", "sign", "a", "--key", "k"],
)


class Desk:
    """A folder, and the command run in it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sekisho-desk-")
        self.dir = pathlib.Path(self.folder.name)
        self.write("city.policy", POLICY)

    def write(self, name, text):
        (self.dir / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    def read(self, name):
        return (self.dir / name).read_bytes()

    def run(self, *words, status=0, lang="C", stdin=b"", stdout=subprocess.PIPE):
        env = {k: v for k, v in os.environ.items() if not k.startswith("LC_")} | {"LANG": lang}
        done = subprocess.run([SEKISHO, *words], cwd=self.dir, env=env, input=stdin, stdout=stdout,
                              stderr=subprocess.PIPE, check=False)
        out, errors = ((text or b"").decode() for text in (done.stdout, done.stderr))
        assert done.returncode == status, f"{words}: exit status {done.returncode}: {out}{errors}"
        return out, errors


def wrong_use_is_told_on_stderr(desk):
    for words in TAKES_NOTHING_MORE:
        for more in (["surplus"], ["--no-such-option"]):
            out, errors = desk.run(*words, *more, status=2 if words[1:2] == ["diff"] else 1)
            assert not out and "sekisho " + words[0] in errors, (words, more, out, errors)
    for words in (["devices"], ["policy", "generate"], ["policy", "show"]):
        assert "sekishod does not answer: " in desk.run(*words, status=1)[1]
    for words in (["shut"], ["policy", "shut"]):
        assert "unknown command 'shut'" in desk.run(*words, status=1)[1]


def wrong_options_are_named_in_japanese(desk):
    for words in (["status"], ["policy", "explain", "x"], ["policy", "check", "x"], ["token", "list"]):
        errors = desk.run(*words, "--no-such", status=1, lang="ja_JP.UTF-8")[1]
        assert "'--no-such' というオプションはありません" in errors, errors
    assert "'--key' には値が必要です" in desk.run("policy", "sign", "x", "--key", status=1, lang="ja_JP.UTF-8")[1]
    assert "unknown option '-x'" in desk.run("log", "-x", status=1)[1]


def every_command_explains_itself(desk):
    for words in TAKES_NOTHING_MORE:
        short = words[:2] if words[0] == "policy" else words[:1]
        for lang in "C", "ja_JP.UTF-8":
            out, errors = desk.run(*short, "--help", lang=lang)
            assert "sekisho " + " ".join(short) in out and not errors, (short, out, errors)


def an_output_that_is_full_is_a_failure(desk):
    for words in (["--help"], ["policy", "check", "--help"], ["policy", "check", "city.policy", "--elsewhere"],
                  ["policy", "diff", "city.policy", desk.write("other", RULE)]):
        with open("/dev/full", "wb") as full:
            assert "could be written" in desk.run(*words, status=3, stdout=full)[1]


def options_stand_anywhere(desk):
    desk.run("key", "generate", "--output", "s.key", "suzuki")
    desk.run("policy", "sign", "--key", "s.key", "--output", "out", "city.policy")
    desk.run("key", "generate", "tanaka")
    signers = "".join(f'    signer {name} "{public(desk, key)}" order\n'
                      for name, key in (("suzuki", "s.key"), ("tanaka", "tanaka.key")))
    desk.write("order", f"order T-1 {{\n    number 1\n    zone lgwan\n{signers}}}\n")
    desk.run("order", "sign", "--key", "s.key", "order")
    assert b"suzuki" in desk.read("order.signed")


def signing_replaces_nothing_but_what_is_signed(desk):
    for name in "suzuki", "tanaka":
        desk.run("key", "generate", name)
    os.mkfifo(desk.dir / "pipe")
    for output in "city.policy", "suzuki.key", "pipe", "folder":
        if output == "folder":
            (desk.dir / output).mkdir()
        errors = desk.run("policy", "sign", "city.policy", "--key", "suzuki.key", "--output", output, status=1)[1]
        assert "is nothing signed; remedy: " in errors, errors
    assert desk.read("city.policy") == POLICY.encode() and (desk.dir / "pipe").is_fifo()
    for name in "suzuki", "suzuki":
        desk.run("policy", "sign", "city.policy", "--key", name + ".key")
    before = desk.read("city.policy.signed")
    errors = desk.run("policy", "sign", "city.policy", "--key", "tanaka.key", status=1)[1]
    assert "the same text signed by others" in errors and desk.read("city.policy.signed") == before, errors
    desk.run("policy", "sign", "city.policy.signed", "--key", "tanaka.key")
    assert desk.read("city.policy.signed").startswith(before)
    assert "others" in desk.run("policy", "sign", "city.policy", "--key", "suzuki.key", status=1)[1]
    desk.write("city.policy", POLICY.replace("version 1", "version 2"))
    desk.run("policy", "sign", "city.policy", "--key", "suzuki.key")


def a_wrong_key_is_called_what_it_is(desk):
    desk.run("key", "generate", "suzuki")
    desk.write("suzuki.pub", public(desk, "suzuki.key") + "\n")
    assert "is no secret key" in desk.run("policy", "sign", "city.policy", "--key", "suzuki.pub", status=1)[1]
    assert "neither a secret key nor a public one" in desk.run("key", "show", "city.policy", status=1)[1]
    assert public(desk, "suzuki.pub") == public(desk, "suzuki.key")
    (desk.dir / "suzuki.key").chmod(0o644)
    for words in (["key", "show", "suzuki.key"], ["policy", "sign", "city.policy", "--key", "suzuki.key"]):
        assert "could have been read by others" in desk.run(*words, status=1)[1]
    assert not (desk.dir / "city.policy.signed").exists()


def hostile_records_are_refused_where_they_are_wrong(desk):
    good = {"v": 1, "vid": "0951", "pid": "1666", "serial": "AA11", "interfaces": "0:storage"}
    for text, wanted in (
            ("", "saved:1:0: not one record"), ("{}", "does not say which interfaces"), ("[]", "holds 0 records"),
            ("{\n  \"vid\": }", "saved:2:10: not one record"), (json.dumps([good, good]), "holds 2 records"),
            (json.dumps(good) + "\n" + json.dumps(good), "saved:2:"), ("[1]", "not a record of a device"),
            (json.dumps(good | {"v": 2}), "not of version 1"), (json.dumps(good | {"v": "1"}), "not of version 1"),
            (json.dumps(good | {"vid": "xyz"}), "'xyz' cannot be the value of 'vid'"),
            (json.dumps(good | {"product": "a\x1b[31mb"}), "\\x1b[31mb' cannot be the value of 'product'"),
            (json.dumps(good | {"port": "\u202e"}), "\\u{202e}' cannot be"), ('{"vid": "\\ud800"}', "not one record"),
            (json.dumps(good | {"x\x1b": "\x07"}), "'\\x07' cannot be the value of 'x\\x1b'"),
            (json.dumps(good | {"serial": "x" * 3000}), "cannot be the value of 'serial'"), ("\x1b[31m", "\\x1b"),
    ):
        desk.write("saved", text)
        out, errors = desk.run("policy", "explain", "--saved", "saved", "--policy", "city.policy", status=1)
        assert not out and wanted in errors and "\x1b" not in errors and "\u202e" not in errors, (text, errors)


def a_record_is_explained_from_the_input(desk):
    record = {"v": 1, "vid": "0951", "pid": "1666", "serial": "BB22", "interfaces": "0:storage", "product": "棒"}
    words = ["policy", "explain", "--saved", "-", "--policy", "city.policy"]
    out, _ = desk.run(*words, stdin=json.dumps(record).encode())
    assert "does not fit: serial AA11" in out and "=> block: no rule fits" in out, out
    told = json.loads(desk.run(*words, "--json", "--with", "serial=AA11", stdin=json.dumps(record).encode())[0])
    assert told["interfaces"][0]["by"] == {"rule": "stick", "file": "city.policy", "line": 5}, told
    told = json.loads(desk.run(*words, "--json", stdin=json.dumps(record).encode())[0])
    assert told["interfaces"][0]["before"][0]["condition"] == "serial AA11", told
    for wrong in "serail=AA11", "zone=office", "at=tomorrow", "serial":
        assert "no such fact or value" in desk.run(*words, "--with", wrong, stdin=json.dumps(record).encode(), status=1)[1]
    for right in "serial=", "user=alice", "groups=a b", "medium=luks2", "at=2026-11-23 19:30", "port=1-1", "zone=lgwan":
        desk.run(*words, "--with", right, stdin=json.dumps(record).encode())
    assert "city" not in desk.run("policy", "sign", "-", "--key", "k", status=1)[1]


def diff_says_what_was_and_what_is(desk):
    old = "set sticks serial {\n    AA11\n    BB22\n}\n" + POLICY.replace("serial AA11", "serial @sticks")
    desk.write("old", old + "zone lgwan {\n    throttle 5 1m 1h\n}\n")
    new = old.replace("BB22", "CC33").replace("version 1", "version 2").replace("read-only {", "allow {")
    key = "kansa+1d3f8bbd+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA"
    new = new.replace("only storage\n", "only storage\n    permit read\n", 1)
    desk.write("new", new.replace("only storage\n", "only storage\n    reason \"税務課\"\n")
               + "zone lgwan {\n    throttle 3 1m 1h\n    record-files " + key + "\n    scan-record required\n    observe {\n        until 2099-01-01\n    }\n}\n")
    out, _ = desk.run("policy", "diff", "old", "new", status=1)
    for line in ("- version 1", "+ version 2", "- rule stick read-only", "+ rule stick allow", '+ reason "税務課"',
                 "- serial BB22", "+ serial CC33", "- throttle 5 60s 3600s", "+ throttle 3 60s 3600s",
                 "+ observe until 2099-01-01 23:59", "+ permit read", f'+ record-files "{key}"', "+ scan-record required"):
        assert f"    {line}\n" in out, (line, out)
    assert "AA11" not in out, out
    told = json.loads(desk.run("policy", "diff", "old", "new", "--json", status=1)[0])
    assert [d["of"] for d in told] == ["policy", "rule", "zone", "zone", "zone", "zone"] and told[1]["parts"] == ["verdict", "reason", "serial", "permit"], told
    assert json.loads(desk.run("policy", "diff", "old", "old", "--json")[0]) == []


def an_error_is_no_difference(desk):
    desk.write("bad", "rule a allow {\n    usb x\n}\n")
    for words in (["city.policy", "missing"], ["city.policy", "bad"], ["city.policy"], ["--bogus", "a", "b"]):
        out, errors = desk.run("policy", "diff", *words, status=2)
        assert not out and errors


def entry(number, **fields):
    head = {"v": 1, "seq": number, "t": "2026-11-22T20:31:07.123456Z", "bt": 1, "boot": "0" * 32, "type": "device.block"}
    facts = {"verdict": "block", "rule": "default", "vid": "0951", "pid": "1666", "serial": "AA11", "port": "1-1",
             "device_classes": "storage", "interfaces": "0:storage", "interface": "0", "product": "棒"}
    return json.dumps(head | facts | fields, ensure_ascii=False, separators=(",", ":"))


def impact_asks_the_log_again(desk):
    (desk.dir / "log").mkdir()
    lines = [entry(n, serial=f"{n % 1000:04}" if n % 2 else "AA11") for n in range(100000)]
    odd = [entry(100000, rule="\x1b[31m"), entry(100001, reason="gate_shut", interface=None), entry(100002, v=2), "no entry",
           entry(100003, interface="0 1 x", interfaces="0:storage 1:keyboard", device_classes="storage keyboard"),
           entry(100004, verdict="allow", rule="old"), entry(100005, verdict="perhaps")]
    desk.write("log/seg-000000000000.jsonl", "\n".join(lines + odd) + "\n")
    words = ["policy", "impact", "city.policy", "--dir", "log"]
    told = json.loads(desk.run(*words, "--json")[0])
    changes = told.pop("changes")
    assert told == {"asked": 100003, "otherwise": 50001, "left_out": 3, "broken": 1}, told
    assert changes[0] == {"times": 50000, "before": "block", "after": "read-only", "rule_before": "default",
                          "rule_after": "stick", "example": "0951:1666 棒 @1-1"}, changes
    assert changes[1]["before"] == "allow" and changes[1]["rule_before"] == "old", changes
    out, _ = desk.run(*words)
    assert "50000 times block -> read-only: rule default -> stick" in out and "1 lines are no entries" in out, out
    assert "\x1b" not in out
    assert "No such file" in desk.run(*words[:-1], "nowhere", status=1)[1]
    assert "'soon' is not a time" in desk.run(*words, "--since", "soon", status=1)[1]


def impact_knows_numbers_permits_and_exceptions(desk):
    (desk.dir / "permits").mkdir()
    seen = [{"medium_number": "T-1", "permit": "R8-1", "access": "write", "user": "sato"},
            {"medium_number": "T-1", "permit": "R8-1", "access": "read", "user": "sato"},
            {"medium_number": "T-1", "user": "sato"}, {"medium_number": "?", "user": "sato"}, {"user": "sato"},
            {"medium_number": "T-1", "user": "sato", "exceptions": "quake flood"}]
    desk.write("permits/seg-000000000000.jsonl", "".join(entry(n, **facts) + "\n" for n, facts in enumerate(seen)))
    desk.write("draft", "rule flood read-only {\n    exception flood\n    medium-number *\n}\n"
               "rule write allow {\n    permit write\n}\nrule read read-only {\n    permit read\n}\n")
    told = json.loads(desk.run("policy", "impact", "draft", "--dir", "permits", "--json")[0])
    changes = [(c["rule_after"], c["after"], c["times"]) for c in told["changes"]]
    assert changes == [("write", "allow", 1), ("read", "read-only", 1), ("flood", "read-only", 1)], told


def check_tells_programs_too(desk):
    told = json.loads(desk.run("policy", "check", "city.policy", "--json", "--elsewhere")[0])
    assert told["accepted"] and told["rules"] == 1, told
    assert [(d["severity"], d["line"]) for d in told["found"]] == [("warning", 7)], told
    desk.write("bad", "rule a allow {\n    usb x\n    bogus y\n}\n")
    told = json.loads(desk.run("policy", "check", "bad", "--json", status=1, lang="ja_JP.UTF-8")[0])
    assert [(d["severity"], d["line"], d["column"]) for d in told["found"]] == [("error", 2, 9), ("error", 3, 5)], told
    assert not told["accepted"] and "対処: " in told["found"][0]["text"], told


def public(desk, key):
    return desk.run("key", "show", key)[0].splitlines()[0]


TESTS = [
    wrong_use_is_told_on_stderr, wrong_options_are_named_in_japanese, every_command_explains_itself,
    an_output_that_is_full_is_a_failure, options_stand_anywhere,
    signing_replaces_nothing_but_what_is_signed, a_wrong_key_is_called_what_it_is,
    hostile_records_are_refused_where_they_are_wrong, a_record_is_explained_from_the_input,
    diff_says_what_was_and_what_is, an_error_is_no_difference, impact_asks_the_log_again,
    impact_knows_numbers_permits_and_exceptions,
    check_tells_programs_too,
]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        desk = Desk()
        try:
            test(desk)
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception as error:  # one case must not end the others
            failed += 1
            print(f"not ok {number} - {test.__name__}: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


sys.exit(main())
