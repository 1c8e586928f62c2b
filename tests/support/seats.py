# SPDX-License-Identifier: Apache-2.0
"""Where a process came from, made up: what the kernel and logind say of it, in a mount namespace of one's own."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

SESSIONS = pathlib.Path("/run/systemd/sessions")
NO_SESSION = 4294967295
TTY1, TTYS0, HVC0, PTS0, NONE = (4, 1), (4, 64), (229, 0), (136, 0), (0, 0)


def sit(pid, tty=NONE, session=NO_SESSION, called=None):
    """This process has that controlling terminal, login and name from now on.  The files that say so."""
    number = tty[0] << 8 | tty[1] & 0xff | (tty[1] & 0xfff00) << 12
    name, _, fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    fields = fields.split(" ")
    fields[5] = str(number)
    name = f"{pid} ({called}" if called else name
    files = []
    for file, text in (("stat", f"{name}){' '.join(fields)}"), ("sessionid", str(session))):
        with tempfile.NamedTemporaryFile("w", dir="/run", delete=False) as fake:
            fake.write(text)
        os.chmod(fake.name, 0o644)
        subprocess.run(["mount", "--bind", fake.name, f"/proc/{pid}/{file}"], check=True)
        files.append(f"/proc/{pid}/{file}")
    return files


@contextlib.contextmanager
def seated(tty=NONE, session=NO_SESSION, called=None):
    """This program itself."""
    files = sit(os.getpid(), tty, session, called)
    try:
        yield
    finally:
        for file in files:
            subprocess.run(["umount", file], check=True)


def login(number, **words):
    """logind knows this session."""
    SESSIONS.mkdir(parents=True, exist_ok=True)
    (SESSIONS / str(number)).write_text("# This is private data. Do not parse.\n" +
                                        "".join(f"{key}={value}\n" for key, value in words.items()))
