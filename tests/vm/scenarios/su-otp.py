# SPDX-License-Identifier: Apache-2.0
"""su asks for the other user's password and code, and takes no code of one's own."""
from lab import checks, people, stages


def run(vm):
    stages.resume(vm, 'guarded')
    alice, bob = vm.tokens['alice'], vm.tokens['bob']
    talk = people.console(vm, 'alice', alice.fresh_code(vm))
    checks.same('su', people.su(talk, 'bob', bob.fresh_code(vm)).splitlines()[-1], 'bob')
    checks.refused('a used code', people.su, talk, 'bob', code=bob.last_code())
    checks.refused("one's own code", people.su, talk, 'bob', code=alice.fresh_code(vm))
    checks.refused('a user without a token', people.su, talk, 'root', code='000000')
    people.leave(talk)
