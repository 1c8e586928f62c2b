# SPDX-License-Identifier: Apache-2.0
"""US-10: a terminal moves from LGWAN to the My Number zone by an order of two people, and by nothing else."""
from lab import auditlog, checks, installing, office, people, policy, stages, usb

RULES = policy.RULE.replace('only storage', 'only storage\n    zone lgwan')


def run(vm):
    stages.resume(vm, 'guarded')
    vm.out(f"sekisho order install {office.order(vm, 2, 'lgwan')}")
    policy.install(vm, RULES)
    usb.stick(vm, serial=policy.REGISTERED)
    checks.becomes('the stick of the LGWAN zone opens', lambda: '/dev/sda' in usb.nodes(vm), True, timeout=30)

    one = office.order(vm, 3, 'internet', signers=('suzuki',))
    forged = office.order(vm, 4, 'internet', signers=('suzuki', 'mallory'))
    for what, order in ('one signature', one), ('a stranger', forged):
        status, text = vm.sh(f'sekisho order install {order}')
        checks.true(f'{what} is refused', status != 0 and 'needs two' in text, text)
    vm.out('sed -i s/lgwan/internet/ /var/lib/sekisho/order; systemctl restart sekishod')
    checks.becomes('an edited file changes nothing, loudly',
                   lambda: 'lgwan: the terminal' in vm.sh('sekisho status')[1], True)
    vm.out(f"sekisho order install {office.FOLDER}/order-2.signed")

    vm.out('sekisho token revoke carol')
    move = office.order(vm, 5, 'mynumber', more='    reason "moved to the tax office"\n    erase-certificate "R8-0113"\n')
    status, text = vm.sh(f'sekisho order install {move}')
    checks.true('too few tokens are refused', status != 0 and '2 people have a token' in text, text)
    checks.becomes('the stick is still open', lambda: '/dev/sda' in usb.nodes(vm), True, timeout=30)
    talk = people.console(vm, 'root', code='')                 # no token, and none is required in lgwan
    vm.tokens['carol'] = installing.enrol(vm, talk, 'carol')
    people.leave(talk)
    vm.out(f'sekisho order install {move}')
    checks.becomes('its stick is shut at once', lambda: usb.nodes(vm), [])
    change = auditlog.events(vm, 'zone.change')[-1]
    checks.same('the entry', (change['found'], change['zone'], change['signer'], change['certificate']),
                ('lgwan', 'mynumber', 'suzuki tanaka', 'R8-0113'))
    checks.within('status', vm.sh('sekisho status')[1], 'mynumber, terminal T-0042, order 5')
    checks.within('one log has both zones and verifies', vm.out('sekisho log verify'), 'OK')
    checks.true('going back needs a new order', vm.sh(f'sekisho order install {office.FOLDER}/order-2.signed')[0] != 0)

