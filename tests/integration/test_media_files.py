#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The register of media as files: checked, signed, exchanged with the office as CSV.  Needs no daemon and no root.

usage: test_media_files.py SEKISHO SOURCE_ROOT
Beside tests/registers/broken/NAME.register stands NAME.expected: a line "LINE:COLUMN WORDS" for each
error, in the order of the text.
"""

import csv
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SEKISHO, ROOT = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
BROKEN = sorted((ROOT / "tests/registers/broken").glob("*.register"))
HEAD = 'register city {\n    version 7\n    expires 2099-03-31\n}\nsection tax {\n    name "税務課"\n    approver sato\n}\n'
ORDER = "管理番号,USB ID,シリアル番号,所属,ゾーン,備考\r\n"


def medium(number, serial, more=""):
    return (f"medium {number} {{\n    usb 0951:1666\n    serial {serial}\n    section tax\n    zone lgwan\n"
            f"{more}}}\n")


def event(number, act, entry, at, more=""):
    return f"event {number} {act} {{\n    id {entry}\n    at {at}\n{more}}}\n"


REGISTER = HEAD + medium("T-1", "60A44C413FAE") + medium("T-2", "60A44C413FAF")


class Desk:
    """A folder, and the command run in it."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sekisho-desk-")
        self.dir = pathlib.Path(self.folder.name)

    def write(self, name, text):
        (self.dir / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    def read(self, name):
        return (self.dir / name).read_bytes().decode()

    def run(self, *words, status=0, lang="C"):
        env = {k: v for k, v in os.environ.items() if not k.startswith("LC_")} | {"LANG": lang}
        done = subprocess.run([SEKISHO, *words], cwd=self.dir, env=env, capture_output=True, check=False)
        out, errors = done.stdout.decode(), done.stderr.decode(errors="replace")
        assert done.returncode == status, f"{words}: exit status {done.returncode}: {out}{errors}"
        return out, errors

    def table(self, name):
        data = (self.dir / name).read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n"), data[:20]
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def broken_is_named(desk, path, lang):
    expected = [line.split(" ", 1) for line in path.with_suffix(".expected").read_text().splitlines()]
    _, errors = desk.run("media", "check", str(path), status=1, lang=lang)
    found = re.findall(rf"^{re.escape(str(path))}:(\d+:\d+): (.*)$", errors, re.M)
    assert [e[0] for e in found] == [e[0] for e in expected], errors
    for (_, words), (_, text) in zip(expected, found):
        if lang == "C":
            assert words in text and "remedy: " in text, f"'{words}' is not in '{text}'"
        else:
            assert "対処: " in text and "remedy" not in text, text


def broken_registers_are_named(desk):
    assert len(BROKEN) > 15
    for path in BROKEN:
        broken_is_named(desk, path, "C")
        broken_is_named(desk, path, "ja_JP.UTF-8")


def check_says_what_is_in_it(desk):
    desk.write("r", REGISTER + event("T-1", "lost", "T-0/1", "2026-11-20"))
    out, errors = desk.run("media", "check", "r")
    assert "2 media, 1 sections, 1 events" in out and "register city, version 7" in out and errors == "", out
    desk.write("weak", HEAD + medium("T-1", "12345678"))
    assert "weak:9:8: warning: serial '12345678'" in desk.run("media", "check", "weak")[1]
    desk.write("old", REGISTER.replace("2099", "2020"))
    assert "its end is past" in desk.run("media", "check", "old")[0]


def sign_makes_what_terminals_accept(desk):
    vkey = desk.run("key", "generate", "suzuki")[0]
    desk.write("r", REGISTER)
    desk.run("media", "sign", "r", "--key", "suzuki.key")
    assert desk.read("r.signed").startswith(REGISTER + "\n— suzuki "), vkey
    assert "carries a signature of suzuki" in desk.run("media", "check", "r.signed")[0]
    desk.run("key", "generate", "tanaka")
    desk.run("media", "sign", "r.signed", "--key", "tanaka.key")
    assert desk.read("r.signed").count("\n— ") == 2
    assert "signed this already" in desk.run("media", "sign", "r.signed", "--key", "tanaka.key", status=1)[1]
    desk.write("draft", REGISTER.replace("    version 7\n", ""))
    assert "has no version" in desk.run("media", "sign", "draft", "--key", "suzuki.key", status=1)[1]
    assert not (desk.dir / "draft.signed").exists()
    desk.write("wrong", REGISTER + medium("T-1", "60A44C413FA0"))
    assert "stands twice" in desk.run("media", "sign", "wrong", "--key", "suzuki.key", status=1)[1]
    assert not (desk.dir / "wrong.signed").exists()


def a_table_becomes_a_register(desk):
    for name, encoding in (("u", "utf-8"), ("b", "utf-8-sig"), ("s", "cp932")):
        text = ORDER + "T-1,０９５１：１６６６,60A44C413FAE,税務課,マイナンバー系、LGWAN系,\"a \"\"b\"\",\r\nc\"\r\n"
        desk.write(name, text.encode(encoding))
        desk.run("media", "import", name, "-o", name + ".register")
        draft = desk.read(name + ".register")
        assert 'name "税務課"' in draft and "zone mynumber lgwan" in draft, draft
        assert 'note "a \\"b\\", c"' in draft and "usb 0951:1666" in draft, draft
        desk.run("media", "check", name + ".register")
    desk.write("e", "number,usb,serial,section,zone\nT-1,0951:1666,60A44C413FAE,tax,lgwan\n")
    assert "section tax {" in desk.run("media", "import", "e")[0]


def a_register_comes_back_from_its_table(desk):
    labels = ["=1+1", "@x", "-5", "'=1", "''+2", "a,b", 'a"b', " =1", "＝1", "税", "%x", "|x"]
    text = HEAD
    for i, label in enumerate(labels):
        quoted = label.replace("\\", "\\\\").replace('"', '\\"')
        text += medium(f"T-{i:02}", f"60A44C413F{i:02}", f'    note "{quoted}"\n')
    desk.write("r", text)
    desk.run("media", "export", "--csv", "r", "-o", "t.csv")
    rows = desk.table("t.csv")
    assert [row["管理番号"] for row in rows] == [f"T-{i:02}" for i in range(len(labels))]
    for row in rows:
        for cell in row.values():
            assert not re.match(r"[\s　]*[=+\-@|%＝＋－＠]", cell), cell
    desk.run("media", "import", "t.csv", "--into", "r", "-o", "again")
    desk.run("media", "export", "r", "-o", "next")
    assert desk.read("again") == desk.read("next")
    out, _ = desk.run("media", "import", "t.csv", "--into", "r", "--dry-run")
    assert out == "0 added, 0 changed, 0 removed\n", out


def formulas_are_refused(desk):
    for cell in ("=1+1", "+1", "-1", "@x", "＝1", '"\t=1"', '=HYPERLINK("http://x")'):
        desk.write("t", ORDER + f"T-1,0951:1666,60A44C413FAE,tax,lgwan,{cell}\r\n")
        out, errors = desk.run("media", "import", "t", status=1)
        assert "t:2:6: a formula is not taken" in errors and out == "", (cell, errors)


def wrong_cells_are_named(desk):
    row = "T-{},0951:1666,60A44C413FA{},tax,lgwan,\r\n"
    cases = (
        (ORDER + row.format(1, 1) + row.format(1, 2), "t:3:1: medium 'T-1' stands twice"),
        (ORDER + row.format(1, 1) + row.format(2, 1), "t:3:1: another medium has"),
        (ORDER + row.format(1, 1).replace("lgwan", "moon"), "t:2:5: 'moon' is no zone"),
        (ORDER + row.format(1, 1).replace("lgwan", "lgwan {"), "t:2:5: "),
        (ORDER + row.format(1, 1).replace("0951:1666", "0951"), "t:2:2: '0951' is no vendor"),
        (ORDER + row.format(1, 1).replace("tax", ""), "t:2:1: medium 'T-1' belongs to no section"),
        (ORDER + "T-1,0951:1666,60A44C413FAE,tax,lgwan,a‮b\r\n", "t:2:6: invisible character U+202E"),
        (ORDER + 'T-1,"0951', "t:2:2: the quote is never closed"),
        (ORDER + 'T-1,"0951"x,\r\n', "t:2:2: text behind the closing quote"),
        (ORDER.replace("管理番号", "x"), "t:1:1: no column has the number"),
        (ORDER.replace("備考", "ゾーン"), "t:1:6: column 'ゾーン' stands twice"),
        ("", "t:1:1: the table is empty"),
    )
    for text, words in cases:
        desk.write("t", text)
        out, errors = desk.run("media", "import", "t", "-o", "o", status=1)
        assert words in errors and out == "", (words, errors)
        assert not (desk.dir / "o").exists()
    desk.write("t", ORDER.encode() + b"T-1,\xff\xff\x80\r\n")
    assert "neither UTF-8 nor Shift_JIS" in desk.run("media", "import", "t", status=1)[1]
    desk.write("t", (ORDER.rstrip() + ",x\x1b[31m\r\n" + row.format(1, 1)).encode())
    _, errors = desk.run("media", "import", "t")
    assert "t:1:7: warning: column 'x\\x1b[31m'" in errors and "\x1b" not in errors, errors


def a_table_changes_what_it_names(desk):
    desk.write("r", REGISTER + event("T-2", "lost", "T-0/1", "2026-11-20"))
    desk.write("t", ORDER + "T-1,0951:1666,60A44C413FAE,税務課,lgwan,x\r\nT-3,0951:1666,60A44C413FA3,tax,lgwan,\r\n")
    out, _ = desk.run("media", "import", "t", "--into", "r", "--dry-run")
    assert out == "~ T-1 note: - -> x\n+ T-3\n1 added, 1 changed, 0 removed\n", out
    desk.run("media", "import", "t", "--into", "r", "-o", "o")
    draft = desk.read("o")
    assert "version 8" in draft and "approver sato" in draft and "medium T-2 {" in draft, draft
    assert "event T-2 lost" in draft and draft.count("section tax {") == 1, draft
    # What happened to a medium is not forgotten by leaving it out of a table.
    out, _ = desk.run("media", "import", "t", "--into", "r", "--all", "--dry-run")
    assert "- T-2" not in out, out
    desk.write("r", REGISTER)
    out, _ = desk.run("media", "import", "t", "--into", "r", "--all", "--dry-run")
    assert "- T-2\n" in out and "1 removed" in out, out


def export_takes_in_what_happened(desk):
    desk.write("r", REGISTER)
    desk.write("s1", event("T-1", "lost", "T-1/5", "2026-11-20"))
    desk.write("s2", event("T-1", "lost", "T-2/7", "2026-11-19") + event("T-1", "found", "T-2/8", "2026-11-21"))
    desk.run("media", "export", "--add", "s1", "--add", "s2", "r", "-o", "a")
    desk.run("media", "export", "--add", "s2", "--add", "s1", "r", "-o", "b")
    desk.run("media", "export", "--add", "s2", "--add", "s1", "--add", "s1", "r", "-o", "c")
    assert desk.read("a") == desk.read("b") == desk.read("c")
    assert "version 8" in desk.read("a") and "answers T-2/7\n" in desk.read("a")
    desk.run("media", "export", "--csv", "a", "-o", "t.csv")
    assert [row["状態"] for row in desk.table("t.csv")] == ["紛失", "登録"], "T-2 did not know of the loss at T-1"
    desk.write("s3", event("T-9", "lost", "T-1/9", "2026-11-20"))
    assert "s3:1:7: there is no medium 'T-9'" in desk.run("media", "export", "--add", "s3", "r", status=1)[1]


def a_hundred_thousand_media(desk):
    many = HEAD + "".join(medium(f"T-{i}", f"60A44C{i:06}") for i in range(100000))
    desk.write("r", many)
    assert "100000 media" in desk.run("media", "check", "r")[0]
    desk.write("r", many + medium("T-100000", "60A44C100000"))
    assert "more than 100000 media" in desk.run("media", "check", "r", status=1)[1]


def the_manual_is_right(desk):
    for page in ("man/sekisho-register.5.scd", "man/ja/sekisho-register.5.scd"):
        blocks = re.findall(r"^```\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S)
        assert blocks
        for block in blocks:
            desk.write("r", block)
            assert desk.run("media", "check", "r")[1] == ""


def wrong_use_is_told(desk):
    for words in (["check"], ["check", "a", "b"], ["sign", "a"], ["import"], ["import", "a", "--all"], ["export"],
                  ["no-such"], []):
        out, errors = desk.run("media", *words, status=1)
        assert "sekisho media" in errors and out == "", words
    for name in ("check", "sign", "import", "export"):
        assert desk.run("media", name, "--help")[0].startswith("Usage: sekisho media " + name)
    desk.run("media", "check", "missing", status=1)


TESTS = [
    broken_registers_are_named, check_says_what_is_in_it, sign_makes_what_terminals_accept,
    a_table_becomes_a_register, a_register_comes_back_from_its_table, formulas_are_refused, wrong_cells_are_named,
    a_table_changes_what_it_names, export_takes_in_what_happened, a_hundred_thousand_media,
    the_manual_is_right, wrong_use_is_told,
]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        try:
            test(Desk())
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception as error:  # one case must not end the others
            failed += 1
            print(f"not ok {number} - {test.__name__}: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


sys.exit(main())
