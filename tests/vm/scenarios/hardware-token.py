# SPDX-License-Identifier: Apache-2.0
"""A token from its maker's encrypted file becomes somebody's; its clock is found again; no code of it works twice."""
import hashlib
import hmac
import os
import struct

from lab import auditlog, checks, paths, people, stages

SERIAL, SECRET, PASSWORD = '987654321', b'12345678901234567890', 'qwerty'     # RFC 6030, figure 7
STEP = 30


def code(step):
    mac = hmac.digest(SECRET, struct.pack('>Q', step), hashlib.sha1)
    return f'{(struct.unpack_from(">I", mac, mac[19] & 15)[0] & 0x7fffffff) % 10 ** 8:08d}'


def begin_step(vm):
    """A step that no code was shown in, with all of it to come."""
    step = int(vm.clock()) // STEP + 2
    vm.set_clock(step * STEP + 1)
    return step


def run(vm):
    stages.resume(vm, 'guarded')
    vm.put(os.path.join(paths.TOP, 'tests/pskc/totp-7.xml'), '/root/tokens.xml')
    checks.within('a dry run', vm.out(f'echo {PASSWORD} | sekisho token import /root/tokens.xml --dry-run'), SERIAL)
    checks.true('nothing came in', SERIAL not in vm.out('sekisho token list'))
    vm.out(f'echo {PASSWORD} | sekisho token import /root/tokens.xml; rm /root/tokens.xml')
    checks.within('it is nobody\'s', vm.out('sekisho token list'), 'unassigned')

    step = begin_step(vm)
    vm.out(f'echo {code(step)} | sekisho token assign {SERIAL} bob')
    checks.refused('the code that confirmed it', people.console, vm, 'bob', code=code(step))
    people.leave(people.console(vm, 'bob', code(step + 1)))

    step = begin_step(vm) + 12                                        # its clock ran six minutes ahead
    checks.refused('a token that ran away', people.console, vm, 'bob', code=code(step))
    vm.out(f'printf "%s\\n" {code(step)} {code(step + 1)} | sekisho token resync bob --token {SERIAL}')
    checks.refused('the second code of the two', people.console, vm, 'bob', code=code(step + 1))
    people.leave(people.console(vm, 'bob', code(step + 2)))
    vm.set_clock(int(vm.clock()) - 300)
    checks.refused('a code with the clock set back', people.console, vm, 'bob', code=code(step + 2))
    vm.set_clock(int(vm.clock()) + 330)

    vm.out(f'sekisho token revoke bob --token {SERIAL}')
    checks.refused('a revoked token', people.console, vm, 'bob', code=code(step + 14))
    people.leave(people.console(vm, 'bob', vm.tokens['bob'].fresh_code(vm)))
    for event in 'token.import', 'token.assign', 'token.resync', 'token.revoke':
        checks.true(f'the log has {event}', auditlog.events(vm, event))
