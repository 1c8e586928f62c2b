# SPDX-License-Identifier: Apache-2.0
"""A user at the seat, in every group, opens no denied node, writes to no read-only stick, and wins no race against plugs."""
import hashlib

from lab import channels, checks, doors, people, policy, stages, usb
from lab.usbdev import Device
from lab.usbfunctions import GAME_PAD, SECURITY_KEY, Hid

PLUGS = 10
RULES = '/usr/lib/udev/rules.d'


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm)
    pad, key = Device([Hid(GAME_PAD)], 0x1209, 0x0009), Device([Hid(SECURITY_KEY)], 0x1209, 0x0008)
    camera = channels.announced('PTP camera')
    for device in pad, key, camera:
        device.plug(vm, f'it-{device.pid}')
        usb.appeared(vm, device.ident_usb)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))

    for node in vm.out('ls /dev/input/by-path/*-usb*-event-joystick /dev/hidraw*').split():
        found = doors.ways_in(vm, node, 'lamps', 'read')
        checks.same(f'{node} for the user of the seat', set(found.values()), {'EACCES'})
    checks.same('what the game pad was sent', pad.functions[0].sent, [])
    for node in vm.out('find /dev/bus/usb -type c').split():
        found = doors.ways_in(vm, node, 'read', 'control', 'claim')
        checks.same(f'{node} for the user of the seat', set(found.values()), {'EACCES'})
    node = usb.device_node(vm, camera.ident_usb)
    checks.same('even root claims no interface that is shut', doors.ways_in(vm, node, 'claim', user='root')['claim'], 'ENODEV')
    read_only_stick(vm)

    vm.plug('virtio-scsi-pci', 'hba', bus='rp0')
    met, got = race(vm)
    for kind in '/dev/sd', '/dev/sg', '/dev/bsg/', '/dev/bus/usb/':
        checks.true(f'{kind} were tried', [node for node in met if node.startswith(kind)], met)
    checks.same('nodes opened in the race', [n for n in got if not n.startswith('/dev/sda')], [])
    vm.out(f'rm {RULES}/59-sekisho-block.rules {RULES}/72-sekisho-perm.rules; udevadm control --reload')
    met, got = race(vm)
    for kind in '/dev/sdb', '/dev/sg', '/dev/bus/usb/':
        checks.true(f'without the rules the same user opens {kind}', [n for n in got if n.startswith(kind)], got)


def read_only_stick(vm):
    """Readable for the group, writable by no way that a user has; and root's remount is refused."""
    image = usb.stick(vm, serial=policy.REGISTERED)
    checks.becomes('the stick', lambda: vm.sh('stat -c %a /dev/sda')[1].strip(), '440', timeout=40)
    with open(image, 'rb') as medium:
        before = hashlib.sha256(medium.read()).digest()
    found = doors.ways_in(vm, '/dev/sda', 'read', 'write', 'scsi write', 'scsi write by a reader', 'set writable')
    checks.same('the disk', found, {'read': 'done', 'write': 'EACCES', 'scsi write': 'EACCES',
                                    'scsi write by a reader': 'EPERM', 'set writable': 'EACCES'})
    for node in vm.out('ls /dev/sg* /dev/bsg/*').split():
        checks.same(node, set(doors.ways_in(vm, node, 'read', 'scsi write').values()), {'EACCES'})
    vm.out('mount -o ro /dev/sda /mnt')
    status, text = vm.sh('mount -o remount,rw /mnt')
    checks.true('remounting to write is refused', status != 0, text)
    checks.true('it is still mounted to read', 'ro' in vm.out('findmnt -no OPTIONS /mnt').split(','))
    vm.out('umount /mnt')
    with open(image, 'rb') as medium:
        checks.true('the medium is as it was', hashlib.sha256(medium.read()).digest() == before)


def race(vm):
    """Disks come and go while the user spins on every node; returns what was met and what was opened."""
    doors.spin_start(vm)
    camera = channels.announced('webcam')
    for number in range(PLUGS):
        name = f'disk{len(vm.qmp("query-named-block-nodes"))}-{number}'
        vm.disk(name, 1)
        vm.plug('scsi-hd', f'unit{number}', bus='hba.0', drive=name)
        if number % 5 == 0:
            camera.plug(vm, 'webcam')
        vm.out('sleep 0.3')
        vm.unplug(f'unit{number}')
        if number % 5 == 4:
            camera.unplug()
    return doors.spin_end(vm)
