# SPDX-License-Identifier: Apache-2.0
"""USB devices made by the guest's own kernel, behind controllers that appear with them (dummy_hcd) or are told to it (usbip)."""
import base64

IDENT = '1d6b:0104'
MANY_VENDOR = '1209'
KINDS = 'mass_storage', 'ecm', 'acm', 'rndis', 'ncm', 'gser'
_MAKE = r'''set -e
modprobe -a $UDC libcomposite; mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
cd /sys/kernel/config/usb_gadget; mkdir it; cd it; mkdir -p strings/0x409 configs/c.1
echo 0x1d6b >idVendor; echo 0x0104 >idProduct; echo $SERIAL >strings/0x409/serialnumber
truncate -s 8M /run/gadget.img
for kind in $KINDS; do
  mkdir functions/$kind.0; [ $kind != mass_storage ] || echo /run/gadget.img >functions/$kind.0/lun.0/file
  ln -s $PWD/functions/$kind.0 configs/c.1/
done
ls /sys/class/udc | grep -m1 ${UDC%%_*} >UDC'''

# Gadgets that go and come as soon as the kernel has seen them, each time with another serial number; up to 32.
_BURST = r'''import glob, os, subprocess, sys, time
kinds, times, name = sys.argv[1].split(), int(sys.argv[2]), sys.argv[3]
top = '/sys/kernel/config/usb_gadget/'
def put(path, text):
    with open(top + path, 'w') as file:
        file.write(text)
def make(n, kind):
    for part in f'g{n}', f'g{n}/strings/0x409', f'g{n}/configs/c.1', f'g{n}/functions/{kind}.0':
        os.mkdir(top + part) if not os.path.isdir(top + part) else None
    put(f'g{n}/idVendor', '0x1209')
    put(f'g{n}/idProduct', hex(0xb000 + n))
    if kind == 'mass_storage':
        put(f'g{n}/functions/{kind}.0/lun.0/file', f'/run/g{n}.img')
    os.symlink(top + f'g{n}/functions/{kind}.0', top + f'g{n}/configs/c.1/{kind}.0')
def seen(n):
    try:
        with open(ports[n]) as file:
            return file.read()
    except OSError:
        return None
def plug(n, count):
    put(f'g{n}/strings/0x409/serialnumber', f'{name}-{n}-{count}')
    put(f'g{n}/UDC', f'dummy_udc.{n}')
numbers = range(len(kinds))
ports = [hub + '/' + os.path.basename(hub)[3:] + '-1/devnum' for n in numbers for hub in glob.glob(f'/sys/devices/platform/dummy_hcd.{n}/usb*')]
if not os.path.isdir(top + 'g0'):
    for n in numbers:
        subprocess.run(['truncate', '-s', '1M', f'/run/g{n}.img'], check=True)
        make(n, kinds[n])
else:
    for n in numbers:
        put(f'g{n}/UDC', '\n')
last, count = {n: seen(n) for n in numbers}, {n: 0 for n in numbers}
for n in numbers:
    plug(n, 0)
while min(count.values()) < times:
    for n in numbers:
        now = seen(n)
        if now is None or now == last[n] or count[n] == times:
            continue
        last[n], count[n] = now, count[n] + 1
        if count[n] < times:
            put(f'g{n}/UDC', '\n')
            plug(n, count[n])
    time.sleep(0.02)
'''


def up(vm, *kinds, controller='dummy_hcd', serial='GADGET'):
    """Plug one; kinds are the kernel's names of gadget functions."""
    vm.out(f'UDC={controller} SERIAL={serial} KINDS="{" ".join(kinds)}"; {_MAKE}')


def many(vm, number):
    """Make ready so many controllers, for burst()."""
    vm.out(f'modprobe -a libcomposite; modprobe dummy_hcd num={number}; '
           'mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config; udevadm settle')
    vm.out(f'echo {base64.b64encode(_BURST.encode()).decode()} | base64 -d >/root/burst.py')


def burst(vm, number, times, name, timeout=400):
    """So many devices go and come so many times; in the end each is there, its serial number NAME-number-last."""
    kinds = ' '.join(KINDS[n % len(KINDS)] for n in range(number))
    vm.out(f'python3 /root/burst.py "{kinds}" {times} {name}', timeout)
    return {f'{MANY_VENDOR}:{0xb000 + n:04x}': f'{name}-{n}-{times - 1}' for n in range(number)}
