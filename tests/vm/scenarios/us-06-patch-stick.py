# SPDX-License-Identifier: Apache-2.0
"""US-06: a company's worker brings a patch on a stick: for a day, under a witness with a code, compared with what was announced."""
import hashlib
import subprocess

from lab import auditlog, checks, office, people, policy, register, stages, usb

LONG = True

RULES = '''rule company read-only {{
    only storage
    permit vendor
}}
zone mynumber {{
    code required
    code none atd cron systemd-user
    scan-record required
    record-files "{key}"
}}
'''
PLACE = '/run/media/sekisho/PATCH'
FILES = {'patch.bin': b'\x7fELF not really' * 4096, 'doc/readme.txt': 'お読みください\n'.encode(), 'run.sh': b'#!/bin/sh\necho it ran\n'}
COMPANY = "--company 'Hoshu K.K.' --contract K-12 --worker Suzuki --subcontract none --classification 2 --section tax"


def sha(data):
    return hashlib.sha256(data).hexdigest()


def sums(files):
    return ''.join(f'{sha(data)}  {name}\n' for name, data in sorted(files.items())).encode()


SUMS = sums(FILES)


def burn(vm, ident, files):
    """As the company's own machine writes its stick."""
    image = vm.disk(f'{ident}-medium', 16)
    subprocess.run(['mkfs.vfat', '-n', 'PATCH', image], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(['mmd', '-i', image, '::doc'], check=True)
    for name, data in files.items():
        subprocess.run(['mcopy', '-i', image, '-', f'::{name}'], input=data, check=True)


def plug(vm, ident, serial='HOSHU7A31C'):
    vm.plug('usb-storage', ident, drive=f'{ident}-medium', serial=serial)
    usb.appeared(vm, usb.STICK)


def out(vm, ident):
    vm.unplug(ident)
    checks.becomes('out', lambda: usb.nodes(vm), [], timeout=60)


def ask(vm, more=''):
    """(number, what was said)."""
    status, said = register.as_(vm, 'alice', f'sekisho permit vendor {COMPANY} --until {register.moment(vm, 90)} {more}')
    return (said.split()[1] if status == 0 else None), said


def witness(vm, permit, user='alice', code=None):
    """(exit status, what was printed)."""
    return register.as_(vm, user, f'sekisho permit witness {permit}', f'{code or vm.tokens[user].fresh_code(vm)}\\n')


def asked_for(vm):
    vm.out('systemd-run -q --unit=watch --uid=alice sekisho medium watch')
    checks.within('without a medium', ask(vm, '--scan S-0815')[1], 'no medium is plugged in')
    plug(vm, 'patch')
    usb.shut(vm, usb.STICK)
    checks.within('not scanned', ask(vm)[1], '--scan')
    permit, said = ask(vm, f'--scan S-0815 --uses 4 --expect {sha(SUMS)}')
    checks.within('who may approve', said, 'bob')
    checks.true('nobody approves his own', register.approve(vm, permit, 'alice')[0] != 0)
    checks.true('another section does not', register.approve(vm, permit, 'carol')[0] != 0)
    checks.same('bob approves', register.approve(vm, permit)[0], 0)
    entry = auditlog.events(vm, 'permit.approve')[-1]
    wanted = {'company': 'Hoshu K.K.', 'contract': 'K-12', 'worker': 'Suzuki', 'subcontract': 'none', 'permit_user': 'alice',
              'approver': 'bob', 'serial': 'HOSHU7A31C', 'scan': 'S-0815', 'expected': sha(SUMS)}
    checks.same('the entry', {key: entry.get(key) for key in wanted}, wanted)
    return permit


def needs_its_witness(vm, permit):
    usb.shut(vm, usb.STICK)
    checks.becomes('she is told what it takes', lambda: f'permit witness {permit}' in vm.out('journalctl -u watch -o cat'), True)
    checks.true('a wrong code', witness(vm, permit, code='000000')[0] != 0)
    checks.true('somebody else', witness(vm, permit, user='bob')[0] != 0)
    usb.shut(vm, usb.STICK)
    status, said = witness(vm, permit)
    checks.same(f'alice is there: {said}', status, 0)
    checks.becomes('mounted', lambda: vm.sh(f'mountpoint -q {PLACE}')[0], 0, timeout=60)


def can_only_be_read(vm):
    options = vm.out(f'findmnt -no OPTIONS {PLACE}').split(',')
    checks.same('options', {'ro', 'noexec', 'nosuid', 'nodev'} - set(options), set())
    alice = 'runuser -u alice --'
    checks.same('she reads', vm.out(f'{alice} sha256sum {PLACE}/patch.bin').split()[0], sha(FILES['patch.bin']))
    checks.within('writes fail', vm.sh(f'{alice} touch {PLACE}/x 2>&1')[1], 'Read-only')
    checks.within('nothing runs', vm.sh(f'{alice} {PLACE}/run.sh 2>&1')[1], 'ermission denied')
    node = vm.out(f'findmnt -no SOURCE {PLACE}').strip()
    checks.same('the disk itself', vm.out(f'cat /sys/class/block/{node[5:]}/ro').strip(), '1')
    checks.true('nobody else sees it', vm.sh(f'runuser -u bob -- ls {PLACE}')[0] != 0)


def is_compared(vm, permit):
    entry = auditlog.events(vm, 'medium.manifest')[-1]
    wanted = {'permit': permit, 'result': 'as_expected', 'files': 4, 'matching': 4, 'missing': 0, 'changed': 0, 'extra': 0,
              'manifest': sha(sums(FILES | {'SUMS': SUMS}))}
    checks.same('as announced', {key: entry.get(key) for key in wanted}, wanted)
    checks.same('the sealed list', vm.out(f'sha256sum {entry["path"]}').split()[0], entry['sha256'])
    shown = vm.out(f'sekisho medium files {entry["path"]} --key {office.FOLDER}/auditor.key')
    checks.within('the auditor reads it', shown, f'{sha(FILES["patch.bin"])} {len(FILES["patch.bin"])} patch.bin')
    checks.true('no name in the log', 'patch.bin' not in vm.out('sekisho log --json'))
    checks.within('she is told', vm.out('journalctl -u watch -o cat'), '4 as announced')


def another_agent_asks_again(vm, permit):
    """The one before had opened it: that is no tampering, and its mount does not stay."""
    vm.out('systemctl kill -s KILL sekishod')
    checks.becomes('unmounted', lambda: vm.sh(f'mountpoint -q {PLACE}')[0] != 0, True, timeout=100)
    usb.shut(vm, usb.STICK)
    checks.same('false alarms', auditlog.events(vm, 'gate.tamper'), [])
    checks.becomes('alice is there', lambda: witness(vm, permit)[0], 0)
    checks.becomes('mounted', lambda: vm.sh(f'mountpoint -q {PLACE}')[0], 0, timeout=60)


def ends_with_the_session(vm, permit):
    vm.out('loginctl terminate-user alice')
    checks.becomes('unmounted', lambda: vm.sh(f'mountpoint -q {PLACE}')[0] != 0, True, timeout=100)
    usb.shut(vm, usb.STICK)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    usb.shut(vm, usb.STICK)
    said = vm.out(f'sekisho permit record {permit}')
    for part in 'Hoshu K.K.', 'K-12', 'Suzuki', 'alice', 'bob', 'S-0815', 'T-0042', 'all as announced', 'witness is there':
        checks.within('the work record', said, part)
    out(vm, 'patch')


def what_was_not_announced(vm, permit):
    """The same stick, on which the patch is another now; and the right patch on another stick."""
    burn(vm, 'other', FILES | {'patch.bin': b'something else', 'SUMS': SUMS})
    plug(vm, 'other')
    checks.becomes('alice is there', lambda: witness(vm, permit)[0], 0)
    checks.becomes('not as announced', lambda: auditlog.events(vm, 'medium.manifest')[-1].get('result'), 'not_expected', timeout=60)
    usb.shut(vm, usb.STICK)
    checks.true('never mounted', vm.sh(f'mountpoint -q {PLACE}')[0] != 0)
    out(vm, 'other')
    burn(vm, 'swapped', FILES | {'SUMS': SUMS})
    plug(vm, 'swapped', serial='HOSHU7A31D')
    checks.within('another stick is not the one', witness(vm, permit)[1], 'not plugged in')
    usb.shut(vm, usb.STICK)


def run(vm):
    stages.resume(vm, 'guarded')
    register.enrol(vm)
    register.install(vm, [register.medium('T-0123', 'TAX0001')])
    key = vm.out(f'cd {office.FOLDER} && sekisho key generate auditor 2>/dev/null | head -n 1').strip()
    policy.install(vm, RULES.format(key=key))
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    burn(vm, 'patch', FILES | {'SUMS': SUMS})
    permit = asked_for(vm)
    needs_its_witness(vm, permit)
    can_only_be_read(vm)
    is_compared(vm, permit)
    another_agent_asks_again(vm, permit)
    ends_with_the_session(vm, permit)
    what_was_not_announced(vm, permit)
    checks.same('the log is proven', vm.sh('sekisho log verify')[0], 0)
