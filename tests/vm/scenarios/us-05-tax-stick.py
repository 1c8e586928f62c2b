# SPDX-License-Identifier: Apache-2.0
"""US-05: tax data on a registered, encrypted stick for two hours, asked for by one and approved by another."""
import subprocess

from lab import auditlog, checks, people, policy, register, stages, usb

LONG = True

RULES = '''rule with-permit allow {
    only storage
    permit write
    medium luks2
}
rule with-permit-to-read read-only {
    only storage
    permit read
    medium luks2
}
'''
PLACE = '/run/media/sekisho/TAX'
LUKS = ('cryptsetup', 'luksFormat', '-q', '--type', 'luks2', '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000')
HOUR = 3600


def plug(vm, ident='tax', serial='TAX0001'):
    vm.plug('usb-storage', ident, drive=f'{ident}-medium', serial=serial)


def judged(vm, serial):
    return [e for e in auditlog.events(vm, 'device.') if e.get('serial') == serial and e.get('node')]


def stays_shut(vm, serial):
    """Looked at, for it may be one of ours, and of no use to anybody."""
    said = len(judged(vm, serial))
    plug(vm, serial=serial)
    checks.becomes('looked at, then refused', lambda: [e['type'] for e in judged(vm, serial)[said:]], ['device.block'], timeout=60)
    node = judged(vm, serial)[-1]['node']
    checks.same('its node', vm.out(f'stat -c %a {node}').strip(), '0')
    checks.same('read-only', vm.out(f'cat /sys/block/{node[5:]}/ro').strip(), '1')
    vm.unplug('tax')
    checks.becomes('out', lambda: usb.nodes(vm), [])


def mounted(vm):
    return vm.sh(f'mountpoint -q {PLACE}')[0] == 0


def refused(vm, what, answer, why):
    status, said = answer
    checks.true(what, status != 0 and why in said, said)


def two_people_two_codes(vm):
    permit = register.ask(vm, 'T-0123')
    refused(vm, 'oneself', register.approve(vm, permit, 'alice'), 'asked for himself')
    refused(vm, 'of another section', register.approve(vm, permit, 'carol'), 'does not approve for the section')
    refused(vm, 'a wrong code', register.approve(vm, permit, code='000000'), 'bob')
    stays_shut(vm, 'TAX0001')                           # asked for is not approved
    checks.same('bob approves', register.approve(vm, permit)[0], 0)
    approved = auditlog.events(vm, 'permit.approve')[-1]
    checks.same('the entry', (approved['permit'], approved['approver'], approved['purpose']), (permit, 'bob', 'tax'))
    return permit


def not_encrypted(vm):
    """Registered as encrypted, and plain: refused."""
    usb.stick(vm, 'plain', serial='PLAIN01')
    checks.becomes('looked at, and refused', lambda: auditlog.events(vm, 'device.block')[-1].get('reason'), 'not_encrypted',
                   timeout=30)
    vm.unplug('plain')


def used(vm, permit):
    plug(vm)
    checks.becomes('it waits for its passphrase',
                   lambda: register.as_(vm, 'alice', 'sekisho medium list')[1].count('waits for'), 1, timeout=60)
    vm.out('echo -n opensesame | cryptsetup open /dev/sda elsewhere -d - && mkfs.vfat -n TAX /dev/mapper/elsewhere && '
           'udevadm settle && cryptsetup close elsewhere')                     # as its owner did, elsewhere
    checks.same('unlocked', register.as_(vm, 'alice', 'sekisho medium unlock', 'opensesame\\n')[0], 0)
    checks.becomes('mounted', lambda: mounted(vm), True, timeout=40)
    checks.same('alice writes', vm.sh(f'runuser -u alice -- sh -c "echo tax-4711 >{PLACE}/a.txt"')[0], 0)
    checks.true('bob does not', vm.sh(f'runuser -u bob -- touch {PLACE}/b.txt')[0] != 0)
    use = auditlog.events(vm, 'permit.use')[-1]
    checks.same('counted before it opened', (use['permit'], use['used']), (permit, 1))
    mount = auditlog.events(vm, 'medium.mount')[-1]
    checks.same('evidence of its encryption', (mount['cipher'], mount['key_bits'], mount['kdf']), ('aes-xts-plain64', 512, 'pbkdf2'))


def comes_to_its_end(vm, permit):
    vm.out('systemd-run -q --unit=watch --uid=alice sekisho medium watch')
    vm.out(f'systemd-run -q --unit=editor --uid=alice --working-directory={PLACE} sleep 6000')
    vm.set_clock(vm.clock() + 2 * HOUR - 9 * 60)
    checks.becomes('told before', lambda: 'minutes are left' in vm.out('journalctl -u watch -o cat'), True, timeout=120)
    vm.set_clock(vm.clock() - HOUR)                     # gains nothing
    checks.true('still open', mounted(vm))
    vm.set_clock(vm.clock() + HOUR + 9 * 60)
    checks.becomes('over, though a program sits there', lambda: mounted(vm), False, timeout=200)
    checks.becomes('shut', lambda: usb.nodes(vm), [], timeout=60)
    checks.same('the entries', [e['permit'] for e in auditlog.events(vm, 'permit.expire')], [permit])
    end = auditlog.events(vm, 'permit.end')[-1]
    checks.true('how much was written, and no name', end['files'] >= 1 and end['bytes'] > 0 and 'a.txt' not in str(end), end)
    vm.unplug('tax')


def cannot_be_stretched(vm):
    """As somebody tries who would like to go on."""
    stays_shut(vm, 'TAX0001')
    vm.set_clock(vm.clock() - HOUR)
    vm.out('systemctl restart sekishod')
    stays_shut(vm, 'TAX0001')
    vm.set_clock(vm.clock() + HOUR)


def returned(vm, permit):
    status, said = vm.sh('sekisho media overdue')
    checks.true('next morning it is on the list', status == 1 and permit in said, said)
    refused(vm, 'who used it confirms nothing',
            register.as_(vm, 'alice', f'sekisho permit close {permit} --erased-by alice', '000000\\n'), '')
    code = vm.tokens['bob'].fresh_code(vm)
    checks.same('closed', register.as_(vm, 'alice', f'sekisho permit close {permit} --erased-by bob', f'{code}\\n')[0], 0)
    checks.true('and off the list', permit not in vm.sh('sekisho media overdue')[1])


def run(vm):
    stages.resume(vm, 'guarded')
    register.enrol(vm)
    register.install(vm, [register.medium('T-0123', 'TAX0001'), register.medium('T-0124', 'PLAIN01')])
    policy.install(vm, RULES)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    subprocess.run([*LUKS, vm.disk('tax-medium', 48), '-'], input=b'opensesame', check=True)
    permit = two_people_two_codes(vm)
    not_encrypted(vm)
    used(vm, permit)
    comes_to_its_end(vm, permit)
    cannot_be_stretched(vm)
    returned(vm, permit)
    checks.same('the log is proven', vm.sh('sekisho log verify')[0], 0)
    month = vm.out('date +%Y-%m').strip()
    status, said = vm.sh(f'sekisho permit reconcile --month {month}')
    checks.true('its use fits its permit', permit in said and 'NO PERMIT' not in said and 'NOT IN ITS TIME' not in said, said)
    checks.true('or hours are missing, for this story sets the clock', status in (0, 2), said)
