# SPDX-License-Identifier: Apache-2.0
"""A disk's passphrase is typed on a USB keyboard in the initial ramdisk, while a stick stays shut."""
import os

from lab import checks, paths, screen, stages, usb

LONG = True
PASSPHRASE = 'kaki no tane'
ENCRYPT = f'''set -e
printf '{PASSPHRASE}' | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/vda2 -
echo "secret UUID=$(cryptsetup luksUUID /dev/vda2) none luks,initramfs" >>/etc/crypttab
update-initramfs -u'''


def run(vm):
    stages.resume(vm, 'guarded', keep=True)
    vm.out(ENCRYPT, 300)
    vm.power_off()

    boot = stages.next_boot(vm)
    with open(os.path.join(paths.IMAGE, 'version')) as version:        # the real loader's way in sets up a text display
        boot.kernel = os.path.join(paths.IMAGE, 'vmlinuz-' + version.read().strip())
    boot.cmdline += ' console=tty0'
    stick = vm.path('stick.img')
    with open(stick, 'wb') as image:
        image.truncate(16 << 20)
    vm.boot(boot, *screen.DISPLAY, '-drive', f'if=none,id=stick,format=raw,file={stick}',
            '-device', 'usb-storage,drive=stick,bus=xhci.0,port=5', keep=True)
    screen.wait_for(vm, 'Please unlock disk secret')
    screen.type_line(vm, PASSPHRASE)
    vm.wait_up()
    checks.within('the encrypted disk', vm.out('cryptsetup status secret'), 'is active')
    checks.within('the command line', vm.out('cat /proc/cmdline'), 'usbcore.authorized_default=0')
    usb.shut(vm, usb.STICK)
