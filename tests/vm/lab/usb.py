# SPDX-License-Identifier: Apache-2.0
"""USB devices at the terminal: plugging them, and what the guest's kernel made of them."""
import json
import struct
import subprocess
import time

STICK = '46f4:0001'             # QEMU's usb-storage
PHONE = '46f4:0004'             # QEMU's usb-mtp

# Prints the state of every device with id $ID (lower-case hex vid:pid) as JSON lines, without a process per
# fact: a busy host emulates slowly.
_STATE = r'''exec 2>/dev/null; for d in /sys/bus/usb/devices/*; do
  read v <$d/idVendor && read p <$d/idProduct && [ $v:$p = $ID ] && read a <$d/authorized || continue
  printf '{"name": "%s", "authorized": %s, "interfaces": [' ${d##*/} $a; comma=
  for i in $d/*:*.*; do
    read c <$i/bInterfaceClass && read a <$i/authorized || continue
    driver=; [ ! -h $i/driver ] || driver=$(readlink $i/driver)
    printf '%s{"class": "%s", "authorized": %s, "driver": "%s"}' "$comma" $c $a "${driver##*/}"; comma=', '
  done; echo ']}'
done; true'''


def devices(vm, ident):
    """The devices with this vid:pid, as the guest's sysfs shows them."""
    return [json.loads(line) for line in vm.out(f'ID={ident}; {_STATE}').splitlines()]


def appeared(vm, ident, timeout=20):
    """Wait until the guest has seen the device and udev has done with it; returns its state."""
    end = time.time() + timeout
    while not devices(vm, ident):
        assert time.time() < end, f'{ident} does not appear in the guest within {timeout} s'
        time.sleep(0.1)
    vm.out('udevadm settle -t 20 || true')
    return devices(vm, ident)[0]


def device_node(vm, ident):
    """The node through which programs talk to a device themselves."""
    place = f'/sys/bus/usb/devices/{devices(vm, ident)[0]["name"]}'
    return vm.out(f'printf /dev/bus/usb/%03d/%03d $(cat {place}/busnum {place}/devnum)')


def hidraw(vm, ident):
    """The node of its reports."""
    return '/dev/' + vm.out(f'basename /sys/bus/usb/devices/{devices(vm, ident)[0]["name"]}/*:*/*/hidraw/hidraw*')


def drivers(vm, ident):
    """The drivers of a device's interfaces, '' where there is none."""
    return [i['driver'] for found in devices(vm, ident) for i in found['interfaces']]


def nodes(vm):
    """Block devices beside the system disk, and other nodes a USB device may bring."""
    return vm.out("ls -d /dev/sd* /dev/sr* /dev/sg* /dev/mmcblk* /dev/ttyUSB* /dev/ttyACM* 2>/dev/null || true").split()


def shut(vm, ident, settle=3):
    """The device must be present without any use: no open interface, no driver, no node."""
    appeared(vm, ident)
    time.sleep(settle)
    state = devices(vm, ident)
    assert state, f'{ident} is gone'
    for interface in state[0]['interfaces']:
        assert not interface['authorized'] and not interface['driver'], f'{ident} is open: {state[0]}'
    assert not (left := nodes(vm)), f'{ident} brought nodes: {left}'
    return state[0]


def stick(vm, ident='stick', serial='STICK1', size=16, **properties):
    """Plug a storage stick with a FAT file system; returns the image's path."""
    image = vm.disk(f'{ident}-medium', size)
    subprocess.run(['mkfs.vfat', '-n', 'STICK', image], check=True, stdout=subprocess.DEVNULL)
    vm.plug('usb-storage', ident, drive=f'{ident}-medium', serial=serial, **properties)
    return image


def typing_works(vm):
    """Whether a key pressed on the USB keyboard reaches the guest."""
    return _events(vm, 'kbd', lambda: vm.press('a'), kind=1)


def pointing_works(vm):
    """Whether the mouse behind the hub reaches the guest."""
    move = [{'type': 'rel', 'data': {'axis': 'x', 'value': 5}}]
    return _events(vm, 'mouse', lambda: vm.qmp('input-send-event', events=move), kind=2)


def _events(vm, handler, act, kind):
    """Whether input events of this kind arrive at a device with this handler while act() runs."""
    vm.out(f'''rm -f /run/events.*
for node in $(grep -E 'Handlers=.*{handler}' /proc/bus/input/devices | grep -o 'event[0-9]*'); do
  timeout 4 cat /dev/input/$node >/run/events.$node 2>/dev/null &
done''')
    time.sleep(0.3)
    end = time.time() + 4
    while time.time() < end:
        act()
        data = bytes.fromhex(vm.out("cat /run/events.* 2>/dev/null | od -An -v -tx1 | tr -d ' \\n'"))
        if any(struct.unpack_from('<H', data, at + 16)[0] == kind for at in range(0, len(data) - 23, 24)):
            return True
    return False
