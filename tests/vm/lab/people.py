# SPDX-License-Identifier: Apache-2.0
"""Logging in as people do: at the console, over ssh, with sudo. A password is the user's name."""
import re
import time

from . import screen
from .dialogue import on_terminal

SHELL = r'[#$] $'
LOGIN = r'terminal login: $'
PASSWORD = r'[Pp]assword( for \w+)?: ?$'
CODE = r'[Cc]ode.*: ?$'
INTERRUPT = '\x03'


class Refused(Exception):
    """The terminal did not let the person in; the text is what it showed."""


def console(vm, user, code=None, password=None):
    """Log in at the console; returns the shell's dialogue. Without a code, none may be asked for."""
    talk = vm.console()
    talk.line('')
    talk.expect(LOGIN)
    talk.hush()                                 # a getty just started shows its prompt twice
    talk.line(user)
    try:
        _answer(talk, password or user, code, refusal=LOGIN, granted=SHELL)
    except Refused:
        talk.close()
        vm.out('systemctl restart serial-getty@ttyS0')      # a fresh prompt: login's own counts attempts
        raise
    return talk


def number_shown(vm, user):
    """What the console shows somebody who types "?" for a code: (terminal, number)."""
    try:
        console(vm, user, code='?')
    except Refused as shown:
        return re.search(r'Terminal (\S+), number (\S{4}-\S{4})', str(shown)).groups()
    raise AssertionError('a question let somebody in')


def ssh(vm, user, code=None, password=None, key=None):
    """Log in over ssh, one attempt, perhaps with a key file first; returns the shell's dialogue."""
    by_key = (('-i', key, '-o', 'IdentitiesOnly=yes', '-o', 'LogLevel=INFO') if key else   # which says that it was closed
              ('-o', 'PubkeyAuthentication=no', '-o', 'LogLevel=ERROR'))
    talk = on_terminal('ssh', '-F', 'none', '-p', vm.read('port'), '-o', 'StrictHostKeyChecking=no',
                       '-o', 'UserKnownHostsFile=/dev/null', *by_key,
                       '-o', 'PreferredAuthentications=publickey,keyboard-interactive,password',
                       '-o', 'NumberOfPasswordPrompts=1', f'{user}@127.0.0.1')
    _answer(talk, password or user, code, refusal=r'Permission denied|Connection closed|Too many', granted=SHELL)
    return talk


def sudo(talk, user, code=None, password=None, command='id -un'):
    """Run a command with sudo in an open shell, with nothing remembered; returns what it printed."""
    try:
        return _elevate(talk, f'sudo -k {command}', password or user, code)
    except Refused:
        while talk.choose(shell=SHELL, password=PASSWORD)[0] == 'password':
            talk.send(INTERRUPT)
        raise


def su(talk, user, code=None, password=None, command='id -un'):
    """Run a command as another user in an open shell; returns what it printed."""
    try:
        return _elevate(talk, f"su {user} -c '{command}'", password or user, code)
    except Refused:
        talk.expect(SHELL)
        raise


def _elevate(talk, command, password, code):
    talk.line(f'{command}; echo status=$?')
    talk.expect(r'echo status=\$\?')                                # the echo of what was typed
    printed = _answer(talk, password, code, refusal='Sorry, try again|status=[1-9]', granted='status=0\n')
    talk.expect(SHELL)
    return printed.replace('status=0\n', '').strip()


def leave(talk):
    """Log out and wait until the terminal says so."""
    talk.line('exit')
    talk.expect(f'{LOGIN}|closed|logout')
    talk.close()


def _answer(talk, password, code, refusal, granted):
    """Answer what is asked until the person is let in or refused; returns what was shown last."""
    asked = []
    while True:
        kind, shown = talk.choose(refused=refusal, granted=granted, code=CODE, password=PASSWORD)
        if kind == 'refused' or kind in asked or (kind == 'code' and code is None):
            raise Refused(shown)
        if kind == 'granted':
            if code and 'code' not in asked:
                raise AssertionError(f'let in without being asked for a code: {shown}')
            return shown
        asked.append(kind)
        talk.line(code if kind == 'code' else password)


def seat(vm, user, code):
    """Log in at the terminal's own keyboard and display, which makes the seat this user's."""
    for prompt, answer in ('login:', user), ('assword', user), ('ode', code):
        end = time.time() + 40
        while prompt not in screen.console_text(vm).rstrip()[-120:]:
            assert time.time() < end, f'the display does not ask for {prompt!r}: {screen.console_text(vm).strip()!r}'
            time.sleep(0.3)
        screen.type_line(vm, answer)
    end = time.time() + 40
    while 'seat0' not in vm.out('loginctl list-sessions --no-legend'):
        assert time.time() < end, f'no session at the seat: {screen.console_text(vm).strip()!r}'
        time.sleep(0.3)
