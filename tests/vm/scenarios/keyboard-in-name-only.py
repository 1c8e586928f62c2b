# SPDX-License-Identifier: Apache-2.0
"""What calls itself keyboard or hub gets the keyboard's driver or none, though its ids fit an adapter's; with agent and without."""
from lab import channels, checks, stages, usb
from lab.usbdev import Device
from lab.usbfunctions import BULK_PAIR, GAME_PAD, SECURITY_KEY, Disk, Function, Hid, Keyboard


class Turncoat(Keyboard):
    """A keyboard until it is looked at again."""
    broken = False

    def control(self, kind, request, value, index, length, data):
        if self.broken and (kind, request, value >> 8) == (0x81, 6, 0x22):
            return b'\xff' * 8
        return super().control(kind, request, value, index, length, data)


def run(vm):
    stages.resume(vm, 'guarded')
    image = vm.path('hidden.img')
    with open(image, 'wb') as file:
        file.truncate(8 << 20)
    liars = [Device([Function((3, 0, 0), BULK_PAIR)], 0x0525, 0xa4a2),                  # cdc_subset: a network
             Device([Function((9, 0, 0), BULK_PAIR)], 0x049f, 0x505a),                  # the same, as a hub
             Device([Function((3, 1, 1), BULK_PAIR)], 0x0403, 0x6001),                  # ftdi_sio: a serial line
             Device([Disk(image, triple=(3, 0, 0), ep=1)], 0x05ab, 0x0060, version=0x1104)]     # usb-storage
    before = channels.belongings(vm)
    nothing_of_it(vm, liars, before)
    vm.out('modprobe -a cdc_subset ftdi_sio usb-storage')       # drivers that are there already
    honest_keyboard(vm)
    turncoat(vm)
    vm.out('systemctl mask --runtime --now sekishod.socket sekishod.service 2>&1')
    nothing_of_it(vm, liars, before)
    vm.out('udevadm trigger --action=add; udevadm settle')
    for_the_seat(vm)


def nothing_of_it(vm, liars, before):
    for place, liar in enumerate(liars):
        liar.plug(vm, f'liar{place}')
    channels.all_shut(vm, [liar.ident_usb for liar in liars], before, settle=4)
    for liar in liars:
        liar.unplug()


def driver(vm, ident):
    return [(i['class'], i['driver']) for device in usb.devices(vm, ident) for i in device['interfaces']]


def honest_keyboard(vm):
    """The ids of a network adapter do not keep a keyboard from working."""
    device = Device([Keyboard()], 0x049f, 0x505a)
    device.plug(vm, 'honest')
    checks.becomes('its driver', lambda: driver(vm, device.ident_usb), [('03', 'usbhid')])
    device.unplug()


def turncoat(vm):
    """usbhid lets go of a keyboard whose reports are others after a reset, and the kernel looks for another driver."""
    keys = Turncoat()
    keys.endpoints += [(0x82, 2, 512, 0), (0x02, 2, 512, 0)]        # what the other driver would want
    device = Device([keys], 0x0525, 0xa4a2)
    device.plug(vm, 'turncoat')
    checks.becomes('its driver', lambda: driver(vm, device.ident_usb), [('03', 'usbhid')])
    keys.broken = True
    vm.out(f'''python3 - <<'P'
import fcntl, glob
for d in glob.glob('/sys/bus/usb/devices/*/idProduct'):
    if open(d).read().strip() == 'a4a2':
        n = [int(open(d.replace('idProduct', f)).read()) for f in ('busnum', 'devnum')]
        fcntl.ioctl(open('/dev/bus/usb/%03d/%03d' % tuple(n), 'wb'), 0x5514)      # USBDEVFS_RESET
P
sleep 3; udevadm settle''')
    checks.same('its driver then', [d for _, d in driver(vm, device.ident_usb) if d not in ('', 'usbhid')], [])
    checks.same('network interfaces', vm.out('ls /sys/class/net | grep usb || true'), '')
    device.unplug()


def for_the_seat(vm):
    """A game pad's lamps and a security key's reports would be channels: nobody's nodes are made the seat's."""
    pad, key = Device([Hid(GAME_PAD)], 0x1209, 0x0009), Device([Hid(SECURITY_KEY)], 0x1209, 0x0008)
    pad.plug(vm, 'pad')
    key.plug(vm, 'key')
    for device in pad, key:
        checks.becomes('its driver', lambda device=device: driver(vm, device.ident_usb), [('03', 'usbhid')])
    vm.out('udevadm settle')
    checks.same('nodes of the seat', vm.out('''for node in /dev/input/event* /dev/input/js* /dev/hidraw* /dev/usb/hiddev*; do
udevadm info $node | grep -q '^E: CURRENT_TAGS=.*:uaccess:' && echo $node; done; true'''), '')
    checks.same('who may open reports', vm.out("find /dev/hidraw* /dev/usb/hiddev* ! -perm 600"), '')
    pad.unplug()
    key.unplug()
