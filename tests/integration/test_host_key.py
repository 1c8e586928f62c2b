#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The host key with a TPM of software, without one, and with another one, through the real command and sekisho-otpd.

usage: test_host_key.py SEKISHO_OTPD SHIFTED_CLOCK_SO SEKISHO [TEST...]
"""

import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import lost_client  # noqa: E402
import private_run  # noqa: E402
import soft_tpm  # noqa: E402
from each import run_each  # noqa: E402
from fake_log import ACCEPT  # noqa: E402

OTPD, PRELOAD, SEKISHO = (pathlib.Path(word).resolve() for word in sys.argv[1:4])
CREDENTIAL = pathlib.Path("/var/lib/sekisho/host-key.cred")
READY = pathlib.Path("/run/sekisho/host-key/cred")
ENOSPC = -28
BY_TPM = ("ok", "sealed by this terminal's TPM")
BY_FILE = ("warning", "NOT protected by a TPM: ")
IN_VAIN = ("warning", "NOT protected by a TPM, though there is one; remedy: sekisho key reseal")


def sekisho(*words, status=0, **more):
    done = subprocess.run([SEKISHO, *words], capture_output=True, encoding="utf-8", check=False,
                          env={**os.environ, "LANG": "C"}, **more)
    assert status is None or done.returncode == status, (words, done)
    return done


def prepare(status=0):
    return sekisho("key", "prepare", status=status, umask=0o077)  # as its unit runs it


def is_shown(gate):
    """What sekisho status says of the key."""
    lines = [line.split(maxsplit=2) for line in sekisho("status", status=1).stdout.splitlines()]
    said = [(state, text) for state, name, text in lines if name == "key"]
    assert len(said) == (gate is not None) and (not said or (
        said[0][0] == gate[0] and said[0][1].startswith(gate[1]))), (said, gate)


def fresh():
    """A terminal whose host key was never made."""
    soft_tpm.unplug()
    soft_tpm.breaks("")
    for place in CREDENTIAL.parent, READY.parent, pathlib.Path("/var/lib/systemd"):
        shutil.rmtree(place, ignore_errors=True)
    for place in CREDENTIAL.parent, pathlib.Path("/var/lib/systemd"):
        place.mkdir()
    is_shown(None)


def is_ready(ready=True):
    """The service manager is given the key, and nothing lies about."""
    assert READY.exists() == ready and (not ready or READY.resolve() == CREDENTIAL), READY
    assert not list(pathlib.Path("/run/sekisho").glob("*plain*")), "the key lies about"
    assert not list(CREDENTIAL.parent.glob("*.new")), "what was not taken lies about"
    assert not CREDENTIAL.exists() or CREDENTIAL.stat().st_mode & 0o777 == 0o600


def key():
    """The host key, which opens."""
    is_ready()
    bytes_ = soft_tpm.opened(CREDENTIAL)
    assert len(bytes_) == 32, bytes_
    return bytes_


def it_is_made_with_the_tpm_once():
    fresh()
    soft_tpm.plug()
    made = prepare()
    assert not made.stderr, made
    first = key()
    is_shown(BY_TPM)
    before = CREDENTIAL.read_bytes()
    prepare()
    assert CREDENTIAL.read_bytes() == before and key() == first
    fresh()
    soft_tpm.plug()
    prepare()
    assert key() != first


def without_a_tpm_a_file_seals_it_and_that_is_never_ok():
    fresh()
    prepare()
    key()
    is_shown(BY_FILE)


def a_tpm_that_fails_is_told_and_a_file_does():
    fresh()
    soft_tpm.plug()
    soft_tpm.breaks("encrypt --name=host-key --with-key=host+tpm2")
    assert "warning: the TPM does not seal the host key" in prepare().stderr
    is_shown(IN_VAIN)
    soft_tpm.breaks("")
    key()


def what_does_not_open_again_is_not_taken():
    fresh()
    soft_tpm.plug()
    soft_tpm.breaks("decrypt")
    assert "does not open" in prepare(status=1).stderr
    assert not CREDENTIAL.exists()
    is_ready(False)
    is_shown(None)
    soft_tpm.breaks("decrypt", "00" * 32)
    assert "does not give back" in prepare(status=1).stderr
    assert not CREDENTIAL.exists()
    is_ready(False)


def another_tpm_does_not_open_it():
    fresh()
    soft_tpm.plug()
    prepare()
    before = CREDENTIAL.read_bytes()
    soft_tpm.plug()
    failed = prepare(status=1)
    assert "another TPM or another machine" in failed.stderr and "key restore" in failed.stderr, failed
    is_ready(False)
    is_shown(None)
    soft_tpm.unplug()
    prepare(status=1)
    is_ready(False)
    assert CREDENTIAL.read_bytes() == before, "it may come back"


def another_disk_does_not_open_it():
    for with_tpm in True, False:
        fresh()
        if with_tpm:
            soft_tpm.plug()
        prepare()
        shutil.rmtree("/var/lib/systemd")  # its part on the disk
        prepare(status=1)
        is_ready(False)


def it_is_resealed_for_a_tpm_that_came_later():
    fresh()
    prepare()
    before, same = CREDENTIAL.read_bytes(), key()
    with machine() as (_, log):
        assert "has no TPM" in sekisho("key", "reseal", status=1).stderr
        soft_tpm.plug()
        is_shown(IN_VAIN)
        log.answer = ENOSPC
        assert "nothing was changed" in sekisho("key", "reseal", status=1).stderr
        log.answer = ACCEPT
        for words in "host+tpm2", "decrypt":
            soft_tpm.breaks(words)
            sekisho("key", "reseal", status=1)
            assert CREDENTIAL.read_bytes() == before, "a key that opened is gone"
        soft_tpm.breaks("")
        sekisho("key", "reseal")
        event = log.events[-1]
        assert (event["type"], event["action"], event["uid"]) == ("token.restore", "reseal", "0"), event
    assert key() == same and CREDENTIAL.read_bytes() != before
    is_shown(BY_TPM)
    calls = soft_tpm.CALLS.read_text(encoding="ascii").splitlines()
    assert all("--tpm2-pcrs=16 " in call for call in calls if call.startswith("encrypt")), calls


def restored_with_or_without_a_tpm(gate):
    credential = CREDENTIAL.read_bytes()
    soft_tpm.breaks("")
    with machine() as (otpd, log):
        phone = otpd.enroll("sato")
        backup, mine, other = (otpd.root / name for name in ("T.backup", "suzuki.key", "tanaka.key"))
        public = sekisho("key", "generate", "suzuki", "--output", mine).stdout.splitlines()[0]
        sekisho("key", "generate", "tanaka", "--output", other)
        backup.write_text(sekisho("key", "backup", "--to", public).stdout)
        assert log.events[-1]["type"] == "token.backup" and log.events[-1]["detail"] == "suzuki", log.events[-1]
        same = otpd.key.read_bytes()
        assert same.hex() not in backup.read_text()
        log.answer = ENOSPC
        assert not sekisho("key", "backup", "--to", public, status=1).stdout, "unrecorded"
        log.answer = ACCEPT
        escrow = otpd.root / "T.escrow"
        escrow.write_text(sekisho("token", "escrow", "--to", public).stdout)
        log.events.clear()
        for file, secret in ((backup, other), (escrow, mine), (mine, mine)):
            wrong = sekisho("key", "restore", file, "--key", secret, status=1)
            assert "remedy" in wrong.stderr and not log.events, wrong
        otpd.kill()
        otpd.key.write_bytes(b"none")  # what systemd passes when it does not open
        otpd.start()
        assert otpd.result("sato", phone.code()) == "UNAVAILABLE"
        assert "another TPM" in sekisho("status", status=1).stdout
        log.answer = ENOSPC
        sekisho("key", "restore", backup, "--key", mine, status=1)
        assert CREDENTIAL.read_bytes() == credential, "unrecorded"
        log.answer = ACCEPT
        sekisho("key", "restore", backup, "--key", mine)
        event = log.events[-1]
        assert (event["type"], event["action"]) == ("token.restore", "restore"), event
        is_shown(gate)
        otpd.kill()
        otpd.key.write_bytes(key())
        assert key() == same
        otpd.start()
        assert otpd.result("sato", phone.code(1)) == "ACCEPTED"


def a_backup_comes_back_whatever_there_is():
    for had, has, gate in ((False, False, BY_FILE), (False, True, BY_TPM), (True, False, BY_FILE), (True, True, BY_TPM)):
        fresh()
        if had:
            soft_tpm.plug()
        prepare()
        soft_tpm.unplug()
        if has:
            soft_tpm.plug()
        restored_with_or_without_a_tpm(gate)


def without_a_backup_all_begins_anew():
    """As sekisho-otpd(8) says."""
    fresh()
    prepare()  # another one than the tokens were sealed with
    with machine() as (otpd, _):
        otpd.enroll("sato")
        otpd.kill()
        otpd.key.write_bytes(key())
        otpd.start()
        assert "belong to another host key" in sekisho("status", status=1).stdout
        assert otpd.result("sato", "000000") == "UNAVAILABLE"
        otpd.kill()
        for file in otpd.state.iterdir():
            file.unlink()
        otpd.start()
        assert otpd.result("sato", otpd.enroll("sato").code()) == "ACCEPTED"


def by_nobody(*words):
    """The program may stand where only root comes in."""
    program = shutil.copy(SEKISHO, "/run/sekisho.program")
    return sekisho(*words, status=1, executable=program, user=65534, group=65534, extra_groups=[])


def it_is_roots():
    fresh()
    for words in ("prepare",), ("reseal",), ("restore", "a", "--key", "b"):
        refused = by_nobody("key", *words)
        assert "only root may do this" in refused.stderr, refused
    assert not CREDENTIAL.exists() and not READY.exists()
    prepare()
    seen = by_nobody("status")
    assert BY_FILE[1] in seen.stdout, "everybody may know"


def machine():
    return lost_client.machine(OTPD, PRELOAD, pathlib.Path("/run/sekisho/sock/otp"))


TESTS = [
    it_is_made_with_the_tpm_once, without_a_tpm_a_file_seals_it_and_that_is_never_ok,
    a_tpm_that_fails_is_told_and_a_file_does, what_does_not_open_again_is_not_taken, another_tpm_does_not_open_it,
    another_disk_does_not_open_it, it_is_resealed_for_a_tpm_that_came_later, a_backup_comes_back_whatever_there_is,
    without_a_backup_all_begins_anew, it_is_roots,
]

if __name__ == "__main__":
    if not private_run.is_possible() or not soft_tpm.is_possible():
        print("1..0 # SKIP only root has a mount namespace of his own, and swtpm has to be there")
        sys.exit(0)
    private_run.enter()
    private_run.own_state()
    soft_tpm.enter()
    sys.exit(run_each(TESTS))
