# SPDX-License-Identifier: Apache-2.0
"""Nodes, read-only flags, defaults and markers that root changed are restored and logged; what udev does is no tampering."""
from lab import auditlog, checks, policy, stages, usb

SHUT, OPEN = '/dev/sdb', '/dev/sda'
GATE = '/run/sekisho/gate'
HUB = '/sys/bus/usb/devices/usb1'
# SECCOMP_MODE_FILTER; CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH
CONFINED = {'sekishod': ('2', f'{1 << 21 | 1 << 2:016x}'), 'sekisho-logd': ('2', f'{0:016x}'),
            'sekisho-otpd': ('2', f'{0:016x}')}


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm)
    for daemon, wanted in CONFINED.items():
        pid = vm.out(f'systemctl show -P MainPID {daemon}').strip()
        status = dict(line.split(':\t', 1) for line in vm.out(f'cat /proc/{pid}/status').splitlines() if ':\t' in line)
        checks.same(daemon, (status['Seccomp'], status['CapEff']), wanted)

    usb.stick(vm, serial=policy.REGISTERED)
    checks.becomes('the stick', lambda: right(vm, OPEN), '440 root disk', timeout=40)
    vm.plug('virtio-scsi-pci', 'hba', bus='rp0')
    vm.disk('other', 16)
    vm.plug('scsi-hd', 'unit', bus='hba.0', drive='other')
    checks.becomes('the disk', lambda: right(vm, SHUT), '0 root root', timeout=40)
    vm.out('udevadm settle')
    open_seq, shut_seq = (int(vm.out(f'cat /sys/block/{node[5:]}/diskseq')) for node in (OPEN, SHUT))

    for _ in range(3):
        reload(vm)
        vm.out('udevadm trigger --action=add; udevadm trigger --action=change')
        reload(vm)
        vm.out('udevadm settle')
    vm.out('sleep 5')
    checks.same('what udev does', tampered(vm), [])
    restored = len(auditlog.events(vm, 'gate.restore'))     # the first start closes the gates of the buses

    vm.out(f'chmod 666 {SHUT}; blockdev --setrw {OPEN}; echo 1 >{HUB}/authorized_default; '
           f'rm {GATE}/allow-{open_seq}; touch {GATE}/write-{shut_seq}; chmod 664 $(ls -d /dev/sg* | head -1)')
    reload(vm)
    checks.becomes('the disk', lambda: right(vm, SHUT), '0 root root')
    checks.becomes('the stick', lambda: vm.out(f'blockdev --getro {OPEN}').strip(), '1')
    checks.becomes('the default', lambda: vm.out(f'cat {HUB}/authorized_default').strip(), '0')
    checks.becomes('the markers', lambda: vm.out(f'cd {GATE}; ls -d allow-* write-* 2>/dev/null || true').split(),
                   [f'allow-{open_seq}'])
    checks.becomes('the log', lambda: {entry[1:] for entry in tampered(vm)}, {
        ('666 0:0', '0000 0:0'), ('0', '1'), ('1', '0'), ('absent', 'present'), ('present', 'absent'), ('664 0:0', '0000 0:0')})
    checks.same('each once', len(tampered(vm)), 6)
    checks.same('each restored', len(auditlog.events(vm, 'gate.restore')) - restored, 6)
    checks.same('the stick is still readable', right(vm, OPEN), '440 root disk')
    status, text = vm.sh('sekisho status')
    checks.true('every gate is closed', status == 0, text)

    # A marker that was there just long enough for udev to see it; another owner; rights for one user.
    vm.out(f'touch {GATE}/write-{shut_seq}; udevadm trigger --action=change {SHUT}; udevadm settle; '
           f'rm {GATE}/write-{shut_seq}')
    checks.same('the disk that is given away', right(vm, SHUT), '660 root disk')
    reload(vm)
    checks.becomes('is taken back', lambda: right(vm, SHUT), '0 root root')
    vm.out(f'chown alice {SHUT}; chmod 600 {SHUT}')
    reload(vm)
    checks.becomes('is nobody\'s again', lambda: right(vm, SHUT), '0 root root')
    vm.out(f'python3 -c "{USERS_RIGHT}" {OPEN}')
    reload(vm)
    checks.becomes('no single user has rights', lambda: vm.sh(f'{PYTHON_HAS_RIGHTS} {OPEN}')[0], 1)
    checks.becomes('the log', lambda: {entry[1] for entry in tampered(vm)[6:]}, {'660 0:6', '600 1000:0', '440 0:6+'})


# An ACL that lets uid 1000 read: version 2, then tag, permissions and id of each entry.
USERS_RIGHT = ('import os, struct, sys; os.setxattr(sys.argv[1], \'system.posix_acl_access\', struct.pack(\'<I\', 2) + b\'\'.join('
               'struct.pack(\'<HHI\', *e) for e in ((1, 4, 0xffffffff), (2, 4, 1000), (4, 4, 0xffffffff), (16, 4, 0xffffffff), '
               '(32, 0, 0xffffffff))))')
PYTHON_HAS_RIGHTS = 'python3 -c "import os, sys; sys.exit(\'system.posix_acl_access\' not in os.listxattr(sys.argv[1]))"'


def right(vm, node):
    return vm.sh(f'stat -c "%a %U %G" {node}')[1].strip()


def reload(vm):
    vm.out('systemctl reload sekishod; sleep 0.5')


def tampered(vm):
    """[(path, found, expected)], oldest first."""
    return [(e['path'], e['found'].lstrip('0') if ':' in e['found'] else e['found'], e['expected'])
            for e in auditlog.events(vm, 'gate.tamper')]
