# SPDX-License-Identifier: Apache-2.0
"""Who sits there gets the stick mounted; however its use ends, what was written is on it, or the log says lost."""
from lab import auditlog, checks, people, policy, stages, usb

WRITABLE = policy.RULE.replace('read-only', 'allow')
PLACE = '/run/media/sekisho/STICK'
NONE = 'rule nothing allow {\n    only keyboard\n}\n'


def plugged(vm, name):
    usb.stick(vm, name, serial=policy.REGISTERED)
    mounted(vm)


def mounted(vm):
    checks.becomes('mounted', lambda: vm.sh(f'mountpoint -q {PLACE}')[0], 0, timeout=40)


def gone(vm, timeout=40):
    checks.becomes('unmounted', lambda: vm.sh(f'mountpoint -q {PLACE}')[0] != 0, True, timeout=timeout)


def is_on_medium(vm, name, text):
    """True when it has arrived there, whatever the guest still holds in memory."""
    with open(vm.path(f'{name}-medium.img'), 'rb') as medium:
        return text.encode() in medium.read()


def as_alice(vm, command):
    return vm.sh(f'runuser -u alice -- sh -c "{command}" 2>&1')


def works_with_it(vm):
    options = vm.out(f'findmnt -no OPTIONS {PLACE}')
    for option in ('rw', 'nosuid', 'nodev', 'noexec'):
        checks.within('the options', options.split(','), option)
    checks.same('alice writes', as_alice(vm, f'echo ledger-4711 >{PLACE}/a.txt')[0], 0)
    checks.true('bob may not look', vm.sh(f'runuser -u bob -- ls {PLACE}')[0] != 0)
    checks.within('she sees it', as_alice(vm, 'sekisho medium list')[1], f'/dev/sda  read and write  {PLACE}')
    checks.within('he does not', vm.sh('runuser -u bob -- sekisho medium list')[1], 'No medium is open')
    checks.true('udisks is told to leave it alone', 'UDISKS_IGNORE=1' in vm.out('udevadm info /dev/sda'))


def gives_it_back(vm):
    vm.out(f'systemd-run -q --unit=editor --uid=alice --working-directory={PLACE} sleep 600')
    checks.becomes('it is in use', lambda: 'sleep (' in as_alice(vm, 'sekisho medium eject')[1], True)
    vm.out('systemctl stop editor')
    status, said = as_alice(vm, 'sekisho medium eject')
    checks.same('given back', (status, said.strip()), (0, 'You can take the medium /dev/sda out now.'))
    gone(vm)
    checks.becomes('nobody may read it', lambda: vm.out('stat -c %a /dev/sda'), '0')
    checks.true('what she wrote is on it', is_on_medium(vm, 'first', 'ledger-4711'))
    vm.unplug('first')
    checks.becomes('it is out', lambda: usb.nodes(vm), [])


def agent_restarts(vm):
    vm.out(f'systemd-run -q --unit=editor --uid=alice --working-directory={PLACE} sleep 600')
    vm.out('systemctl kill -s KILL sekishod')
    checks.becomes('it is back', lambda: vm.sh('sekisho medium list | grep -q STICK')[0], 0, timeout=40)
    checks.same('she kept it', vm.sh('systemctl is-active editor')[0], 0)
    vm.out('systemctl stop editor')


def grant_ends(vm):
    checks.same('alice writes', as_alice(vm, f'echo half-done >{PLACE}/b.txt')[0], 0)
    vm.out('systemd-run -q --unit=watch --uid=alice sekisho medium watch')
    checks.becomes('she listens', lambda: vm.sh('systemctl is-active watch')[0], 0)
    policy.install(vm, NONE, version=2)
    gone(vm)
    checks.becomes('shut', lambda: usb.nodes(vm), [])
    checks.true('what she wrote is on it', is_on_medium(vm, 'second', 'half-done'))
    checks.within('she was told', vm.out('journalctl -u watch -o cat'), 'everything is written out')
    ends = [(entry['reason'], entry['user']) for entry in auditlog.events(vm, 'medium.unmount')]
    checks.same('the entries', ends, [('ejected', 'alice'), ('not_granted', 'alice')])


def revoked(vm):
    policy.install(vm, WRITABLE, version=3)
    mounted(vm)
    vm.out(f'systemd-run -q --unit=editor --uid=alice --working-directory={PLACE} sleep 600')
    vm.out('sekisho revoke --all')
    checks.becomes('cut', lambda: usb.nodes(vm), [])
    gone(vm)
    checks.becomes('the entry', lambda: [entry['reason'] for entry in auditlog.events(vm, 'medium.cut')], ['revoked'])
    vm.out('udevadm trigger --action=add; udevadm settle')
    checks.same('still shut', usb.nodes(vm), [])
    vm.unplug('second')


def pulled_out(vm):
    plugged(vm, 'third')
    vm.unplug('third')
    gone(vm)
    checks.becomes('the entry', lambda: auditlog.events(vm, 'medium.cut')[-1]['reason'], 'removed')


def logged_out(vm):
    plugged(vm, 'fourth')
    vm.out('loginctl terminate-user alice')
    gone(vm)
    checks.becomes('the entry', lambda: auditlog.events(vm, 'medium.unmount')[-1]['reason'], 'seat_changed')


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, WRITABLE)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    plugged(vm, 'first')
    works_with_it(vm)
    gives_it_back(vm)
    plugged(vm, 'second')
    agent_restarts(vm)
    grant_ends(vm)
    revoked(vm)
    pulled_out(vm)
    logged_out(vm)
    checks.same('the log is proven', vm.sh('sekisho log verify')[0], 0)
