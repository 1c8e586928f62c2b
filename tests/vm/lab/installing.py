# SPDX-License-Identifier: Apache-2.0
"""What an administrator does to bring a terminal under guard, typed at its console."""
import os
import re

from . import office, people
from .codes import Token

ADMIN, STAFF = 'alice', ('bob', 'carol')


def install(vm, package):
    """apt install ./sekisho_*.deb as root, without network. Returns what apt printed."""
    name = os.path.basename(package)
    vm.put(package, f'/root/{name}')
    return vm.out(f'cd /root && DEBIAN_FRONTEND=noninteractive apt-get -q install -y ./{name} 2>&1', timeout=900)


def set_up(vm):
    """Enrol the tokens of the admin and of the staff, and switch the guard on with a signed zone order."""
    office.open_up(vm)
    talk = people.console(vm, 'root')
    for user in ADMIN, *STAFF:
        vm.tokens[user] = enrol(vm, talk, user)
    switch_on(vm, talk)
    talk.close()


def enrol(vm, talk, user):
    """sekisho token enroll USER; returns the token."""
    talk.line(f'sekisho token enroll {user}')
    shown = talk.expect(people.CODE)
    token = Token(re.search(r'otpauth://totp/\S*[?&]secret=([A-Z2-7]+)', shown)[1])
    _finish(talk, token.fresh_code(vm), 60)
    return token


def switch_on(vm, talk, zone='mynumber'):
    talk.line(f'sekisho setup --admin {ADMIN} --order {office.order(vm, 1, zone)}')
    talk.expect(people.CODE)
    _finish(talk, vm.tokens[ADMIN].fresh_code(vm), 600)


def _finish(talk, answer, timeout):
    """Type the last answer of a command, and see the command succeed."""
    talk.line(answer)
    printed = talk.expect(people.SHELL, timeout)
    status = talk.ask('echo status=$?')
    if 'status=0' not in status:
        raise RuntimeError(f'the command failed: {printed}')
