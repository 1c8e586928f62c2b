# SPDX-License-Identifier: Apache-2.0
"""A new policy leaves a mounted stick mounted whose verdict it does not change, and closes the one it forbids."""
from lab import auditlog, checks, policy, stages, usb

OTHER = '''rule other-stick read-only {
    usb 46f4:0001
    serial OTHER01
}
'''


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, policy.RULE + OTHER, version=1)
    usb.stick(vm, 'tax', serial=policy.REGISTERED)
    checks.becomes('the first node', lambda: '/dev/sda' in usb.nodes(vm), True, timeout=30)
    usb.stick(vm, 'other', serial='OTHER01')
    checks.becomes('the second node', lambda: '/dev/sdb' in usb.nodes(vm), True, timeout=30)
    for disk in '/dev/sda', '/dev/sdb':
        checks.becomes(f'{disk} is readable', lambda disk=disk: vm.out(f'stat -c %a {disk}'), '440')
    vm.out('mount -o ro /dev/sda /mnt && (exec 7</mnt; sleep 300) >/dev/null 2>&1 &')
    checks.becomes('mounted', lambda: vm.sh('mountpoint -q /mnt')[0], 0)

    policy.install(vm, policy.RULE.replace('tax-stick', 'renamed'), version=2)
    checks.becomes('the other is gone', lambda: '/dev/sdb' in usb.nodes(vm), False)
    checks.same('still mounted and readable', vm.sh('mountpoint -q /mnt && ls /mnt')[0], 0)
    state = [d for d in usb.devices(vm, usb.STICK) if d['interfaces'] and d['interfaces'][0]['authorized']]
    checks.same('open sticks', len(state), 1)
    rules = [entry['rule'] for entry in auditlog.events(vm, 'device.read-only')]
    checks.same('the log names the new rule', rules[-1], 'renamed')
