# SPDX-License-Identifier: Apache-2.0
"""US-11: a stick is reported lost: it is refused wherever that is known, says so when it turns up, and two people find it."""
from lab import auditlog, checks, people, policy, register, stages, usb

RULES = '''rule ours read-only {
    only storage
    medium-number *
}
'''
LOST = '''event T-0002 lost {
    id "T-0099/5"
    at 2026-11-20T09:00
    by suzuki
}
'''


def opens(vm):
    """By another name where somebody still holds the node of the stick that was pulled out before."""
    checks.becomes('it opens', lambda: any(node.startswith('/dev/sd') for node in usb.nodes(vm)), True, timeout=40)


def reported(vm):
    usb.stick(vm, 'tax', serial='TAX0001')
    opens(vm)
    checks.same('reported', vm.sh('sekisho media lost T-0001 --note "left in a train"')[0], 0)
    checks.becomes('shut at once', lambda: usb.nodes(vm), [], timeout=60)
    vm.unplug('tax')
    said = vm.out('sekisho media incident T-0001')
    for part in 'alice', 'by its hardware', 'prompt report by', 'final report by':
        checks.within('what must be known now', said, part)


def turns_up(vm):
    vm.out('systemd-run -q --unit=watch --uid=alice sekisho medium watch')
    checks.becomes('she listens', lambda: vm.sh('systemctl is-active watch')[0], 0)
    usb.stick(vm, 'again', serial='TAX0001')
    checks.becomes('the entry', lambda: {e['medium_number'] for e in auditlog.events(vm, 'media.seen')}, {'T-0001'}, timeout=30)
    usb.shut(vm, usb.STICK)
    checks.becomes('who plugs it in is told', lambda: 'lost' in vm.out('journalctl -u watch -o cat'), True)
    vm.out('systemctl restart sekishod')
    usb.shut(vm, usb.STICK)


def found(vm):
    alice, bob = (vm.tokens[name].fresh_code(vm) for name in ('alice', 'bob'))
    status, said = vm.sh(f"printf '{alice}\\n000000\\n' | sekisho media found T-0001 --issuer alice --approver bob 2>&1")
    checks.true('not by one', status != 0, said)
    alice = vm.tokens['alice'].fresh_code(vm)
    status, said = vm.sh(f"printf '{alice}\\n{bob}\\n' | sekisho media found T-0001 --issuer alice --approver bob 2>&1")
    checks.same(f'by two: {said}', status, 0)
    opens(vm)
    vm.unplug('again')
    checks.becomes('out', lambda: usb.nodes(vm), [])


def known_from_the_register(vm):
    """Lost somewhere else: a newer register brings it."""
    usb.stick(vm, 'two', serial='TAX0002')
    opens(vm)
    register.install(vm, MEDIA, version=2, events=LOST)
    checks.becomes('shut', lambda: usb.nodes(vm), [], timeout=60)
    vm.unplug('two')


def posing(vm):
    """Two at once that say they are the same one."""
    usb.stick(vm, 'three', serial='TAX0003')
    opens(vm)
    usb.stick(vm, 'copy', serial='TAX0003')
    checks.becomes('both are shut', lambda: usb.nodes(vm), [], timeout=60)
    checks.true('and it is said', auditlog.events(vm, 'media.mismatch'))


MEDIA = [register.medium(f'T-000{number}', f'TAX000{number}', encryption='hardware') for number in (1, 2, 3)]


def run(vm):
    stages.resume(vm, 'guarded')
    vm.out('usermod -aG sekisho-admin alice && usermod -aG sekisho-admin bob')
    register.enrol(vm)
    register.install(vm, MEDIA)
    policy.install(vm, RULES)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    reported(vm)
    turns_up(vm)
    found(vm)
    known_from_the_register(vm)
    posing(vm)
    checks.same('the log is proven', vm.sh('sekisho log verify')[0], 0)
