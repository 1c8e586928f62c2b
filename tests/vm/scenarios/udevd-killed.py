# SPDX-License-Identifier: Apache-2.0
"""With udevd dead nothing opens, and what was plugged meanwhile stays shut when it is back."""
from lab import checks, stages, usb


def run(vm):
    stages.resume(vm, 'guarded')
    vm.out('systemctl mask --runtime --now systemd-udevd.service systemd-udevd-kernel.socket '
           'systemd-udevd-control.socket 2>&1; pkill -KILL -x systemd-udevd || true')
    checks.same('udevds running', vm.sh('pgrep -cx systemd-udevd')[1].strip(), '0')
    usb.stick(vm, serial='PRIVATE1')
    checks.same('the stick', usb.shut(vm, usb.STICK)['authorized'], 0)
    checks.true('the keyboard types', usb.typing_works(vm))

    vm.out('systemctl unmask --runtime systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket '
           '2>&1; systemctl start systemd-udevd.service; udevadm trigger --action=add')
    usb.shut(vm, usb.STICK)
