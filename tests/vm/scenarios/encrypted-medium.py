# SPDX-License-Identifier: Apache-2.0
"""A rule that wants an encrypted medium: a LUKS2 stick opens, a plain one of the same make does not."""
import subprocess

from lab import auditlog, checks, policy, stages, usb

RULE = '''rule encrypted-sticks read-only {
    usb 46f4:0001
    only storage
    medium luks2
}
'''


def encrypted(vm, ident):
    """Plug a stick that holds nothing but a LUKS2 volume."""
    image = vm.disk(f'{ident}-medium', 32)
    subprocess.run(['cryptsetup', 'luksFormat', '-q', '--type', 'luks2', '--pbkdf', 'pbkdf2',
                    '--pbkdf-force-iterations', '1000', image, '-'], input=b'secret', check=True)
    vm.plug('usb-storage', ident, drive=f'{ident}-medium', serial=ident)


def verdicts(vm):
    return [(e['type'], e.get('medium')) for e in auditlog.events(vm, 'device.') if e.get('node')]


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, RULE)

    usb.stick(vm, 'plain', serial='PLAIN01')
    checks.becomes('looked at, then blocked', lambda: verdicts(vm), [('device.block', 'plain')], timeout=30)
    checks.same('before that the log knew', auditlog.events(vm, 'device.probe')[0]['rule'], 'default')
    checks.same('its node', vm.out('stat -c "%a %U" /dev/sda'), '0 root')
    checks.same('is read-only', vm.out('cat /sys/block/sda/ro'), '1')
    checks.within('it is listed', vm.out('sekisho devices --blocked'), 'PLAIN01')
    vm.unplug('plain')

    vm.out('systemctl stop sekisho-media.socket')
    encrypted(vm, 'LUKS01')
    checks.becomes('nobody looked: blocked', lambda: verdicts(vm)[1:], [('device.block', None)], timeout=30)
    vm.unplug('LUKS01')
    vm.out('systemctl start sekisho-media.socket')

    encrypted(vm, 'LUKS02')
    checks.becomes('looked at, then opened', lambda: verdicts(vm)[2:], [('device.read-only', 'luks2')], timeout=30)
    checks.becomes('its node', lambda: vm.out('stat -c %a /dev/sda'), '440')
    checks.within('it can be unlocked', vm.out('echo -n secret | cryptsetup open --readonly /dev/sda secret -d - && '
                                               'ls /dev/mapper'), 'secret')
    vm.out('cryptsetup close secret')
    checks.becomes('nothing of sekisho-media is left running',
                   lambda: vm.sh("systemctl list-units --state=running 'sekisho-media@*' | grep media@")[1], '')
