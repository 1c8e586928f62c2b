#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The policies that are shipped load, and of those a clerk got wrong every error is named.

usage: test_policy_files.py SEKISHO SOURCE_ROOT
Beside tests/policies/broken/NAME.policy stands NAME.expected: a line "LINE:COLUMN WORDS" for each
error, in the order of the text.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

SEKISHO, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
ZONES = "mynumber", "lgwan", "internet", "unassigned"
EXAMPLES = ROOT / "policy/examples"
LAST_LINE_OF_ADMINS = "add your rules above this line"


def check(path, lang="C"):
    env = {k: v for k, v in os.environ.items() if not k.startswith("LC_") and k != "LANG"}
    return subprocess.run([SEKISHO, "policy", "check", path], env=env | {"LC_ALL": lang},
                          capture_output=True, text=True, encoding="utf-8", errors="replace", check=False)


def is_accepted(text):
    with tempfile.NamedTemporaryFile("w", suffix=".policy", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        result = check(file.name)
        assert result.returncode == 0, result.stderr
        return re.findall("warning: (.*)", result.stderr)


def errors_of(path, lang="C"):
    """[("LINE:COLUMN", text, the lines that follow)] of each error."""
    result = check(path, lang)
    assert result.returncode == 1, f"exit status {result.returncode}: {result.stdout}{result.stderr}"
    parts = re.split(rf"^{re.escape(str(path))}:(\d+:\d+): (.*)\n", result.stderr, flags=re.M)
    assert parts[0] == "", f"before the first error: {parts[0]}"
    return list(zip(parts[1::3], parts[2::3], parts[3::3]))


def names_every_error(path):
    expected = [line.split(" ", 1) for line in path.with_suffix(".expected").read_text().splitlines()]
    errors = errors_of(path)
    assert [e[0] for e in errors] == [e[0] for e in expected], errors
    for (_, words), (place, text, _) in zip(expected, errors):
        assert words in text, f"{place}: '{words}' is not in '{text}'"
        assert "remedy: " in text, f"{place}: no remedy in '{text}'"


def shows_the_line_and_a_caret(path):
    lines = path.read_bytes().split(b"\n")
    for place, text, shown in errors_of(path):
        if "save " in text:
            continue    # what is wrong with the whole file
        line, column = map(int, place.split(":"))
        source, caret = shown.rstrip("\n").split("\n")
        assert source.rstrip() == lines[line - 1].decode().rstrip(), (place, source)
        before = lines[line - 1].decode()[:column - 1]
        width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in before)
        assert caret == " " * width + "^", (place, caret)


def says_it_in_japanese(path):
    japanese = errors_of(path, "ja_JP.UTF-8")
    assert [e[0] for e in japanese] == [e[0] for e in errors_of(path)]
    for place, text, _ in japanese:
        assert "対処: " in text and "remedy" not in text, f"{place}: {text}"


def packaged_is_accepted(zone):
    text = (EXAMPLES / f"{zone}.policy").read_text()
    is_accepted(text)
    assert "\t" not in text and f"\npolicy {zone} {{\n" in text and "\n    version" not in text


def packaged_opens_nothing(zone):
    text = (EXAMPLES / f"{zone}.policy").read_text()
    above, below = text.split(LAST_LINE_OF_ADMINS)
    assert not re.search(r"^\s*rule", above, re.M), "a rule stands above the line"
    assert all(verdict == "block" for verdict in re.findall(r"^rule \S+ (\S+)", below, re.M))
    mynumber = (EXAMPLES / "mynumber.policy").read_text()
    assert below == mynumber.split(LAST_LINE_OF_ADMINS)[1], "not the blocks of the other zones"


def packaged_names_a_clause(zone):
    known = set(re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/clauses.md").read_text(), re.M))
    text = (EXAMPLES / f"{zone}.policy").read_text()
    blocks = re.findall(r"^(?:rule|zone) .*?^}", text, re.M | re.S)
    assert len(blocks) >= 12
    for block in blocks:
        assert block.count("\n    clause ") == 1, block
    for clause in re.findall(r'clause "(.*?)"', text):
        assert any(clause.startswith(k + " ") for k in known), f"docs/clauses.md has no '{clause}'"


def packaged_examples_load(zone):
    """Those that are commented out, with the '#' deleted as the file says, and nothing is wrong with them."""
    text = (EXAMPLES / f"{zone}.policy").read_text()
    active = re.sub(r"^( *)#(?=[a-z}]|    )", r"\1", text, flags=re.M)
    assert active.count("\nrule ") == text.count("\nrule ") + 8
    told = [w for w in is_accepted(active) if "'zeimu'" not in w and "the policy end" not in w]
    assert told == [], told


def manual_examples_load(page):
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / "man" / page).read_text(), re.M | re.S)
    assert len(blocks) >= 5
    for block in blocks:
        is_accepted(block)


def written(folder, **files):
    """The path of the first of these files."""
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / next(iter(files))


def with_folder(function):
    def run(_):
        with tempfile.TemporaryDirectory() as folder:
            function(pathlib.Path(folder))
    run.__name__ = "check"
    return run


def places(result):
    return re.findall(r"^(\S*?)([^/\n]+:\d+:\d+): ", result.stderr, re.M)


def errors_stand_file_by_file(folder):
    path = written(folder, main="rule a bloc {\n    usb 0951:1666\n}\ninclude other\nrule b lock {\n"
                                "    usb 0951:1666\n}\n",
                   other="# 1\n# 2\nrule c bloc {\n    usb 0951:166\n}\n")
    result = check(path)
    assert [p[1] for p in places(result)] == ["main:1:8", "main:5:8", "other:3:8", "other:4:9"], result.stderr
    for line in result.stderr.splitlines():
        assert "\t" not in line
    assert "rule c bloc {\n       ^\n" in result.stderr, result.stderr
    assert "    usb 0951:166\n        ^\n" in result.stderr, result.stderr


def warnings_point_at_their_line(folder):
    path = written(folder, main="# city\npolicy city {\n    expires 2020-03-31\n}\n"
                                "rule a allow {\n    serial 12\n    only hub\n}\ninclude zones\n",
                   zones="zone lgwan {\n    exempt e {\n        service x\n        reason y\n"
                         "        until 2020-01-01\n    }\n    observe {\n        until 2020-01-01\n"
                         "    }\n}\n")
    result = check(path)
    assert result.returncode == 0, result.stderr
    found = [p[1] for p in places(result)]
    assert found == ["main:3:5", "main:6:5", "zones:2:5", "zones:7:5"], result.stderr
    assert "    serial 12\n    ^\n" in result.stderr, result.stderr


def a_hole_in_a_file_is_one_error(folder):
    result = check(written(folder, main=b"\0" * (8 << 20)))
    assert result.stderr.count("U+0000") == 1, result.stderr[:1000]


def of_a_long_line_the_place_is_shown(folder):
    result = check(written(folder, main="rule a block {\n    serial " + "税務課 " * 100000 + "@x 税\n}\n"))
    _, source, caret = result.stderr.splitlines()
    assert len(source) < 200 and source.startswith("..."), source
    before = source[:source.index("@x")]
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in before)
    assert caret == " " * width + "^", result.stderr


BROKEN = sorted((ROOT / "tests/policies/broken").glob("*.policy"))
TESTS = [(function, path) for path in BROKEN
         for function in (names_every_error, shows_the_line_and_a_caret, says_it_in_japanese)]
TESTS += [(function, zone) for zone in ZONES
          for function in (packaged_is_accepted, packaged_opens_nothing, packaged_names_a_clause,
                           packaged_examples_load)]
TESTS += [(manual_examples_load, "sekisho-policy.5.scd"),
          (manual_examples_load, "ja/sekisho-policy.5.scd")]
TESTS += [(with_folder(function), function.__name__) for function in
          (errors_stand_file_by_file, warnings_point_at_their_line, a_hole_in_a_file_is_one_error,
           of_a_long_line_the_place_is_shown)]

print(f"1..{len(TESTS)}")
failed = 0
for number, (test, subject) in enumerate(TESTS, 1):
    name = f"{test.__name__} {subject.stem if isinstance(subject, pathlib.Path) else subject}"
    try:
        test(subject)
        print(f"ok {number} - {name}", flush=True)
    except Exception as error:  # the next one is run all the same
        failed += 1
        print(f"not ok {number} - {name}: {type(error).__name__}: {error}", flush=True)
sys.exit(failed > 0)
