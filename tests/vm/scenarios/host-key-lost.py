# SPDX-License-Identifier: Apache-2.0
"""Where the host key opens no more the code service runs, an envelope lets in and no code does; the backup brings codes back."""
import re

from lab import auditlog, checks, people, stages

OTHER_HALF = '/var/lib/systemd/credential.secret'     # as a disk that was copied to another terminal


def run(vm):
    stages.resume(vm, 'guarded')
    alice, bob = vm.tokens['alice'], vm.tokens['bob']
    vm.out('cd /root && sekisho key generate suzuki && '
           'sekisho key backup --to "$(sekisho key show suzuki.key | head -n1)" > T.backup')
    code = alice.fresh_code(vm)
    printed = vm.out(f"printf '{code}\\n' | sekisho token envelope --count 1 --admin alice")
    envelope = re.search(r'^ +(\S{4}-\S{4}-\S{4}-\S{4})$', printed, re.M)[1]

    vm.out(f'rm -r /run/sekisho/host-key; mv {OTHER_HALF} /root/half; systemctl restart sekisho-otpd')
    checks.within('the code service runs', vm.out('systemctl is-active sekisho-otpd'), 'active')
    checks.within('status', vm.sh('sekisho status')[1], 'the host key does not open')
    checks.refused('a code', people.console, vm, 'bob', bob.fresh_code(vm))
    people.leave(people.console(vm, 'carol', code=envelope))

    vm.out('sekisho key restore /root/T.backup --key /root/suzuki.key && systemctl restart sekisho-otpd')
    people.leave(people.console(vm, 'bob', bob.fresh_code(vm)))
    checks.same('the log has it', auditlog.events(vm, 'token.restore')[-1]['action'], 'restore')
