# SPDX-License-Identifier: Apache-2.0
"""Purging the package takes the codes off, then the kernel parameter, then the rules; sticks work after a restart."""
from lab import checks, people, stages, usb

LONG = True


def run(vm):
    stages.resume(vm, 'guarded', keep=True)
    printed = vm.out('DEBIAN_FRONTEND=noninteractive apt-get -q purge -y sekisho 2>&1', 900)
    checks.true('the parameter goes before the rules',
                0 < printed.find('kernel parameter') < printed.find('initramfs'), printed)
    checks.same('traces in PAM', vm.sh('grep -l sekisho /etc/pam.d/*')[1], '')
    people.leave(people.console(vm, 'root'))
    people.leave(people.ssh(vm, 'bob'))
    vm.power_off()

    boot = stages.next_boot(vm)
    checks.true('the parameter is gone', 'authorized_default' not in boot.cmdline, boot.cmdline)
    vm.boot(boot, keep=True)
    vm.wait_up()
    checks.true('the keyboard types', usb.typing_works(vm))
    usb.stick(vm)
    checks.becomes('the stick gets its node', lambda: '/dev/sda' in usb.nodes(vm), True)
