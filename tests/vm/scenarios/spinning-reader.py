# SPDX-License-Identifier: Apache-2.0
"""A user who spins on open(2) of every disk's, SCSI and USB node during 100 plugs opens none, and opens them without the rules."""
from lab import checks, doors, stages

LONG = SOAK = True
ROUNDS, DISKS = 20, 4           # and a stick each time: 100 plugs
RULES = '/usr/lib/udev/rules.d'
KINDS = '/dev/sd', '/dev/sg', '/dev/bsg/', '/dev/bus/usb/'
# Until the disks have their nodes and the stick has been seen, $WANT of each kind.
WAIT = '''for try in $(seq 100); do
  sd=$(ls /dev/sd* 2>/dev/null | wc -l); sg=$(ls /dev/sg* 2>/dev/null | wc -l)
  usb=$(grep -l 46f4 /sys/bus/usb/devices/*/idVendor 2>/dev/null | wc -l)
  [ "$sd $sg $usb" = "$WANT" ] && break; sleep 0.1
done; echo $sd $sg $usb'''


def run(vm):
    stages.resume(vm, 'guarded')
    vm.plug('virtio-scsi-pci', 'hba', bus='rp0')
    for unit in range(DISKS):
        vm.disk(f'disk{unit}', 1)
    vm.disk('stick', 1)
    doors.spin_start(vm)
    for _ in range(ROUNDS):
        come_and_go(vm)
    met, got = doors.spin_end(vm)
    for kind in KINDS:
        checks.true(f'{kind} were tried', [node for node in met if node.startswith(kind)], met)
    checks.same('nodes opened', got, [])

    vm.out(f'rm {RULES}/59-sekisho-block.rules {RULES}/72-sekisho-perm.rules; udevadm control --reload')
    doors.spin_start(vm)
    come_and_go(vm)
    met, got = doors.spin_end(vm)
    for kind in '/dev/sd', '/dev/sg', '/dev/bus/usb/':          # bsg is root's on any Debian
        checks.true(f'without the rules the same user opens {kind}', [n for n in got if n.startswith(kind)], got)


def come_and_go(vm):
    """Plug all at once, wait until all are there, and pull them."""
    for unit in range(DISKS):
        vm.plug('scsi-hd', f'unit{unit}', bus='hba.0', drive=f'disk{unit}')
    vm.plug('usb-storage', 'stick', drive='stick', serial='SPIN')
    checks.same('disks, SCSI nodes and sticks', vm.out(f'WANT="{DISKS} {DISKS} 1"; {WAIT}; sleep 0.2'), f'{DISKS} {DISKS} 1')
    for unit in range(DISKS):
        vm.unplug(f'unit{unit}')
    vm.unplug('stick')
    checks.same('what is left', vm.out(f'WANT="0 0 0"; {WAIT}'), '0 0 0')
