# SPDX-License-Identifier: Apache-2.0
"""sshd asks for password and code, and tells a stranger nothing about what was wrong."""
from lab import auditlog, checks, people, stages


def run(vm):
    stages.resume(vm, 'guarded')
    alice = vm.tokens['alice']
    people.leave(people.ssh(vm, 'alice', alice.fresh_code(vm)))
    checks.same('the log', auditlog.events(vm, 'mfa.success')[-1]['user'], 'alice')
    said = {checks.refused('a used code', people.ssh, vm, 'alice', code=alice.last_code()),
            checks.refused('a wrong password', people.ssh, vm, 'alice', code=alice.fresh_code(vm), password='wrong')}
    checks.same('different texts for a stranger', len({text.replace('alice', '') for text in said}), 1)
