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
        before = lines[line - 1][:column - 1].decode()
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
    """Those that are commented out, with the '#' deleted as the file says."""
    text = (EXAMPLES / f"{zone}.policy").read_text()
    active = re.sub(r"^( *)#(?=[a-z}]|    )", r"\1", text, flags=re.M)
    assert active.count("\nrule ") == text.count("\nrule ") + 4
    is_accepted(active)


def manual_examples_load(page):
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / "man" / page).read_text(), re.M | re.S)
    assert len(blocks) >= 5
    for block in blocks:
        is_accepted(block)


BROKEN = sorted((ROOT / "tests/policies/broken").glob("*.policy"))
TESTS = [(function, path) for path in BROKEN
         for function in (names_every_error, shows_the_line_and_a_caret, says_it_in_japanese)]
TESTS += [(function, zone) for zone in ZONES
          for function in (packaged_is_accepted, packaged_opens_nothing, packaged_names_a_clause,
                           packaged_examples_load)]
TESTS += [(manual_examples_load, "sekisho-policy.5.scd"),
          (manual_examples_load, "ja/sekisho-policy.5.scd")]

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
