# SPDX-License-Identifier: Apache-2.0
"""sshd with PasswordAuthentication knows one field: password and code in it suffice where the policy says so, and nowhere else."""
from lab import auditlog, checks, people, policy, stages

RULES = policy.RULE + '''zone mynumber {
    code required
    code required sshd {
        one-answer 6
    }
}
'''
PASSWORDS = """printf 'UsePAM yes\\nPasswordAuthentication yes\\nKbdInteractiveAuthentication no\\nAuthenticationMethods password\\n' \
>/etc/ssh/sshd_config.d/10-sekisho.conf
systemctl restart ssh"""


def run(vm):
    stages.resume(vm, 'guarded')
    alice = vm.tokens['alice']
    vm.out(PASSWORDS)
    checks.refused('before the policy says so', people.ssh, vm, 'alice', password='alice' + alice.fresh_code(vm))
    policy.install(vm, RULES)
    failures = len(auditlog.events(vm, 'mfa.fail'))
    checks.refused('a wrong password', people.ssh, vm, 'alice', password='wrong' + alice.fresh_code(vm))
    checks.same('attempts at the code', len(auditlog.events(vm, 'mfa.fail')), failures)
    people.leave(people.ssh(vm, 'alice', password='alice' + alice.last_code()))
    checks.refused('a used code', people.ssh, vm, 'alice', password='alice' + alice.last_code())
    checks.refused('the password alone', people.ssh, vm, 'alice', password='alice')
    checks.same('the log', auditlog.events(vm, 'mfa.success')[-1]['service'], 'sshd')
    people.leave(people.console(vm, 'alice', alice.fresh_code(vm)))
