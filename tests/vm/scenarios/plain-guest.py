# SPDX-License-Identifier: Apache-2.0
"""Without sekisho everything works: the lab can tell open from shut."""
from lab import checks, people, stages, usb


def run(vm):
    stages.resume(vm, 'base')
    talk = people.console(vm, 'alice')
    checks.same('sudo at the console', people.sudo(talk, 'alice').splitlines()[-1], 'root')
    people.leave(talk)
    checks.refused('a wrong password at the console', people.console, vm, 'alice', password='wrong')
    people.leave(people.ssh(vm, 'bob'))
    checks.refused('a wrong password over ssh', people.ssh, vm, 'bob', password='wrong')

    checks.true('the keyboard types', usb.typing_works(vm))
    checks.true('the mouse behind the hub moves', usb.pointing_works(vm))
    usb.stick(vm)
    usb.appeared(vm, usb.STICK)
    checks.becomes('the stick gets its node', lambda: '/dev/sda' in usb.nodes(vm), True)
