# SPDX-License-Identifier: Apache-2.0
"""With the agent killed, or stopped by a signal, the next stick gets nothing and keyboards still work."""
from lab import checks, stages, usb

STAY_DEAD = '''mkdir -p /run/systemd/system/sekishod.service.d
printf '[Service]\\nRestart=no\\n' >/run/systemd/system/sekishod.service.d/dead.conf
systemctl daemon-reload'''


def run(vm):
    stages.resume(vm, 'guarded')
    vm.out('systemctl kill -s STOP sekishod')
    usb.stick(vm, 'first', serial='FIRST')
    usb.shut(vm, usb.STICK)
    vm.unplug('first')

    vm.out(f'{STAY_DEAD}; systemctl stop sekishod.socket 2>/dev/null; systemctl kill -s KILL sekishod; sleep 1')
    checks.same('agents running', vm.sh('pgrep -cx sekishod')[1].strip(), '0')
    usb.stick(vm, 'second', serial='SECOND')
    usb.shut(vm, usb.STICK)
    checks.true('the keyboard types', usb.typing_works(vm))
    before = keyboards(vm)
    vm.plug('usb-kbd', 'another', port='6')
    checks.becomes('a keyboard plugged now', lambda: keyboards(vm), before + 1)


def keyboards(vm):
    return int(vm.out("grep -c 'Handlers=.*kbd.*event' /proc/bus/input/devices"))
