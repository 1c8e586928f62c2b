#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/check-catalogue turns red for every way in which a text can stand in the source.

usage: test_catalogue.py SOURCE_ROOT [TEST...]
"""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from each import run_each  # noqa: E402 (needs the path above)

CHECK = pathlib.Path(sys.argv[1]) / "tools/check-catalogue"
HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'


def check(source, *known):
    """The exit status and what is said about a program of this source, with Japanese for the texts KNOWN."""
    with tempfile.TemporaryDirectory() as root:
        for room in ("core", "po"):
            (pathlib.Path(root) / room).mkdir()
        (pathlib.Path(root) / "core/x.c").write_text(source)
        (pathlib.Path(root) / "po/ja.po").write_text(
            HEADER + "".join(f'\nmsgid "{text}"\nmsgstr "日本語"\n' for text in known), encoding="utf-8")
        result = subprocess.run([CHECK, root], capture_output=True, text=True)
        return result.returncode, result.stdout


def every_text_is_seen():
    for source in ('err_set(err, -EIO, "no such text");',
                   'tr("no such " /* what */ "text");',
                   'tr("no such "\n\t\t"text");',
                   'diag_error(diags, &(struct diag_place){ name, 1, 1 }, -EIO, "no such text");',
                   'diag_error(diags, &(struct diag_place){ .file = f(a, b), .line = x[1, 2] }, (a, b), "no such text");',
                   'err_set(err, is_old ? -EIO : -EPERM, is_old ? "an old text" : "no such text");',
                   'static const char *const list[] = { N_("an old text"), N_("no such text") };',
                   'puts("tr(\\"("); // tr("\n tr(("no such text"));',
                   "x = '\"'; err_wrap(err, \"no such text\"); y = '\"';"):
        status, said = check(source, "an old text")
        assert status == 1 and "no Japanese for: no such text" in said, (source, said)
        status, said = check(source + 'tr("an old text");', "an old text", "no such text")
        assert status == 0 and not said, (source, said)


def what_is_no_text_is_not_asked_for():
    status, said = check('err_set(err, -EIO, "%s: %m", path("no text")); puts("nor this"); // tr("nor that")\n/* tr("x") */'
                         'int err_set(struct err *err, int code, const char *fmt, ...); strtr("no");')
    assert status == 0 and not said, said


def what_nobody_says_any_more_is_told():
    status, said = check('tr("one");', "one", "two")
    assert status == 1 and "not said anywhere: two" in said, said


TESTS = [every_text_is_seen, what_is_no_text_is_not_asked_for, what_nobody_says_any_more_is_told]

if __name__ == "__main__":
    sys.exit(run_each(TESTS))
