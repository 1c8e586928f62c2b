# SPDX-License-Identifier: Apache-2.0
"""Disks on other buses are shut: SD, NVMe (also with several paths), SATA, SCSI, virtio, tapes, and sticks at a new controller."""
from lab import channels, checks, doors, gadget, stages, usb

LONG = True
FREE_SLOTS = ('rp0', 'rp1', 'rp2')


def machine(vm):
    """What the terminal has besides, from power-on: a card slot with a card, disks that nobody enrolled, and free slots."""
    words = []
    for name in 'sd', 'sata', 'paths':
        with open(vm.path(f'{name}.img'), 'wb') as image:
            image.truncate(32 << 20)
        words += ['-drive', f'if=none,id={name},format=raw,file={vm.path(name + ".img")}']
    return words + ['-device', 'sdhci-pci', '-device', 'sd-card,drive=sd', '-device', 'ich9-ahci,id=ahci',
                    '-device', 'ide-hd,drive=sata,bus=ahci.0', '-device', 'nvme-subsys,id=subsystem',
                    '-device', 'nvme,id=paths,serial=PATHS,subsys=subsystem', '-device', 'nvme-ns,drive=paths,bus=paths,shared=on',
                    '-device', 'virtio-scsi-pci,id=hba', '-device', 'pcie-root-port,id=rp1,chassis=2',
                    '-device', 'pcie-root-port,id=rp2,chassis=3']


def run(vm):
    stages.cold(vm, 'guarded', *machine(vm))
    vm.out('modprobe -a sdhci_pci mmc_block nvme ahci sd_mod virtio_scsi; udevadm settle')
    checks.becomes('the card is seen', lambda: vm.out('cat /sys/bus/mmc/devices/*/type'), 'SD')
    checks.same('and has no driver', vm.sh('ls -d /dev/mmcblk* /sys/bus/mmc/devices/*/driver 2>/dev/null')[1], '')
    sata, paths = disk(vm, 'ATA'), disk(vm, 'nvme-subsystem')
    channels.gated(vm, sata, paths)
    checks.same('other nodes of the NVMe disk', vm.out("find /dev/nvme* /dev/ng* -type c ! -perm 600 2>/dev/null || true"), '')

    for slot, (driver, extra) in zip(FREE_SLOTS, {'nvme': {'serial': 'HOT'}, 'virtio-blk-pci': {}}.items()):
        vm.disk(driver, 16)
        vm.plug(driver, f'hot-{driver}', bus=slot, drive=driver, **extra)
    vm.disk('scsi', 16)
    vm.plug('scsi-hd', 'hot-scsi', bus='hba.0', drive='scsi')
    vm.plug('scsi-cd', 'hot-cd', bus='hba.0')
    checks.becomes('the hot-added disks', lambda: len(disks(vm)), 5, timeout=40)
    channels.gated(vm, *disks(vm))
    checks.becomes('an optical drive is nobody\'s', lambda: vm.sh('stat -c "%a %U" /dev/sr0')[1].strip(), '0 root')
    for node in *disks(vm), '/dev/sr0':
        checks.same(f'a user reads {node}', doors.ways_in(vm, node, 'read')['read'], 'EACCES')
    tape(vm)
    new_controllers(vm)


def disks(vm):
    """All that are not the system's or made of others."""
    return vm.out("lsblk -dnpo NAME,TYPE | awk '$2 == \"disk\" && $1 !~ /zram|loop/ {print $1}' | grep -vx /dev/vda").split()


def disk(vm, word):
    for node in disks(vm):
        if word in vm.out(f'readlink -f /sys/class/block/{node[5:]}; cat /sys/class/block/{node[5:]}/device/vendor 2>/dev/null || true'):
            return node
    raise AssertionError(f'no disk is {word}: {disks(vm)}')


def tape(vm):
    """Made by the kernel itself: a tape drive and a changer."""
    for kind, node in (1, '/dev/st0'), (8, '/dev/sch0'):
        vm.out(f'modprobe -r scsi_debug ch st 2>/dev/null; modprobe scsi_debug ptype={kind}; modprobe -a st ch; udevadm settle')
        checks.becomes(f'mode and owner of {node}', lambda node=node: vm.sh(f'stat -c "%a %U %G" {node}')[1].strip(), '0 root root')
    checks.same('SCSI nodes for anybody', vm.out("find /dev/sg* /dev/bsg /dev/st* /dev/nst* -type c ! -perm 000 2>/dev/null || true"), '')
    vm.out('modprobe -r scsi_debug || true')


def new_controllers(vm):
    """A dock's controller with the agent dead, and one of the kernel's own making with udevd dead too."""
    before = channels.belongings(vm)
    vm.out('systemctl mask --runtime --now sekishod.socket sekishod.service 2>&1')
    vm.plug('qemu-xhci', 'dock', bus='rp2')
    checks.becomes('its hubs', lambda: vm.out('cat /sys/bus/usb/devices/usb[34]/authorized_default 2>/dev/null || true'), '0\n0')
    vm.disk('docked', 8)
    vm.plug('usb-storage', 'docked', bus='dock.0', drive='docked', serial='DOCKED')
    channels.all_shut(vm, [usb.STICK], before)
    vm.out('systemctl mask --runtime --now systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket 2>&1')
    gadget.up(vm, 'mass_storage', 'acm', 'ecm')
    checks.becomes('the gadget is seen', lambda: len(usb.devices(vm, gadget.IDENT)), 1)
    vm.out('sleep 3')
    checks.same('and not authorised', [d['authorized'] for d in usb.devices(vm, gadget.IDENT)], [0])
    vm.out('systemctl unmask --runtime systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket 2>&1; '
           'systemctl start systemd-udevd; udevadm trigger --action=add; udevadm settle')
    checks.same('with udevd back', [(i['authorized'], i['driver']) for d in usb.devices(vm, gadget.IDENT)
                                    for i in d['interfaces'] if i['authorized'] or i['driver']], [])
