#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A disk that is put back to an older state, on a terminal whose TPM (of software) counts its starts.

usage: test_tpm_counter.py SEKISHO_LOGD SEKISHO_VERIFY COUNT_START [TEST...]
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from each import run_each_private  # noqa: E402
from logd_client import Logd  # noqa: E402
from lost_client import another_boot  # noqa: E402

LOGD, VERIFY, COUNT_START = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:4])


class Terminal:
    def __init__(self, root):
        self.root, self.tpm = root, root / "tpm"
        self.number, self.log = root / "log-counter", Logd(LOGD, root, "--counter", root / "log-counter")

    @contextlib.contextmanager
    def powered(self):
        """The TPM, with what it keeps without power; it wants to be told before it loses it."""
        self.tpm.mkdir(exist_ok=True)
        words = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.tpm}",
                 "--server", f"type=unixio,path={self.root}/sock", "--ctrl", f"type=unixio,path={self.root}/sock.ctrl",
                 "--flags", "not-need-init,startup-clear"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as tpm:
            while not (self.root / "sock").exists():
                time.sleep(0.02)
            environment = os.environ | {"TPM2TOOLS_TCTI": f"swtpm:path={self.root}/sock"}
            try:
                yield environment
            finally:
                subprocess.run(["tpm2_shutdown"], env=environment, check=False)
                tpm.terminate()

    def count(self, status=0):
        with self.powered() as environment:
            done = subprocess.run([COUNT_START, self.number], env=environment, capture_output=True, check=False)
        assert (done.returncode == 0) == (status == 0), done

    def run(self):
        self.log.start()
        assert self.log.connect().append("admin.action", detail="x")[0] == 0
        assert self.log.stop() == 0

    def boot(self, counted=True, starts=1):
        self.number.unlink(missing_ok=True)  # as /run is empty at first
        with another_boot(self.root / "boot"):
            if counted:
                self.count()
            for _ in range(starts):
                self.run()

    def verified(self):
        """Exit status, the report, and what a program reads of it."""
        words = [VERIFY, "--key", self.log.vkey(), self.log.audit]
        shown = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
        data = subprocess.run([*words, "--json"], capture_output=True, text=True, check=False)
        return shown.returncode, shown.stdout, json.loads(data.stdout)


@contextlib.contextmanager
def terminal():
    with tempfile.TemporaryDirectory() as root:
        yield Terminal(pathlib.Path(root))


def each_start_is_counted_once():
    with terminal() as t:
        t.boot(starts=2)
        t.boot()
        status, shown, data = t.verified()
        assert status == 0 and "the TPM counts each start (2 at the last)" in shown, shown
        assert (data["starts_counted"], data["starts_lacking"]) == (3, 0), data


def a_disk_put_back_is_told():
    with terminal() as t:
        t.boot()
        shutil.copytree(t.log.audit, t.root / "copy")
        t.boot()
        t.boot()
        shutil.rmtree(t.log.audit)
        (t.root / "copy").rename(t.log.audit)
        status, shown, _ = t.verified()
        assert status == 0, "before its next start it says nothing"
        t.boot()
        status, shown, data = t.verified()
        assert status == 2 and "FOUND before entry #" in shown and "INCOMPLETE" in shown, shown
        assert "2 starts of the terminal are not in the log" in shown and data["starts_lacking"] == 2, shown


def without_a_tpm_it_says_so():
    with terminal() as t:
        t.boot(counted=False)
        status, shown, data = t.verified()
        assert status == 0 and "NOT PROTECTED: no counter" in shown and data["starts_counted"] == 0, shown
        t.boot()
        assert "the TPM counts each start" in t.verified()[1]
        t.boot(counted=False)
        status, shown, _ = t.verified()
        assert status == 0 and "NOT PROTECTED: no counter" in shown, shown


def another_tpm_is_told():
    with terminal() as t:
        t.boot()
        t.boot()
        shutil.rmtree(t.tpm)
        t.boot()
        status, shown, _ = t.verified()
        assert status == 0 and "another TPM counts from entry #" in shown, shown


def what_is_no_number_counts_nothing():
    with terminal() as t:
        for text in "", "7x\n", "-1\n", f"{(1 << 53) + 1}\n", "7\n8\n":
            t.number.write_text(text, encoding="ascii")
            t.run()
        assert t.verified()[2]["starts_counted"] == 0


def a_tpm_that_will_not_leaves_no_number():
    with terminal() as t:
        with t.powered() as environment:
            subprocess.run(["tpm2_changeauth", "-c", "owner", "secret"], env=environment, check=True)
        t.count(status=1)
        assert not t.number.exists()


sys.exit(run_each_private([
    each_start_is_counted_once, a_disk_put_back_is_told, without_a_tpm_it_says_so, another_tpm_is_told,
    what_is_no_number_counts_nothing, a_tpm_that_will_not_leaves_no_number,
]))
