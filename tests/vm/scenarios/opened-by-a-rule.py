# SPDX-License-Identifier: Apache-2.0
"""What a rule names works, and no more of it: keys, keyboards, printers, cards, phones, networks, UAS and optical disks."""
from lab import channels, checks, doors, people, policy, stages, usb
from lab.usbdev import Device
from lab.usbfunctions import SECURITY_KEY, Disk, Hid, Keyboard

RULES = '''rule key allow {
    usb 1209:0008
    only input
}
rule printer allow {
    usb 03f0:0517
    only printer
}
rule card-reader allow {
    usb 08e6:3437
    only smartcard
}
rule camera allow {
    usb 04a9:3218
    only phone
}
rule keyboard-of-a-stick allow {
    usb 0951:1668
    interface keyboard
}
rule network allow {
    usb 0525:a4a2
}
rule line allow {
    usb 0403:6001
}
rule disks read-only {
    usb 46f4:0001 46f4:0003
    only storage
}
'''
# Every keyboard has to be registered, the terminal's own too.
REGISTERED = '''rule own allow {
    usb 0627:0001
    only keyboard mouse
}
rule ours allow {
    usb 1209:0101
    serial OURS
}
rule keyboards block {
    interface keyboard
}
'''


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, RULES)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    security_keys(vm)
    for_the_seat(vm)
    for_drivers(vm)
    half_of_it(vm)
    disks(vm)
    registered_keyboards(vm)


def alices(vm, node, *ways):
    """What alice can do with a node as herself, in no group that matters."""
    vm.out('udevadm settle')
    return doors.ways_in(vm, node, *ways, groups='alice')


def security_keys(vm):
    """A user reads from the key that is listed (nothing has come yet), and from no other."""
    for pid, outcome in (0x0008, 'EAGAIN'), (0x0018, 'EACCES'):
        key = Device([Hid(SECURITY_KEY)], 0x1209, pid)
        key.plug(vm, 'key')
        checks.becomes('its driver', lambda key=key: usb.drivers(vm, key.ident_usb), ['usbhid'])
        checks.becomes(f'key {key.ident_usb}', lambda key=key: alices(vm, usb.hidraw(vm, key.ident_usb), 'read')['read'], outcome)
        key.unplug()
        checks.becomes('gone', lambda key=key: usb.devices(vm, key.ident_usb), [])


def for_the_seat(vm):
    """What programs speak to by themselves."""
    camera = channels.announced('PTP camera')
    camera.plug(vm, 'camera')
    usb.appeared(vm, camera.ident_usb)
    checks.becomes('the camera', lambda: alices(vm, usb.device_node(vm, camera.ident_usb), 'control', 'claim'),
                   {'control': 'done', 'claim': 'done'})
    camera.unplug()
    card = channels.announced('smart card reader')
    card.plug(vm, 'card')
    checks.becomes('the card reader', lambda: [i['authorized'] for d in usb.devices(vm, card.ident_usb) for i in d['interfaces']], [1])
    checks.same('which is for pcscd alone', alices(vm, usb.device_node(vm, card.ident_usb), 'control'), {'control': 'EACCES'})
    card.unplug()


def for_drivers(vm):
    printer = channels.announced('printer')
    printer.plug(vm, 'printer')
    checks.becomes('the printer', lambda: usb.drivers(vm, printer.ident_usb), ['usblp'])
    checks.becomes('its node', lambda: vm.sh('stat -c "%a %G" /dev/usb/lp0')[1].strip(), '660 lp')
    printer.unplug()
    networks = set(vm.out('ls /sys/class/net').split())
    for name, came in (('RNDIS adapter', lambda: len(set(vm.out('ls /sys/class/net').split()) - networks)),
                       ('FTDI adapter', lambda: len([n for n in usb.nodes(vm) if 'ttyUSB' in n]))):
        channels.EMULATED[name][1](vm)
        checks.becomes(f'the {name}', came, 1, timeout=30)
        vm.unplug('it')
        checks.becomes(f'the {name} is gone', came, 0)


def half_of_it(vm):
    """Of a keyboard that is a disk as well, the keyboard is what the rule names."""
    vm.disk('beside', 8)
    device = Device([Keyboard(), Disk(vm.path('beside.img'))], 0x0951, 0x1668)
    device.plug(vm, 'both')
    checks.becomes('the keyboard', lambda: usb.drivers(vm, device.ident_usb), ['usbhid', ''])
    vm.out('sleep 2')
    checks.same('and no more', (usb.drivers(vm, device.ident_usb), usb.nodes(vm)), (['usbhid', ''], []))
    device.unplug()


def disks(vm):
    """Read, and neither written nor burnt: node by node."""
    for name, node, driver in ('UAS disk', '/dev/sda', 'uas'), ('optical drive', '/dev/sr0', 'usb-storage'):
        ident, plug = channels.EMULATED[name]
        plug(vm)
        checks.becomes(f'the {name}', lambda node=node: vm.sh(f'stat -c %a {node}')[1].strip(), '440', timeout=40)
        checks.same('its driver', usb.drivers(vm, ident), [driver])
        found = doors.ways_in(vm, node, 'read', 'write', 'scsi write', 'scsi write by a reader')
        checks.same(node, found, {'read': 'done', 'write': found['write'], 'scsi write': 'EACCES', 'scsi write by a reader': 'EPERM'})
        checks.true(f'writing to {node}', found['write'] in ('EACCES', 'EROFS'), found)
        for beside in vm.out('ls /dev/sg* /dev/bsg/*').split():
            checks.same(beside, set(doors.ways_in(vm, beside, 'read', 'scsi write').values()), {'EACCES'})
        vm.unplug('it')
        checks.becomes('gone', lambda: usb.nodes(vm), [])


def registered_keyboards(vm):
    policy.install(vm, REGISTERED, version=2)
    checks.true('the terminal types', usb.typing_works(vm))
    for serial, wanted in ('OTHER', []), ('OURS', ['usbhid']):
        keyboard = Device([Keyboard()], 0x1209, 0x0101, serial=serial)
        keyboard.plug(vm, 'another')
        usb.appeared(vm, keyboard.ident_usb)
        checks.becomes(f'the keyboard {serial}', lambda keyboard=keyboard: usb.drivers(vm, keyboard.ident_usb), wanted)
        vm.out('sleep 1; udevadm settle')
        checks.same(f'the keyboard {serial} then', usb.drivers(vm, keyboard.ident_usb), wanted)
        keyboard.unplug()
        checks.becomes('gone', lambda keyboard=keyboard: usb.devices(vm, keyboard.ident_usb), [])
