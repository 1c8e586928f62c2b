# SPDX-License-Identifier: Apache-2.0
"""With udevd dead a keyboard opens and nothing else, and what was plugged meanwhile stays shut when it is back."""
from lab import auditlog, checks, stages, usb
from lab.usbdev import Device
from lab.usbfunctions import Disk, Keyboard


def run(vm):
    stages.resume(vm, 'guarded')
    vm.out('systemctl mask --runtime --now systemd-udevd.service systemd-udevd-kernel.socket '
           'systemd-udevd-control.socket 2>&1; pkill -KILL -x systemd-udevd || true')
    checks.same('udevds running', vm.sh('pgrep -cx systemd-udevd')[1].strip(), '0')
    usb.stick(vm, serial='PRIVATE1')
    checks.same('the stick', usb.shut(vm, usb.STICK)['authorized'], 0)
    checks.true('the keyboard types', usb.typing_works(vm))

    keys = Device([Keyboard()], 0x1209, 0x0001)
    keys.plug(vm, 'keys')
    checks.becomes('the driver of a new one', lambda: usb.drivers(vm, keys.ident_usb), ['usbhid'])
    checks.becomes('its entry', lambda: [e['type'] for e in auditlog.events(vm) if e.get('vid') == '1209'], ['usb.static'])
    image = vm.path('hidden.img')
    with open(image, 'wb') as file:
        file.truncate(16 << 20)
    both = Device([Keyboard(), Disk(image)], 0x1209, 0x0002)
    both.plug(vm, 'both')
    usb.shut(vm, both.ident_usb)
    both.unplug()

    vm.out('systemctl unmask --runtime systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket '
           '2>&1; systemctl start systemd-udevd.service; udevadm trigger --action=add')
    usb.shut(vm, usb.STICK)
    checks.same('the driver of the keyboard', usb.drivers(vm, keys.ident_usb), ['usbhid'])
    keys.unplug()
