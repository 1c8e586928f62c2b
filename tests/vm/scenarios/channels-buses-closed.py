# SPDX-License-Identifier: Apache-2.0
"""Disks on other buses are shut until a rule names them: SD, NVMe, SATA, SCSI, virtio, tapes, and sticks at a new controller."""
import json

from lab import channels, checks, doors, gadget, policy, stages, usb

LONG = True
FREE_SLOTS = ('rp0', 'rp1', 'rp2', 'rp3')
RULES = '''rule photographs read-only {{
    sd-cid {cid}
}}
rule disks read-only {{
    bus ata pci
    serial SATA01 HOTNVME
}}
rule backup allow {{
    bus virtio
    serial HOTVIRTIO
}}
'''


def machine(vm):
    """What the terminal has besides, from power-on: a card slot with a card, disks that nobody enrolled, and free slots."""
    words = []
    for name in 'sd', 'sata', 'paths', 'cold', 'virtual':
        with open(vm.path(f'{name}.img'), 'wb') as image:
            image.truncate(32 << 20)
        words += ['-drive', f'if=none,id={name},format=raw,file={vm.path(name + ".img")}']
    return words + ['-device', 'sdhci-pci', '-device', 'sd-card,drive=sd', '-device', 'ich9-ahci,id=ahci',
                    '-device', 'ide-hd,drive=sata,bus=ahci.0,serial=SATA01', '-device', 'virtio-blk-pci,drive=virtual,serial=VIRTUAL',
                    '-device', 'nvme,id=cold,drive=cold,serial=COLD', '-device', 'nvme-subsys,id=subsystem',
                    '-device', 'nvme,id=paths,serial=PATHS,subsys=subsystem', '-device', 'nvme-ns,drive=paths,bus=paths,shared=on',
                    '-device', 'virtio-scsi-pci,id=hba', '-device', 'pcie-root-port,id=rp1,chassis=2',
                    '-device', 'pcie-root-port,id=rp2,chassis=3', '-device', 'pcie-root-port,id=rp3,chassis=4']


def run(vm):
    stages.cold(vm, 'guarded', *machine(vm))
    vm.out('modprobe -a sdhci_pci mmc_block nvme ahci sd_mod virtio_scsi firewire_core thunderbolt; udevadm settle')
    checks.becomes('buses that give each thing a driver', lambda: vm.out(
        'cd /sys/bus && grep -L 0 mmc/drivers_autoprobe firewire/drivers_autoprobe thunderbolt/drivers_autoprobe || true'), '')
    checks.becomes('the card is seen', lambda: vm.out('cat /sys/bus/mmc/devices/*/type'), 'SD')
    checks.same('and has no driver', vm.sh('ls -d /dev/mmcblk* /sys/bus/mmc/devices/*/driver 2>/dev/null')[1], '')
    checks.becomes('the disks of the start', lambda: len(disks(vm)), 4, timeout=40)
    channels.gated(vm, *disks(vm))
    checks.same('other nodes of NVMe disks', vm.out("find /dev/nvme* /dev/ng* -type c ! -perm 600 2>/dev/null || true"), '')
    hot_added(vm)
    vm.out('udevadm trigger --action=add; udevadm settle; udevadm trigger --action=change; udevadm settle')
    channels.gated(vm, *disks(vm))
    checks.same('cards with a driver', vm.sh('ls -d /dev/mmcblk* 2>/dev/null')[1], '')
    for node in *disks(vm), '/dev/sr0':
        checks.same(f'a user reads {node}', doors.ways_in(vm, node, 'read')['read'], 'EACCES')
    tape(vm)
    opened(vm)
    new_controllers(vm)


def hot_added(vm):
    """NVMe and virtio in a slot, SCSI at its bus, and SATA, whose port looks again for what was taken out."""
    for slot, (driver, serial) in zip(FREE_SLOTS, {'nvme': 'HOTNVME', 'virtio-blk-pci': 'HOTVIRTIO'}.items()):
        vm.disk(driver, 16)
        vm.plug(driver, f'hot-{driver}', bus=slot, drive=driver, serial=serial)
    vm.disk('scsi', 16)
    vm.plug('scsi-hd', 'hot-scsi', bus='hba.0', drive='scsi')
    vm.plug('scsi-cd', 'hot-cd', bus='hba.0')
    sata = '/sys/class/block/' + next(node for node in disks(vm) if '/ata' in vm.out(f'readlink -f /sys/class/block/{node[5:]}'))[5:]
    vm.out(f'host=$(readlink -f {sata} | grep -o "host[0-9]*" | head -n 1); echo 1 >{sata}/device/delete; udevadm settle; '
           'echo "- - -" >/sys/class/scsi_host/$host/scan')
    checks.becomes('the hot-added disks', lambda: len(disks(vm)), 7, timeout=40)
    channels.gated(vm, *disks(vm))
    checks.becomes('an optical drive is nobody\'s', lambda: vm.sh('stat -c "%a %U" /dev/sr0')[1].strip(), '0 root')


def opened(vm):
    """By its register, or by bus and serial number; and no more than the rule says, and no longer."""
    policy.install(vm, RULES.format(cid=vm.out('cat /sys/bus/mmc/devices/*/cid')))
    wanted = {'photographs': ('read-only', '440'), 'SATA01': ('read-only', '440'), 'HOTNVME': ('read-only', '440'),
              'HOTVIRTIO': ('allow', '660')}

    def found():
        rows = [row for row in json.loads(vm.out('sekisho devices --json')) if row['rule'] in ('photographs', 'disks', 'backup')]
        return {row['rule'] if row['id'] == 'sd' else row['serial']:
                (row['verdict'], vm.sh(f'stat -c %a {row["node"]}')[1].strip() if row['node'] else '') for row in rows}
    checks.becomes('what the rules open', found, wanted, timeout=40)
    writable = vm.out("for d in $(find /dev -type b \\( -perm 440 -o -perm 660 \\) | grep -E '/(sd.|nvme.n.|vd[b-z]|mmcblk.)$'); do "
                      'dd if=/dev/zero of=$d bs=512 count=1 conv=notrunc,fsync 2>/dev/null && echo ${d%[b-z]}; done; true')
    checks.same('what root can write to', writable.split(), ['/dev/vd'])
    policy.install(vm, '', version=2)
    checks.becomes('cards with a driver then', lambda: vm.sh('ls -d /dev/mmcblk* 2>/dev/null')[1], '')
    channels.gated(vm, *disks(vm))


def disks(vm):
    """All that are not the system's or made of others."""
    return vm.out("lsblk -dnpo NAME,TYPE | awk '$2 == \"disk\" && $1 !~ /zram|loop/ {print $1}' | grep -vx /dev/vda").split()


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
    there = set(disks(vm))
    vm.disk('late', 16)
    vm.plug('scsi-hd', 'late-scsi', bus='hba.0', drive='late')
    vm.disk('late-nvme', 16)
    vm.plug('nvme', 'late-nvme', bus='rp3', drive='late-nvme', serial='LATE')
    gadget.up(vm, 'mass_storage', 'acm', 'ecm')
    checks.becomes('disks that nobody gated', lambda: len(set(disks(vm)) - there), 2, timeout=40)
    for node in set(disks(vm)) - there:
        checks.same(f'{node} is root\'s', vm.out(f'stat -c "%a %U %G" {node}'), '600 root root')
    checks.becomes('the gadget is seen', lambda: len(usb.devices(vm, gadget.IDENT)), 1)
    vm.out('sleep 3')
    checks.same('and not authorised', [d['authorized'] for d in usb.devices(vm, gadget.IDENT)], [0])
    vm.out('systemctl unmask --runtime systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket 2>&1; '
           'systemctl start systemd-udevd; udevadm trigger --action=add; udevadm settle')
    channels.gated(vm, *disks(vm))
    checks.same('with udevd back', [(i['authorized'], i['driver']) for d in usb.devices(vm, gadget.IDENT)
                                    for i in d['interfaces'] if i['authorized'] or i['driver']], [])
