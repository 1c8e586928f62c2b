# SPDX-License-Identifier: Apache-2.0
"""A mount namespace of one's own, with the fixed paths of the product empty and writable."""

import os
import subprocess
import sys
import tempfile

ENTERED = "SEKISHO_PRIVATE_RUN"


def is_possible():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/run"],
        capture_output=True).returncode == 0


def enter():
    """Start this program again inside; then /run and a copy of /etc are its own."""
    if ENTERED not in os.environ:
        os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable,
                               *sys.argv], os.environ | {ENTERED: "1"})
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    os.makedirs("/run/sekisho/sock")
    etc = tempfile.mkdtemp(dir="/run")
    subprocess.run(["cp", "-a", "/etc/.", etc], check=True)
    subprocess.run(["mount", "--bind", etc, "/etc"], check=True)
    subprocess.run(["rm", "-rf", "/etc/sekisho"], check=True)
    os.mkdir("/etc/sekisho")
    os.chmod(etc, 0o755)


def show_agent(t):
    """The command's fixed paths lead to the agent of @t; in the namespace of one's own only."""
    for link, target in (("/run/sekisho/sock/agent", t.socket), ("/run/state/sekisho", t.root / "state"),
                         ("/etc/sekisho", t.root)):
        if os.path.islink(link):
            os.unlink(link)
        elif os.path.isdir(link):
            os.rmdir(link)
        os.symlink(target, link)


def own_state():
    """/var/lib/sekisho is whatever show_agent() says."""
    os.makedirs("/run/state")
    subprocess.run(["mount", "--bind", "/run/state", "/var/lib"], check=True)
