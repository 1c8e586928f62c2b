# SPDX-License-Identifier: Apache-2.0
"""A policy's grace: sudo asks for the code once in a session, again in another, after its time and after a revocation."""
from lab import auditlog, checks, people, policy, stages

RULES = policy.RULE + '''zone mynumber {
    code required
    code required sudo {
        grace 2m
    }
}
'''


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, RULES)
    alice = vm.tokens['alice']
    talk = people.console(vm, 'alice', alice.fresh_code(vm))
    checks.same('sudo', people.sudo(talk, 'alice', alice.fresh_code(vm)).splitlines()[-1], 'root')
    checks.same('sudo without a code', people.sudo(talk, 'alice').splitlines()[-1], 'root')
    checks.refused('a wrong password', people.sudo, talk, 'alice', password='wrong')
    checks.same('grace in the log', [e['reason'] for e in auditlog.events(vm, 'mfa.skip')], ['grace'])
    talk.line("script -qc 'sudo -k id -un' /dev/null")           # a session of its own
    talk.expect(people.PASSWORD)
    talk.line('alice')
    talk.expect(people.CODE)
    talk.send(people.INTERRUPT)
    while talk.choose(shell=people.SHELL, password=people.PASSWORD)[0] == 'password':
        talk.send(people.INTERRUPT)
    vm.out('sekisho token revoke alice')
    checks.refused('sudo after the revocation', people.sudo, talk, 'alice', code='000000')
    people.leave(talk)
