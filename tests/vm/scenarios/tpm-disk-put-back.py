# SPDX-License-Identifier: Apache-2.0
"""A disk that is put back to an older state is told by the starts that the TPM counted, without anything kept elsewhere."""
import json
import os
import shutil

from lab import auditlog, checks, stages, tpm

LONG = SOAK = True


def run(vm):
    boot = stages.ready('installed').boot()
    boot.disk = stages.overlay(boot.disk, vm.path('disk.qcow2'))
    ramdisk = tpm.make_room(vm, boot)

    def start():
        stages.cold(vm, 'installed', *ramdisk, *tpm.plug(vm), boot=boot)

    start()
    status, report = verified(vm)
    checks.same('without the tools', (status, report['starts_counted']), (0, 0))
    checks.within('the report', vm.out('LANG=C sekisho log verify'), 'NOT PROTECTED: no counter')
    tpm.tools(vm)
    vm.power_off()

    start()
    checks.same('the first start', counted(vm), [1])
    vm.out('systemctl restart sekisho-logd sekisho-log-counter')
    checks.same('the daemon alone starts anew', counted(vm), [1, 1])
    vm.power_off()
    shutil.copy(boot.disk, vm.path('older.qcow2'))

    start()
    checks.same('the next start', counted(vm), [1, 1, 2])
    vm.power_off()
    os.replace(vm.path('older.qcow2'), boot.disk)

    start()
    checks.same('the disk was put back', counted(vm), [1, 1, 3])
    status, report = verified(vm)
    checks.same('it is told', (status, report['result'], report['starts_lacking']), (2, 'incomplete', 1))
    checks.within('the report', vm.sh('LANG=C sekisho log verify')[1], 'FOUND before entry #')


def counted(vm):
    return [entry['tpm_counter'] for entry in auditlog.events(vm, 'log.start') if 'tpm_counter' in entry]


def verified(vm):
    status, shown = vm.sh('sekisho log verify --json')
    return status, json.loads(shown)
