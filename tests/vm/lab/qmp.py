# SPDX-License-Identifier: Apache-2.0
"""QEMU's control socket."""
import json
import socket


class Qmp:
    def __init__(self, path):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        self._file = sock.makefile('rw')
        self._file.readline()
        self.run('qmp_capabilities')

    def run(self, command, **arguments):
        """Run one command and return its answer; events in between are dropped."""
        self._file.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self._file.flush()
        while True:
            line = self._file.readline()
            if not line:
                raise ConnectionError(f'{command}: QEMU is gone')
            answer = json.loads(line)
            if 'return' in answer:
                return answer['return']
            if 'error' in answer:
                raise RuntimeError(f'{command}: {answer["error"]["desc"]}')
