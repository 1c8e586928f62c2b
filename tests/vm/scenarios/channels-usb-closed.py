# SPDX-License-Identifier: Apache-2.0
"""No USB device but hubs, keyboards and mice is of any use at rest, each is in the log, and none can be talked to."""
import itertools

from lab import channels, checks, stages

AT_A_TIME = 7                   # the machine has as many free ports


def run(vm):
    stages.resume(vm, 'guarded')
    before = channels.belongings(vm)
    for name, (ident, plug) in channels.EMULATED.items():
        plug(vm)
        channels.all_shut(vm, [ident], before, settle=1)
        channels.logged(vm, [ident])
        vm.unplug('it')
        checks.becomes(f'the {name} is gone', lambda ident=ident: f'is {ident}' in channels.look(vm), False)

    names = iter(channels.ANNOUNCED)
    while batch := list(itertools.islice(names, AT_A_TIME)):
        devices = [channels.announced(name) for name in batch]
        for place, device in enumerate(devices):
            device.plug(vm, f'device{place}')
        channels.all_shut(vm, [device.ident_usb for device in devices], before)
        channels.logged(vm, [device.ident_usb for device in devices])
        for device in devices:
            device.unplug()
