# SPDX-License-Identifier: Apache-2.0
"""Devices that are swapped, changed or come while the terminal sleeps are judged anew; a registered stick that stays works on."""
from lab import auditlog, channels, checks, moments, policy, stages, usb, witness
from lab.usbdev import Device
from lab.usbfunctions import Disk, Function, Keyboard

RULES = policy.RULE + '''rule lent-stick read-only {
    usb 0951:1666
    serial LENT01
}
'''
STAYING = 'RNDIS tethering', 'Bluetooth', 'printer'


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, RULES)
    usb.stick(vm, 'kept', serial=policy.REGISTERED)
    checks.becomes('the stick that stays', lambda: mode(vm, 'sda'), '440', timeout=40)
    vm.disk('lent', 8)
    lent = Device([Disk(vm.path('lent.img'))], 0x0951, 0x1666, serial='LENT01')
    lent.plug(vm, 'lent')
    checks.becomes('the stick that is swapped', lambda: mode(vm, 'sdb'), '440', timeout=40)
    keyboard = Device([Keyboard()], 0x0951, 0x1667)
    keyboard.plug(vm, 'changing')
    camera, modem = channels.announced('PTP camera'), channels.announced('ACM modem')
    staying = [channels.announced(name) for name in STAYING]
    for device in camera, *staying:
        device.plug(vm, f'device{device.pid}')
        usb.appeared(vm, device.ident_usb)
    before = channels.belongings(vm) - {'has /dev/sdb'}

    witness.begin(vm)
    moments.asleep(vm)
    lent.replug(strings=['', 'Lab', 'other', 'LENT02'])
    keyboard.replug([Keyboard(), Function((2, 6, 0), [(0x83, 2, 512, 0), (3, 2, 512, 0)])])
    camera.replug(strings=['', 'Lab', 'camera', 'ANOTHER'])
    modem.plug(vm, 'modem')
    moments.awake(vm)
    changed = [device.ident_usb for device in (lent, keyboard, camera, modem)]
    channels.all_shut(vm, changed + [device.ident_usb for device in staying], before)
    checks.same('what was open meanwhile', witness.end(vm)[-1], [])
    checks.becomes('what the log has', lambda: {'LENT02', 'ANOTHER', modem.strings[3]} -
                   {e.get('serial') for e in auditlog.events(vm, 'device.block')}, set(), timeout=40)
    checks.same('the stick that stayed', vm.out('stat -c %a /dev/sda; dd if=/dev/sda of=/dev/null bs=4k count=8 iflag=direct status=none && echo read'),
                '440\nread')
    checks.true('the keyboard types', usb.typing_works(vm))


def mode(vm, disk):
    return vm.sh(f'stat -c %a /dev/{disk}')[1].strip()
