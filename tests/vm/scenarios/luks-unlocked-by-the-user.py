# SPDX-License-Identifier: Apache-2.0
"""A stick with a plain and a LUKS2 partition: both are the person's, the second by a passphrase that nobody else sees."""
import subprocess

from lab import auditlog, checks, people, policy, stages, usb

WRITABLE = policy.RULE.replace('read-only', 'allow')
PLAIN, SECRET = '/run/media/sekisho/PLAIN', '/run/media/sekisho/SECRET'
MIB = 1 << 20
LUKS = ('cryptsetup', 'luksFormat', '-q', '--type', 'luks2', '--pbkdf', 'argon2id', '--pbkdf-memory', '16384',
        '--pbkdf-parallel', '1', '--pbkdf-force-iterations', '4')
# Typed at a terminal: what is printed is what a neighbour could read there.
TYPED = r'''
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp("sekisho", ["sekisho", "medium", "unlock"])
seen = b""
while b"Passphrase for" not in seen:
    seen += os.read(fd, 1000)
os.write(fd, b"opensesame\n")
try:
    while part := os.read(fd, 1000):
        seen += part
except OSError:
    pass
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
'''


def stick(vm):
    image = vm.disk('tax-medium', 64)
    subprocess.run(['sfdisk', '-q', image], check=True, text=True,
                   input='label: gpt\nstart=1MiB, size=20MiB\nstart=21MiB, size=40MiB\n')
    for start, size, maker in (1, 20, ('mkfs.vfat', '-n', 'PLAIN')), (21, 40, LUKS):
        part = vm.path('part')
        with open(part, 'wb') as file:
            file.truncate(size * MIB)
        subprocess.run([*maker, part], input=b'opensesame', check=True, capture_output=True)
        subprocess.run(['dd', f'if={part}', f'of={image}', 'bs=1M', f'seek={start}', 'conv=notrunc,sparse', 'status=none'],
                       check=True)


def plug(vm):
    vm.plug('usb-storage', 'tax', drive='tax-medium', serial=policy.REGISTERED)
    checks.becomes('the plain one is mounted', lambda: vm.sh(f'mountpoint -q {PLAIN}')[0], 0, timeout=40)
    waits(vm)


def waits(vm):
    checks.becomes('the secret one waits', lambda: vm.sh('runuser -u alice -- sekisho medium list')[1].count('waits for'), 1,
                   timeout=40)


def unlock(vm, passphrase, user='alice'):
    return vm.sh(f'echo {passphrase} | runuser -u {user} -- sekisho medium unlock 2>&1', timeout=100)


def mapped(vm):
    return vm.out('dmsetup ls')


def make_file_system(vm):
    """As its owner did elsewhere."""
    vm.out('echo -n opensesame | cryptsetup open /dev/sda2 elsewhere -d - && '
           'mkfs.vfat -n SECRET /dev/mapper/elsewhere && udevadm settle && cryptsetup close elsewhere')


def refused(vm):
    checks.within('it is no business of bob', unlock(vm, 'opensesame', 'bob')[1], 'no such volume of yours')
    status, said = unlock(vm, 'guessed')
    checks.same('a wrong passphrase', (status, said.strip()),
                (1, 'sekisho medium: this passphrase does not open /dev/sda'))
    checks.becomes('the entry', lambda: [e['detail'] for e in auditlog.events(vm, 'medium.fail')],
                   ['the passphrase opens nothing on /dev/sda2'])
    checks.within('nothing is open', mapped(vm), 'No devices')


def left_behind(vm):
    """As by one that was killed between unlocking and mounting."""
    vm.out('echo -n opensesame | cryptsetup open /dev/sda2 sekisho-$(cat /sys/block/sda/diskseq)-2 -d - && udevadm settle')
    vm.out('systemctl restart sekishod')
    checks.becomes('it is locked again', lambda: 'No devices' in mapped(vm), True)
    waits(vm)


def typed(vm):
    with open(vm.path('typed.py'), 'w', encoding='utf-8') as script:
        script.write(TYPED)
    vm.put(vm.path('typed.py'), '/tmp/typed.py')
    vm.out('chmod 644 /tmp/typed.py')
    status, said = vm.sh('runuser -u alice -- python3 /tmp/typed.py', timeout=100)
    checks.same('unlocked', (status, SECRET in said, 'opensesame' in said), (0, True, False))
    checks.becomes('how it is encrypted', lambda: [(e['cipher'], e['key_bits'], e['kdf']) for e in auditlog.events(vm, 'medium.mount')
                                                   if e['mount'] == SECRET][-1:], [('aes-xts-plain64', 512, 'argon2id')])


def hers_alone(vm):
    options = vm.out(f'findmnt -no OPTIONS {SECRET}').split(',')
    for option in ('rw', 'nosuid', 'nodev', 'noexec'):
        checks.within('the options', options, option)
    vm.out(f'runuser -u alice -- sh -c "echo plainly-4711 >{PLAIN}/a; echo secretly-4711 >{SECRET}/a"')
    checks.true('bob may not look', vm.sh(f'runuser -u bob -- ls {SECRET}')[0] != 0)
    node = vm.out('readlink -f /dev/mapper/sekisho-*').strip()
    checks.same('its node', vm.out(f'stat -c "%a %U %G" {node}').strip(), '0 root root')
    checks.true('alice goes by the mount alone', vm.sh(f'runuser -u alice -- head -c1 {node}')[0] != 0)
    about = vm.out(f'udevadm info {node}')
    checks.within('udisks leaves it alone', about, 'UDISKS_IGNORE=1')
    checks.true('udev did not look inside', 'ID_FS_TYPE' not in about, about)
    checks.within('again', unlock(vm, 'opensesame')[1], 'no such volume of yours')


def given_back(vm):
    status, said = vm.sh('runuser -u alice -- sekisho medium eject 2>&1', timeout=60)
    checks.same('given back', (status, said.strip()), (0, 'You can take the medium /dev/sda out now.'))
    checks.within('locked again', mapped(vm), 'No devices')
    with open(vm.path('tax-medium.img'), 'rb') as medium:
        held = medium.read()
    checks.same('what can be read on it', (b'plainly-4711' in held, b'secretly-4711' in held), (True, False))
    vm.unplug('tax')
    checks.becomes('it is out', lambda: usb.nodes(vm), [])


def read_only(vm):
    policy.install(vm, policy.RULE, version=2)
    plug(vm)
    checks.within('unlocked', unlock(vm, 'opensesame')[1], SECRET)
    checks.within('what she wrote', vm.out(f'runuser -u alice -- cat {SECRET}/a'), 'secretly-4711')
    checks.within('no more is written', vm.sh(f'runuser -u alice -- touch {SECRET}/b 2>&1')[1], 'Read-only')
    checks.same('nor by root', vm.sh('dd if=/dev/zero of=$(readlink -f /dev/mapper/sekisho-*) count=1 2>&1')[0], 1)


def pulled_out(vm):
    vm.out(f'systemd-run -q --unit=reader --uid=alice sh -c "exec sleep 600 <{SECRET}/a"')
    vm.unplug('tax')
    checks.becomes('taken away', lambda: vm.sh(f'mountpoint -q {SECRET}')[0] != 0, True, timeout=40)
    vm.out('systemctl stop reader')
    checks.becomes('and locked', lambda: 'No devices' in mapped(vm), True)
    checks.becomes('the entries', lambda: {e['mount'] for e in auditlog.events(vm, 'medium.cut')}, {PLAIN, SECRET})


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, WRITABLE)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    stick(vm)
    plug(vm)
    make_file_system(vm)
    refused(vm)
    left_behind(vm)
    typed(vm)
    hers_alone(vm)
    given_back(vm)
    read_only(vm)
    pulled_out(vm)
    checks.becomes('no instance is left', lambda: vm.out(
        'systemctl list-units --all --no-legend "sekisho-media@*" "sekisho-mount@*"').strip(), '')
