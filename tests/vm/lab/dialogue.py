# SPDX-License-Identifier: Apache-2.0
"""Reading and typing on a terminal as a person would."""
import os
import pty
import re
import select
import socket
import time

_ESCAPES = re.compile(r'\x1b\[[0-9;?]*[a-zA-Z]|\r')


class Dialogue:
    """Expect and send on a file descriptor."""

    def __init__(self, fd):
        self.fd, self.buf = fd, ''

    def send(self, text):
        os.write(self.fd, text.encode())

    def line(self, text):
        """Type a line and press return."""
        self.send(text + '\r')

    def choose(self, timeout=60, **patterns):
        """Wait for one of several regular expressions, tried in order; returns its name and the text up to it."""
        end = time.time() + timeout
        while True:
            for name, pattern in patterns.items():
                match = re.search(pattern, self.buf)
                if match:
                    before, self.buf = self.buf[:match.end()], self.buf[match.end():]
                    return name, before
            data = self._read(max(0, end - time.time()))
            if data is None:
                raise TimeoutError(f'waited for {list(patterns.values())}, the terminal showed {self.buf!r}')
            self.buf = _ESCAPES.sub('', self.buf + data)

    def expect(self, pattern, timeout=60):
        """Wait for a regular expression; returns what came up to and including it."""
        return self.choose(timeout, it=pattern)[1]

    def ask(self, command, prompt=r'[#$] $', timeout=60):
        """Type a command at a shell prompt; returns what it printed."""
        self.line(command)
        printed = self.expect(prompt, timeout)
        return printed.split('\n', 1)[-1].rsplit('\n', 1)[0] if '\n' in printed else ''

    def hush(self, seconds=0.5):
        """Let the terminal finish what it is showing, and forget it."""
        while self._read(seconds) is not None:
            pass
        self.buf = ''

    def close(self):
        os.close(self.fd)

    def _read(self, seconds):
        """What is shown next, or None when nothing more comes."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return None
        try:
            data = os.read(self.fd, 4096)
        except OSError:                         # a terminal whose program has ended
            data = b''
        if not data:
            return None
        return data.decode(errors='replace')


def on_socket(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return Dialogue(sock.detach())


def on_terminal(*command):
    """Run a host command on a terminal of its own."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    return Dialogue(fd)
