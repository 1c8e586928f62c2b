# SPDX-License-Identifier: Apache-2.0
"""A TPM of software for systemd-creds, in a mount namespace of one's own (private_run.py) only.

Its resource manager is the kernel's part and is not there: so it starts anew for each call, with what it
keeps over a loss of power.
"""

import os
import pathlib
import shutil
import subprocess

CREDS = pathlib.Path("/usr/bin/systemd-creds")
ROOM = pathlib.Path("/run/tpm")
STATE, BROKEN, SAYS, CALLS = ROOM / "state", ROOM / "broken", ROOM / "says", ROOM / "calls"
# TPM2_Shutdown: a TPM counts each loss of power that comes without as an attack.
SHUTDOWN = f"""import socket
with socket.socket(socket.AF_UNIX) as tpm:
    tpm.connect("{ROOM}/sock")
    tpm.send(bytes.fromhex("80010000000c000001450000"))
    tpm.recv(10)"""
WRAPPER = f"""#!/bin/bash
echo "$*" >>{CALLS}
if [ -e {BROKEN} ] && [[ "$*" == *"$(cat {BROKEN})"* ]]; then cat {SAYS} || exit 1; exit 0; fi
if [ -d {STATE} ]; then
    rm -f {ROOM}/sock {ROOM}/sock.ctrl
    swtpm socket --tpm2 --tpmstate dir={STATE} --server type=unixio,path={ROOM}/sock \\
        --ctrl type=unixio,path={ROOM}/sock.ctrl --flags not-need-init,startup-clear </dev/null >{ROOM}/log 2>&1 &
    for _ in {{1..400}}; do [ -S {ROOM}/sock ] && [ -S {ROOM}/sock.ctrl ] && break; sleep 0.02; done
    export SYSTEMD_TPM2_DEVICE=swtpm:path={ROOM}/sock
fi
{ROOM}/systemd-creds "$@"
status=$?
[ ! -d {STATE} ] || {{ python3 -c '{SHUTDOWN}'; kill %1; wait; }} 2>/dev/null
exit $status
"""


def is_possible():
    return CREDS.exists() and shutil.which("swtpm") and list(
        pathlib.Path("/usr/lib").glob("*/libtss2-tcti-swtpm.so.0"))


def enter():
    """From here on systemd-creds asks the TPM that plug() puts there."""
    ROOM.mkdir()
    shutil.copy2(CREDS, ROOM / "systemd-creds")
    wrapper = ROOM / "wrapper"
    wrapper.write_text(WRAPPER, encoding="ascii")
    wrapper.chmod(0o755)
    subprocess.run(["mount", "--bind", wrapper, CREDS], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/sys/class"], check=True)


def plug():
    """Another TPM than any before."""
    unplug()
    STATE.mkdir(mode=0o700)
    os.makedirs("/sys/class/tpmrm/tpmrm0")


def unplug():
    shutil.rmtree(STATE, ignore_errors=True)
    shutil.rmtree("/sys/class/tpmrm", ignore_errors=True)


def breaks(words, says=None):
    """Calls of systemd-creds with these words fail, or just say something; "": none."""
    BROKEN.unlink(missing_ok=True)
    SAYS.unlink(missing_ok=True)
    if says:
        SAYS.write_text(says, encoding="ascii")
    if words:
        BROKEN.write_text(words, encoding="ascii")


def opened(credential):
    """What is in it, or b"" when it does not open."""
    return subprocess.run([CREDS, "decrypt", "--name=host-key", credential, "-"], check=False,
                          capture_output=True).stdout
