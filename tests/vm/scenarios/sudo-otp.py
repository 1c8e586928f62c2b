# SPDX-License-Identifier: Apache-2.0
"""sudo asks for password and code."""
from lab import checks, people, stages


def run(vm):
    stages.resume(vm, 'guarded')
    alice = vm.tokens['alice']
    talk = people.console(vm, 'alice', alice.fresh_code(vm))
    checks.same('sudo', people.sudo(talk, 'alice', alice.fresh_code(vm)).splitlines()[-1], 'root')
    checks.refused('a used code', people.sudo, talk, 'alice', code=alice.last_code())
    checks.refused('a wrong code', people.sudo, talk, 'alice', code='000000')
    people.leave(talk)
