# SPDX-License-Identifier: Apache-2.0
"""A keyboard that is a disk as well: the disk stays shut."""
from lab import checks, stages, usb
from lab.usbdev import Device, Disk, Keyboard


def run(vm):
    stages.resume(vm, 'guarded')
    image = vm.path('hidden.img')
    with open(image, 'wb') as file:
        file.truncate(16 << 20)
    device = Device([Keyboard(), Disk(image)], vid=0x0951, pid=0x1666)
    device.plug(vm)
    state = usb.appeared(vm, '0951:1666')
    vm.out('sleep 3')
    state = usb.devices(vm, '0951:1666')[0]
    checks.same('interface classes', [i['class'] for i in state['interfaces']], ['03', '08'])
    disk = state['interfaces'][1]
    checks.same('the storage interface', (disk['authorized'], disk['driver']), (0, ''))
    checks.same('nodes', usb.nodes(vm), [])
    device.unplug()
