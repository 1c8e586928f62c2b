# SPDX-License-Identifier: Apache-2.0
"""A broken, unsigned or older policy is refused with its place; the one before stays in force, also after a restart."""
import re

from lab import auditlog, checks, office, policy, stages, usb


def run(vm):
    stages.resume(vm, 'guarded')
    old = office.policy(vm, 1, policy.RULE)
    policy.install(vm, version=2)
    usb.stick(vm, serial=policy.REGISTERED)
    checks.becomes('the node', lambda: '/dev/sda' in usb.nodes(vm), True, timeout=30)

    for what, command, says in (
            ('unsigned', f'cp {office.FOLDER}/city.policy {policy.FILE}', 'is not signed'),
            ('changed', f'sed s/read-only/allow/ {office.FOLDER}/city-2.signed >{policy.FILE}', 'not signed by anybody'),
            ('older', f'cp {old} {policy.FILE}', 'version 1 is older than 2')):
        vm.out(command)                                     # nobody says reload: the file is watched
        checks.becomes(f'status on the {what} one', lambda says=says: says in vm.sh('sekisho status')[1], True)
        checks.same('its exit status', vm.sh('sekisho status')[0], 1)
    checks.same('refusals in the log', len(auditlog.events(vm, 'policy.reject')), 3)
    status, text = vm.sh(f'sekisho policy install {old}')
    checks.true('the command refuses it too', status != 0 and 'older than 2' in text, text)

    office.write(vm, 'broken.policy', policy.RULE + 'rule broken sometimes {\n    seriel X\n}\n')
    status, text = vm.sh(f'sekisho policy check {office.FOLDER}/broken.policy')
    checks.true('every error has its place', status == 1 and len(re.findall(r'broken.policy:\d+:\d+: ', text)) == 2, text)

    vm.out('rm /var/lib/sekisho/policy/current; systemctl restart sekishod; sleep 1')
    checks.within('a deleted policy does not make room for an older one', vm.sh('sekisho status')[1], 'older than 2')
    vm.out(f'sekisho policy install {office.FOLDER}/city-2.signed')
    vm.out(f'echo nonsense >{policy.FILE}; systemctl restart sekishod')
    checks.becomes('the last good one is in force again', lambda: 'tax-stick' in vm.sh('sekisho policy show')[1], True)
    checks.becomes('the stick is open', lambda: vm.out('stat -c %a /dev/sda'), '440')
