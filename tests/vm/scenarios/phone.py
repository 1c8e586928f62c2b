# SPDX-License-Identifier: Apache-2.0
"""A phone that offers its files (MTP) gets no driver and stays unauthorised."""
import os

from lab import auditlog, checks, stages, usb


def run(vm):
    stages.resume(vm, 'guarded')
    os.makedirs(vm.path('photos'), exist_ok=True)
    vm.plug('usb-mtp', 'phone', rootdir=vm.path('photos'), readonly=False)
    usb.shut(vm, usb.PHONE)
    checks.true('its node is for root alone',
                vm.out("find /dev/bus/usb -type c ! -perm 600") == '', vm.out('ls -lR /dev/bus/usb'))
    checks.becomes('entries in the log', lambda: len(auditlog.events(vm, 'device.block')), 1)
