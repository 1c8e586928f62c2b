# SPDX-License-Identifier: Apache-2.0
"""A stick present from power-on gets no driver, with the agent masked; keyboard, mouse and hub work."""
from lab import checks, stages, usb


def run(vm):
    image = vm.path('stick.img')
    with open(image, 'wb') as file:
        file.truncate(16 << 20)
    stages.cold(vm, 'guarded', '-drive', f'if=none,id=stick,format=raw,file={image}',
                '-device', 'usb-storage,drive=stick,bus=xhci.0,port=5',
                parameters='systemd.mask=sekishod.service systemd.mask=sekishod.socket')
    checks.same('the agent', vm.sh('systemctl is-active sekishod.service')[1].strip(), 'inactive')
    checks.within('the command line', vm.out('cat /proc/cmdline'), 'usbcore.authorized_default=0')
    usb.shut(vm, usb.STICK)
    checks.true('the keyboard types', usb.typing_works(vm))
    checks.true('the mouse behind the hub moves', usb.pointing_works(vm))
