# SPDX-License-Identifier: Apache-2.0
"""A stick, disks, a phone, networks and more, present from power-on, get nothing with the agent masked; keyboard, mouse and hub work."""
import os

from lab import channels, checks, stages, usb

# One of each that QEMU has.
PRESENT = {
    '46f4:0001': 'usb-storage,drive=stick,bus=xhci.0,port=5',
    '46f4:0003': 'usb-uas,id=uas,bus=xhci.0',
    usb.PHONE: 'usb-mtp,rootdir={photos},bus=xhci.0',
    '0525:a4a2': 'usb-net,netdev=tether,bus=xhci.0',
    '0403:6001': 'usb-serial,chardev=line,always-plugged=on,bus=xhci.0',
    '46f4:0002': 'usb-audio,bus=xhci.0',
    '08e6:4433': 'usb-ccid,bus=xhci.0',
}


def machine(vm):
    os.makedirs(vm.path('photos'))
    words = ['-netdev', 'user,id=tether', '-chardev', 'null,id=line']
    for name in 'stick', 'attached', 'disc':
        with open(vm.path(f'{name}.img'), 'wb') as file:
            file.truncate(16 << 20)
        words += ['-drive', f'if=none,id={name},format=raw,file={vm.path(name + ".img")}']
    for device in PRESENT.values():
        words += ['-device', device.format(photos=vm.path('photos'))]
    return words + ['-device', 'scsi-hd,bus=uas.0,scsi-id=0,lun=0,drive=attached', '-device', 'usb-bot,id=bot,bus=xhci.0',
                    '-device', 'scsi-cd,bus=bot.0,lun=0,drive=disc']


def run(vm):
    stages.cold(vm, 'guarded', *machine(vm), parameters='systemd.mask=sekishod.service systemd.mask=sekishod.socket')
    checks.same('the agent', vm.sh('systemctl is-active sekishod.service')[1].strip(), 'inactive')
    checks.within('the command line', vm.out('cat /proc/cmdline'), 'usbcore.authorized_default=0')
    seen = channels.look(vm, settle=3)
    checks.same('devices that are missing', [ident for ident in PRESENT if f'is {ident}' not in seen], [])
    checks.same('sticks and optical drives', len(usb.devices(vm, usb.STICK)), 2)
    checks.same('interfaces in use', [line for line in seen if line.startswith('uses ') and line.split()[1] in PRESENT], [])
    checks.same('nodes', usb.nodes(vm), [])
    checks.same('networks', vm.out('ls /sys/class/net').split(), ['eth0', 'lo'])
    checks.same('USB nodes for others than root', [line for line in seen if line.startswith('lax ')], [])
    checks.true('the keyboard types', usb.typing_works(vm))
    checks.true('the mouse behind the hub moves', usb.pointing_works(vm))
