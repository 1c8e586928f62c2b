# SPDX-License-Identifier: Apache-2.0
"""A stick plugged into a running terminal gets no driver and no node, and is listed as blocked."""
import json

from lab import auditlog, checks, stages, usb


def run(vm):
    stages.resume(vm, 'guarded')
    usb.stick(vm, serial='PRIVATE1')
    usb.shut(vm, usb.STICK)
    checks.becomes('the log has it blocked', lambda: [e.get('serial') for e in auditlog.events(vm, 'device.block')], ['PRIVATE1'])
    listed = json.loads(vm.out('sekisho devices --blocked --json'))
    checks.same('blocked devices', [(d['id'], d['serial'], d['verdict']) for d in listed],
                [(usb.STICK, 'PRIVATE1', 'block')])
    vm.unplug('stick')
    checks.becomes('none is blocked', lambda: json.loads(vm.out('sekisho devices --blocked --json')), [])
