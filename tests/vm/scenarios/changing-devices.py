# SPDX-License-Identifier: Apache-2.0
"""A device that comes back as another, tells two stories, or is swapped at its port inherits nothing; nor does a card in a reader."""
from lab import auditlog, channels, checks, policy, stages, usb
from lab.usbdev import Device
from lab.usbfunctions import BULK_PAIR, Disk, Function, Keyboard

ALLOWED = dict(vid=0x46f4, pid=0x0001, serial=policy.REGISTERED)      # what the policy's rule names


class TwoStories(Device):
    """A keyboard whenever its configuration is read for the first time, keyboard and disk from then on."""
    reads = 0

    def config_descriptor(self):
        whole, self.reads = self.functions, self.reads + 1
        try:
            if self.reads <= 2:             # the head, then all of it
                self.functions = whole[:1]
            return super().config_descriptor()
        finally:
            self.functions = whole


def medium(vm, name, letter):
    image = vm.path(f'{name}.img')
    with open(image, 'wb') as file:
        file.write(letter.encode() * (4 << 20))
    return image


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm)
    before = channels.belongings(vm)
    comes_back(vm, before)
    two_stories(vm, before)
    swapped(vm, before)
    reader(vm, before)


def comes_back(vm, before):
    """Same port, ids and serial number; first a keyboard, then anything else."""
    device = Device([Keyboard()], 0x0951, 0x1666)
    device.plug(vm, 'back')
    checks.becomes('the keyboard works', lambda: usb.drivers(vm, device.ident_usb), ['usbhid'])
    others = [Disk(medium(vm, 'back', 'b'))], [Function((2, 6, 0), BULK_PAIR)], [Function((0xff, 0x42, 1), BULK_PAIR)]
    for functions in others:
        device.replug(functions)
        checks.becomes('it is back', lambda functions=functions: classes(vm, device), [f'{functions[0].triple[0]:02x}'])
        channels.all_shut(vm, [device.ident_usb], before, settle=2)
    device.replug([Keyboard()])
    checks.becomes('the keyboard works again', lambda: usb.drivers(vm, device.ident_usb), ['usbhid'])
    device.unplug()


def two_stories(vm, before):
    device = TwoStories([Keyboard(), Disk(medium(vm, 'two', 't'))], 0x0951, 0x1667)
    device.plug(vm, 'two')
    usb.appeared(vm, device.ident_usb)
    checks.becomes('the first story is a keyboard', lambda: usb.drivers(vm, device.ident_usb), ['usbhid'])
    node = usb.device_node(vm, device.ident_usb)
    vm.out(f"python3 -c \"import fcntl; fcntl.ioctl(open('{node}', 'wb'), 0x5514)\" || true; sleep 3; udevadm settle")
    checks.becomes('the second is looked at', lambda: '08' in classes(vm, device), True)
    checks.same('drivers but the keyboard\'s', [d for d in usb.drivers(vm, device.ident_usb) if d not in ('', 'usbhid')], [])
    checks.same('disks', usb.nodes(vm), [])
    device.unplug()


def swapped(vm, before):
    """The registered stick, and in the same moment at its port one that has another number, or a network beside the disk."""
    device = Device([Disk(medium(vm, 'first', '1'))], **ALLOWED)
    device.plug(vm, 'swap')
    checks.becomes('the registered stick', lambda: vm.sh('stat -c %a /dev/sda')[1].strip(), '440', timeout=40)
    second = medium(vm, 'second', '2')
    device.replug([Disk(second)], strings=['', 'Lab', 'other', 'TAX0002'])
    channels.all_shut(vm, [usb.STICK], before)
    device.replug([Disk(second), Function((2, 6, 0), [(0x83, 2, 512, 0), (3, 2, 512, 0)])],
                  strings=['', 'Lab', 'both', policy.REGISTERED])
    channels.all_shut(vm, [usb.STICK], before)
    device.unplug()
    checks.true('both were judged', len(auditlog.events(vm, 'device.block')) >= 2)


def reader(vm, before):
    """A registered reader of three slots: every medium is read-only from its first moment, and each is opened anew."""
    cards = [medium(vm, f'card{n}', letter) for n, letter in enumerate('xyz')]
    slots = Disk(cards[0], None, cards[1])
    device = Device([slots], **ALLOWED)
    device.plug(vm, 'reader')
    checks.becomes('two disks', lambda: [vm.sh(f'stat -c %a /dev/{n}')[1].strip() for n in ('sda', 'sdc')], ['440'] * 2, timeout=40)
    checks.same('the empty slot', vm.out('stat -c "%a" /dev/sdb; blockdev --getro /dev/sda /dev/sdc').split()[-2:], ['1', '1'])
    number = vm.out('cat /sys/block/sda/diskseq')
    slots.change(0, cards[2])
    checks.becomes('another card has another number', lambda: vm.sh('head -c 1 /dev/sda >/run/first; cat /sys/block/sda/diskseq')
                   [1].strip() != number, True, timeout=30)
    vm.out('udevadm settle')
    checks.becomes('it can be read', lambda: vm.sh('head -c 1 /dev/sda')[1], 'z')
    checks.same('it is read-only', vm.out('blockdev --getro /dev/sda; stat -c %a /dev/sda'), '1\n440')
    checks.true('root cannot write', vm.sh('dd if=/dev/zero of=/dev/sda bs=512 count=1 conv=notrunc,fsync')[0] != 0)
    with open(cards[2], 'rb') as card:
        checks.same('the card', card.read(8), b'zzzzzzzz')
    device.unplug()


def classes(vm, device):
    return [i['class'] for found in usb.devices(vm, device.ident_usb) for i in found['interfaces']]
