# SPDX-License-Identifier: Apache-2.0
"""A code from an envelope opens the terminal's own console, and nothing to somebody who is elsewhere."""
import re

from lab import auditlog, checks, people, stages


def run(vm):
    stages.resume(vm, 'guarded')
    code = vm.tokens['alice'].fresh_code(vm)
    printed = vm.out(f"printf '{code}\\n' | sekisho token envelope --count 2 --admin alice")
    one, two = re.findall(r'^ +(\S{4}-\S{4}-\S{4}-\S{4})$', printed, re.M)

    checks.refused('over ssh', people.ssh, vm, 'carol', code=one)
    far = people.ssh(vm, 'bob', vm.tokens['bob'].fresh_code(vm))
    shown = checks.refused('by su from afar', people.su, far, 'carol', code=one)
    checks.within('no reason is told there', shown, 'Password or code is wrong.')
    people.leave(far)

    talk = people.console(vm, 'carol', code=one)
    checks.within('who is in', talk.ask('id -un'), 'carol')
    people.leave(talk)
    checks.refused('the same again', people.console, vm, 'carol', code=one)
    used = auditlog.events(vm, 'code.envelope')[-1]
    checks.same('the log', (used['user'], used['count']), ('carol', 1))

    near = people.console(vm, 'bob', vm.tokens['bob'].fresh_code(vm))
    checks.refused('by su at a serial console, which is no seat', people.su, near, 'carol', code=two)
    people.leave(near)
