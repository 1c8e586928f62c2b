# SPDX-License-Identifier: Apache-2.0
"""A hundred plugs at once and more announcements than the agent's socket holds: nothing opens, and all is judged in the end."""
from lab import auditlog, channels, checks, moments, policy, stages, usb

AT_ONCE, TIMES = 6, 17
FLOOD = '''for i in $(seq 40); do udevadm trigger --action=change --subsystem-match=block --subsystem-match=usb; done
udevadm settle -t 60'''


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm)
    before = channels.belongings(vm)
    names = list(channels.ANNOUNCED)[:AT_ONCE]
    devices = [channels.announced(name) for name in names]
    for place, device in enumerate(devices):
        device.plug(vm, f'many{place}')
    idents = [device.ident_usb for device in devices]
    channels.all_shut(vm, idents, before)
    for time in range(TIMES - 1):
        for device in devices:
            device.replug()
        vm.out('sleep 0.8')
        checks.same('nodes meanwhile', usb.nodes(vm), [])
    channels.all_shut(vm, idents, before)
    channels.logged(vm, idents)
    count = len(auditlog.events(vm, 'device.block'))
    checks.true('plugs in the log', count >= AT_ONCE, count)

    moments.agent_stopped(vm)
    vm.out(FLOOD, 200)
    for device in devices:
        device.replug(strings=['', 'Lab', 'after the flood', f'FLOOD{device.pid}'])
    usb.stick(vm, serial=policy.REGISTERED)
    vm.out(FLOOD, 200)
    channels.all_shut(vm, idents + [usb.STICK], before)
    moments.agent_continued(vm)
    checks.becomes('the agent knows that it lost some', lambda: vm.sh("journalctl -u sekishod | grep -c 'were lost'")[0], 0, timeout=30)
    checks.becomes('the registered stick opens', lambda: vm.sh('stat -c %a /dev/sda')[1].strip(), '440', timeout=60)
    checks.becomes('the others are judged', lambda: len({e.get('serial') for e in auditlog.events(vm, 'device.block')
                                                         if e.get('serial', '').startswith('FLOOD')}), AT_ONCE, timeout=60)
    vm.unplug('stick')
    channels.all_shut(vm, idents, before)
