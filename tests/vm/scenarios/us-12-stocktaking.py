# SPDX-License-Identifier: Apache-2.0
"""US-12: each stick is plugged in once, and the list says which were there, which do not fit, and which were not shown."""
import json

from lab import auditlog, checks, people, policy, register, stages, usb

RULES = '''rule ours read-only {
    only storage
    medium-number *
}
'''
MEDIA = [register.medium(f'T-000{number}', f'TAX000{number}', encryption='hardware') for number in (1, 2, 3)]


def shown(vm, serial):
    usb.stick(vm, serial.lower(), serial=serial)
    checks.becomes('it is in the log', lambda: any(e.get('serial') == serial for e in auditlog.events(vm, 'device.')), True,
                   timeout=40)
    usb.appeared(vm, usb.STICK)
    vm.unplug(serial.lower())


def run(vm):
    stages.resume(vm, 'guarded')
    register.enrol(vm)
    register.install(vm, MEDIA)
    policy.install(vm, RULES)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    since = vm.out('date +%Y-%m-%dT%H:%M').strip()
    for serial in 'TAX0001', 'TAX0002', 'STRANGER':
        shown(vm, serial)
    status, said = vm.sh(f'sekisho media stocktake --since {since} --json')
    taken = json.loads(said)
    checks.same('not all were there', (status, taken['present'], taken['missing']), (1, 2, 1))
    checks.same('which', {row['number']: row['result'] for row in taken['media']},
                {'T-0001': 'present', 'T-0002': 'present', 'T-0003': 'not-presented'})
    vm.out('sekisho media missing T-0003')
    checks.within('and said to be missing', vm.out('sekisho media show T-0003'), 'MISSING')
    usb.stick(vm, 'late', serial='TAX0003')
    usb.shut(vm, usb.STICK)
    month = vm.out('date +%Y-%m').strip()
    status, said = vm.sh(f'sekisho permit reconcile --month {month}')
    checks.same(f'what was used and what permitted: {said}', status, 0)
    checks.same('the log is proven', vm.sh('sekisho log verify')[0], 0)
