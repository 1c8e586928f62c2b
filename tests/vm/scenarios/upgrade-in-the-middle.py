# SPDX-License-Identifier: Apache-2.0
"""A newer package by apt, its initial ramdisk and all, with devices attached and coming: nothing opens, everything runs afterwards."""
import os
import subprocess

from lab import auditlog, channels, checks, paths, policy, stages, usb, witness

LONG = SOAK = True
INSTALL = '''cd /root; (DEBIAN_FRONTEND=noninteractive apt-get -q install -y ./newer.deb; echo status=$?) >/run/upgrade 2>&1 &'''
SERVICES = 'sekishod sekisho-logd sekisho-otpd.socket'


def newer(vm):
    """The package under test once more, with a higher version."""
    tree, package = vm.path('newer'), vm.path('newer.deb')
    subprocess.run(['dpkg-deb', '-R', paths.package(), tree], check=True)
    control = os.path.join(tree, 'DEBIAN/control')
    with open(control) as file:
        text = file.read()
    with open(control, 'w') as file:
        file.write(text.replace('\nVersion: ', '\nVersion: 99:'))
    subprocess.run(['dpkg-deb', '--root-owner-group', '-Znone', '-b', tree, package], check=True, stdout=subprocess.DEVNULL)
    return package


def run(vm):
    package = newer(vm)
    stages.resume(vm, 'guarded')
    policy.install(vm)
    before = channels.belongings(vm)
    usb.stick(vm, serial='PRIVATE1')
    camera, modem = channels.announced('PTP camera'), channels.announced('ACM modem')
    camera.plug(vm, 'camera')
    idents = [usb.STICK, camera.ident_usb]
    channels.all_shut(vm, idents, before)

    vm.put(package, '/root/newer.deb')
    witness.begin(vm)
    vm.out(INSTALL)
    camera.replug(strings=['', 'Lab', 'camera', 'DURING'])
    modem.plug(vm, 'modem')
    coming = 0
    while vm.sh('grep -q status= /run/upgrade; [ $? = 1 ] && sleep 5 && ! grep -q status= /run/upgrade')[0] == 0:
        coming += 1
        modem.replug(strings=['', 'Lab', 'modem', f'DURING-{coming}'])
        assert coming < 100, vm.out('cat /run/upgrade')
    printed = vm.out('cat /run/upgrade')
    checks.true('apt', 'status=0' in printed and 'update-initramfs: Generating' in printed, printed)
    plugs, _, opened = witness.end(vm)
    checks.true('devices came meanwhile', coming > 3 and plugs >= coming, (coming, plugs))
    checks.same('what was open meanwhile', opened, [])
    channels.all_shut(vm, idents + [modem.ident_usb], before)

    checks.within('the new version', vm.out('dpkg-query -W sekisho'), '99:')
    checks.same('its services', set(vm.out(f'systemctl is-active {SERVICES}').split()), {'active'})
    checks.same('failed units', vm.out('systemctl --failed --no-legend --plain'), '')
    checks.within('the rules are in the initial ramdisk', vm.out('lsinitramfs /boot/initrd.img-*', 60), '10-sekisho-usb.rules')
    checks.becomes('what came is in the log', lambda: {'DURING', f'DURING-{coming}'} -
                   {e.get('serial') for e in auditlog.events(vm, 'device.block')}, set(), timeout=40)
    vm.unplug('stick')
    usb.stick(vm, 'registered', serial=policy.REGISTERED)
    checks.becomes('a registered stick opens', lambda: vm.sh('stat -c %a /dev/sda')[1].strip(), '440', timeout=40)
    checks.within('the log is whole', vm.out('sekisho log verify'), 'OK')
