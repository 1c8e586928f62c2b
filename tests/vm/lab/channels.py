# SPDX-License-Identifier: Apache-2.0
"""Every way out of a terminal that a plug can bring: plugging them, and judging that nothing came of it."""
import os
import time

from . import auditlog, checks
from .usbdev import Device
from .usbfunctions import BULK_PAIR, Function

# One look at everything, without a process per fact: a busy host emulates slowly. Lines:
#   is VID:PID          a device that is there
#   uses VID:PID NAME   an interface of it that is authorised or has a driver
#   lax NODE            a USB node that is not root's alone
#   has NODE            a node, or a network interface, that somebody could use
_LOOK = r"""for d in /sys/bus/usb/devices/*; do [ -e $d/idVendor ] || continue
  read v <$d/idVendor; read p <$d/idProduct; echo is $v:$p
  for i in $d/*:*.*; do [ -e $i/bInterfaceClass ] || continue
    read a <$i/authorized; if [ $a = 1 ] || [ -e $i/driver ]; then echo uses $v:$p ${i##*/}; fi
  done
done
find /dev/bus/usb -type c ! -perm 600 -printf 'lax %p\n'
find /dev \( -type b -o -type c \) -not -path '/dev/bus/usb/*' -not -path '/dev/pts/*' -not -path '/dev/vcs*' -printf 'has %p\n'
for n in /sys/class/net/* /sys/class/bluetooth/* /sys/class/ieee80211/*; do [ ! -e $n ] || echo has $n; done"""
CDC_DATA = (0x0a, 0, 0)
# Devices by what they announce: vendor and product are real ones, for drivers that go by these alone.
ANNOUNCED = {
    'PTP camera': (0x04a9, 0x3218, (6, 1, 1)),
    'Android debug bridge': (0x18d1, 0x4ee7, (0xff, 0x42, 1)),
    'Android in fastboot': (0x18d1, 0x4ee0, (0xff, 0x42, 3)),
    'Apple phone': (0x05ac, 0x12a8, (6, 1, 1), (0xff, 0xfe, 2)),
    'RNDIS tethering': (0x04e8, 0x6863, (0xe0, 1, 3), CDC_DATA),
    'ECM adapter': (0x0525, 0xa4a1, (2, 6, 0), CDC_DATA),
    'NCM adapter': (0x0525, 0xa4a0, (2, 0x0d, 0), (0x0a, 0, 1)),
    'vendor network adapter': (0x0b95, 0x772b, (0xff, 0xff, 0)),
    'host-to-host cable': (0x067b, 0x25a1, (0xff, 0, 0)),
    'ACM modem': (0x1199, 0x0120, (2, 2, 1), CDC_DATA),
    'vendor modem': (0x12d1, 0x1506, (0xff, 2, 1)),
    'FTDI serial': (0x0403, 0x6001, (0xff, 0xff, 0xff)),
    'CH341 serial': (0x1a86, 0x7523, (0xff, 1, 2)),
    'Bluetooth': (0x0a12, 0x0001, (0xe0, 1, 1)),
    'Wi-Fi': (0x0bda, 0x8176, (0xff, 0xff, 0xff)),
    'printer': (0x03f0, 0x0517, (7, 1, 2)),
    'headset': (0x046d, 0x0a37, (1, 1, 0), (1, 2, 0)),
    'MIDI': (0x0499, 0x1000, (1, 3, 0)),
    'webcam': (0x046d, 0x082d, (0x0e, 1, 0), (0x0e, 2, 0)),
    'DFU': (0x0483, 0xdf11, (0xfe, 1, 2)),
    'infrared': (0x066f, 0x4200, (0xfe, 2, 0)),
    'test instrument': (0x0957, 0x1755, (0xfe, 3, 1)),
    'smart card reader': (0x08e6, 0x3437, (0x0b, 0, 0)),
    'floppy drive': (0x0644, 0x0000, (8, 4, 0)),
    'content security': (0x1209, 0x000d, (0x0d, 0, 0)),
    'health device': (0x1209, 0x000f, (0x0f, 0, 0)),
    'diagnostic device': (0x1209, 0x00dc, (0xdc, 1, 1)),
    'unassigned class': (0x1209, 0x0066, (0x66, 0, 0)),
}


def look(vm, settle=0):
    """What there is, as a set of lines, after so many seconds and when udev is done."""
    wait = f'sleep {settle}; udevadm settle -t 20 || true; ' if settle else ''
    return set(vm.out(wait + _LOOK).splitlines())


def belongings(vm):
    """The nodes and network interfaces that there are."""
    return {line for line in look(vm) if line.startswith('has ')}


def announced(name, **properties):
    vid, pid, *triples = ANNOUNCED[name]
    functions = [Function(triple, BULK_PAIR if place == 0 else ()) for place, triple in enumerate(triples)]
    return Device(functions, vid=vid, pid=pid, serial=name.replace(' ', '-'), product=name, **properties)


def all_shut(vm, idents, before, settle=3):
    """These devices are present and of no use: nothing is authorised or bound, no node, no network interface."""
    wanted, end = {f'is {ident}' for ident in idents}, time.time() + 40
    while not wanted <= (seen := look(vm)):
        assert time.time() < end, f'not seen within 40 s: {sorted(wanted - seen)}'
    seen = look(vm, settle)
    checks.same('devices that are gone', sorted(wanted - seen), [])
    checks.same('interfaces in use', [line for line in seen if line.startswith('uses ') and line.split()[1] in idents], [])
    checks.same('what came with them', sorted(line for line in seen - before if line.startswith('has ')), [])
    checks.same('USB nodes for others than root', [line for line in seen if line.startswith('lax ')], [])


def logged(vm, idents):
    """The log has these devices blocked, each with the rule, and says nothing else of them."""
    checks.becomes('what the log says', lambda: _said(vm, idents), {ident: {'device.block by a rule'} for ident in idents}, timeout=40)


def _said(vm, idents):
    said = {ident: set() for ident in idents}
    for entry in auditlog.events(vm, 'device.'):
        ident = f'{entry.get("vid")}:{entry.get("pid")}'
        if ident in said and entry['type'] != 'device.remove':
            said[ident].add(entry['type'] + (' by a rule' if entry.get('rule') else ''))
    return said


# ---- what QEMU has: each plugs it as `it` and says which vid:pid to look for ----
def _chardev(vm, name):
    vm.qmp('chardev-add', id=name, backend={'type': 'null', 'data': {}})
    return name


def _attached(vm, bridge, unit, **properties):
    vm.plug(bridge, 'it')
    vm.qmp('device_add', driver=unit, id='unit', bus='it.0', **properties)
    vm.qmp('qom-set', path='/machine/peripheral/it', property='attached', value=True)


def _photos(vm):
    os.makedirs(vm.path('photos'), exist_ok=True)
    return vm.path('photos')


def _drive(vm, name):
    vm.disk(name, 8)
    return name


def _network(vm):
    vm.qmp('netdev_add', type='user', id='it-net')
    vm.plug('usb-net', 'it', netdev='it-net')


EMULATED = {
    'bulk-only stick': ('46f4:0001', lambda vm: vm.plug('usb-storage', 'it', drive=_drive(vm, 'bot'), serial='BOT')),
    'UAS disk': ('46f4:0003', lambda vm: _attached(vm, 'usb-uas', 'scsi-hd', drive=_drive(vm, 'uas'))),
    'optical drive': ('46f4:0001', lambda vm: _attached(vm, 'usb-bot', 'scsi-cd', drive=_drive(vm, 'cd'))),
    'MTP phone': ('46f4:0004', lambda vm: vm.plug('usb-mtp', 'it', rootdir=_photos(vm), readonly=False)),
    'RNDIS adapter': ('0525:a4a2', _network),
    'FTDI adapter': ('0403:6001', lambda vm: vm.plug('usb-serial', 'it', chardev=_chardev(vm, 'line'), **{'always-plugged': True})),
    'sound card': ('46f4:0002', lambda vm: vm.plug('usb-audio', 'it')),
    'card terminal': ('08e6:4433', lambda vm: vm.plug('usb-ccid', 'it')),
}


def gated(vm, *nodes):
    """These disks are there, for nobody and read-only."""
    for node in nodes:
        checks.becomes(f'{node} is there', lambda node=node: vm.sh(f'test -e {node}')[0], 0, timeout=40)
    vm.out('udevadm settle -t 20 || true')
    for node in nodes:
        checks.becomes(f'mode and owner of {node}', lambda node=node: vm.out(f'stat -c "%a %U %G" {node}'), '0 root root')
        checks.becomes(f'{node} is read-only', lambda node=node: vm.out(f'blockdev --getro {node}'), '1')
