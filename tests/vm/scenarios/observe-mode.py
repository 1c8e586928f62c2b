# SPDX-License-Identifier: Apache-2.0
"""In a zone that is only observed a stick opens, the log says what it would have been, and status is loud."""
from lab import auditlog, checks, office, policy, stages, usb

OBSERVE = 'zone lgwan {\n    observe {\n        until 2099-12-31\n    }\n}\n'


def run(vm):
    stages.resume(vm, 'guarded')
    office.write(vm, 'refused', OBSERVE.replace('lgwan', 'mynumber'))
    checks.within('not in mynumber', vm.sh(f'sekisho policy check {office.FOLDER}/refused')[1], 'without a granted exception')
    vm.out(f"sekisho order install {office.order(vm, 2, 'lgwan')}")
    policy.install(vm, OBSERVE)
    usb.stick(vm, serial='ANYBODY')
    checks.becomes('the node', lambda: '/dev/sda' in usb.nodes(vm), True, timeout=30)
    entry = auditlog.events(vm, 'policy.observe')[-1]
    checks.same('the entry', (entry['verdict'], entry['rule'], entry['serial']), ('block', 'default', 'ANYBODY'))
    status, text = vm.sh('sekisho status')
    checks.true('status is loud', status == 1 and 'OBSERVING ONLY' in text, text)
    policy.install(vm, '', version=2)
    checks.becomes('without observing it is shut', lambda: usb.nodes(vm), [])
