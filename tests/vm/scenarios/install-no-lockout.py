# SPDX-License-Identifier: Apache-2.0
"""Installing the package alone changes no login and shuts no keyboard, now and after a restart."""
from lab import checks, installing, paths, people, stages, usb

LONG = True


def run(vm):
    if not paths.package():
        raise stages.NoPackage('no sekisho package')
    stages.resume(vm, 'base', keep=True)
    installing.install(vm, paths.package())
    passwords_suffice(vm)
    vm.power_off()
    vm.boot(stages.next_boot(vm), keep=True)
    vm.wait_up()
    checks.same('failed units', vm.out('systemctl --failed --no-legend --plain'), '')
    passwords_suffice(vm)
    checks.true('the keyboard types', usb.typing_works(vm))
    checks.true('the mouse behind the hub moves', usb.pointing_works(vm))


def passwords_suffice(vm):
    talk = people.console(vm, 'alice')
    checks.same('sudo', people.sudo(talk, 'alice').splitlines()[-1], 'root')
    people.leave(talk)
    people.leave(people.ssh(vm, 'bob'))
