# SPDX-License-Identifier: Apache-2.0
"""The console asks for password and code, and wants both right."""
from lab import auditlog, checks, people, stages


def run(vm):
    stages.resume(vm, 'guarded')
    alice = vm.tokens['alice']
    talk = people.console(vm, 'alice', alice.fresh_code(vm))
    checks.within('who is in', talk.ask('id -un'), 'alice')
    people.leave(talk)
    checks.same('the log', auditlog.events(vm, 'mfa.success')[-1]['user'], 'alice')

    checks.refused('a wrong code', people.console, vm, 'alice', code='000000')
    checks.refused('a wrong password with a right code', people.console, vm, 'alice', code=alice.fresh_code(vm), password='wrong')
    checks.refused("a colleague's code", people.console, vm, 'bob', code=alice.fresh_code(vm))
    checks.refused('a user without a token', people.console, vm, 'root', code='000000')
    people.leave(people.console(vm, 'bob', vm.tokens['bob'].fresh_code(vm)))
