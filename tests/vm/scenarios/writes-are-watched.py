# SPDX-License-Identifier: Apache-2.0
"""What is written to a stick is counted and in the log; without an agent, or without who watches, it cannot be written to."""
import json

from lab import auditlog, checks, people, policy, stages, usb

WRITABLE = policy.RULE.replace('read-only', 'allow')
PLACE = '/run/media/sekisho/STICK'
STAY_DEAD = '''mkdir -p /run/systemd/system/sekishod.service.d
printf '[Service]\\nRestart=no\\n' >/run/systemd/system/sekishod.service.d/dead.conf
systemctl daemon-reload'''
ALIVE = 'rm -r /run/systemd/system/sekishod.service.d; systemctl daemon-reload'


def plugged(vm, name):
    usb.stick(vm, name, serial=policy.REGISTERED)
    writable(vm)


def options(vm):
    return vm.sh(f'findmnt -no FS-OPTIONS {PLACE}')[1].strip().split(',')


def writable(vm):
    checks.becomes('writable', lambda: 'rw' in options(vm), True, timeout=40)


def as_alice(vm, command):
    return vm.sh(f'runuser -u alice -- sh -c "{command}" 2>&1')


def last(vm, kind):
    checks.becomes(f'an entry {kind}', lambda: bool(auditlog.events(vm, kind)), True, timeout=40)
    return auditlog.events(vm, kind)[-1]


def watcher(vm):
    return vm.out("for p in $(pidof sekisho-media); do ls -l /proc/$p/fd | grep -q fanotify && echo $p; done; true").split()


def counted(vm):
    checks.same('alice writes', as_alice(vm, f'mkdir {PLACE}/papers; for i in \\$(seq 50); do echo \\$i >{PLACE}/papers/\\$i; done; '
                                         f'echo again >{PLACE}/papers/1')[0], 0)
    checks.same('one watches', len(watcher(vm)), 1)
    checks.within('with one right', vm.out(f'cat /proc/{watcher(vm)[0]}/status'), 'CapEff:\t0000000000200000')
    checks.same('given back', as_alice(vm, 'sekisho medium eject')[0], 0)
    entry = last(vm, 'medium.unmount')
    checks.same('files in the log', entry['files'], 50)
    checks.true('bytes in the log', 50 * 512 <= entry['bytes'] < 1 << 20, entry['bytes'])
    checks.becomes('nobody watches', lambda: watcher(vm), [])
    vm.unplug('first')


def agent_killed_in_the_middle(vm):
    """A copy goes on when it happens: each file that was begun is counted, and no other is begun."""
    vm.out(f"echo 'i=0; while echo $i >{PLACE}/copy-$i; do i=$((i+1)); done' >/tmp/copy")
    vm.out(f'{STAY_DEAD}; systemd-run -q --unit=copy --uid=alice sh /tmp/copy')
    checks.becomes('the copy goes on', lambda: vm.sh(f'test -e {PLACE}/copy-20')[0], 0)
    vm.out('systemctl stop sekishod.socket 2>/dev/null; systemctl kill -s KILL sekishod')
    # In the first moment in which no file is open; until then each write is watched.
    checks.becomes('read-only without an agent', lambda: 'ro' in options(vm), True, timeout=120)
    checks.within('alice', as_alice(vm, f'touch {PLACE}/later')[1], 'Read-only')
    checks.becomes('the copy has ended', lambda: vm.sh('systemctl is-active -q copy')[0] != 0, True)
    entry = last(vm, 'medium.files')
    # One that was made in the very moment has a name and was never opened: nothing could be written to it.
    files = int(vm.out(f'find {PLACE} -name "copy-*" -size +0 | wc -l'))
    checks.same('it was told', (entry['reason'], entry['mount']), ('agent_lost', PLACE))
    checks.same('and every file counted', entry['files'], files)
    checks.becomes('nobody watches', lambda: watcher(vm), [])


def taken_up_anew(vm):
    vm.out(f'{ALIVE}; systemctl start sekishod.socket sekishod')
    writable(vm)
    checks.same('one watches', len(watcher(vm)), 1)
    checks.same('alice writes', as_alice(vm, f'echo later >{PLACE}/later')[0], 0)


def agent_stopped(vm):
    """It holds the connection: what is written is counted all the same, and told when it goes on."""
    vm.out('systemctl kill -s STOP sekishod')
    checks.same('alice writes', as_alice(vm, f'echo x >{PLACE}/stopped')[0], 0)
    checks.same('one watches', len(watcher(vm)), 1)
    vm.out('systemctl kill -s CONT sekishod')
    checks.same('given back', as_alice(vm, 'sekisho medium eject')[0], 0)
    checks.same('both are counted', last(vm, 'medium.unmount')['files'], 2)
    vm.unplug('second')


def watcher_killed(vm):
    before = len(auditlog.events(vm, 'medium.cut'))
    vm.out(f'systemd-run -q --unit=editor --uid=alice sh -c "exec sleep 600 >{PLACE}/open"')
    checks.becomes('a file is open', lambda: vm.sh(f'test -e {PLACE}/open')[0], 0)
    vm.out(f'kill -KILL {watcher(vm)[0]}')
    checks.becomes('the use is cut', lambda: len(auditlog.events(vm, 'medium.cut')), before + 1, timeout=40)
    checks.same('and why', auditlog.events(vm, 'medium.cut')[-1]['reason'], 'unwatched')
    checks.same('it is told', auditlog.events(vm, 'medium.files')[-1]['result'], 'unwatched')
    vm.out('systemctl stop editor')
    writable(vm)
    checks.becomes('one watches again', lambda: len(watcher(vm)), 1)
    checks.same('given back', as_alice(vm, 'sekisho medium eject')[0], 0)
    vm.unplug('third')


def names_for_the_auditor(vm):
    """Where the zone says so; and nobody but who has the key reads them."""
    key = vm.out('cd /root && sekisho key generate auditor 2>/dev/null').split()[0]
    policy.install(vm, WRITABLE + f'zone mynumber {{\n    code required\n    record-files "{key}"\n}}\n', version=2)
    plugged(vm, 'fourth')
    as_alice(vm, f'echo secret >{PLACE}/名簿.txt')
    checks.same('given back', as_alice(vm, 'sekisho medium eject')[0], 0)
    entry = last(vm, 'medium.files')
    checks.same('the list', entry['result'], 'listed')
    checks.same('its SHA-256', vm.out(f"sha256sum {entry['path']}").split()[0], entry['sha256'])
    checks.true('alice does not read it', as_alice(vm, f"cat {entry['path']}")[0] != 0)
    checks.same('no name in the log', [e for e in auditlog.events(vm) if '名簿' in json.dumps(e, ensure_ascii=False)], [])
    shown = vm.out(f"sekisho medium files {entry['path']} --key /root/auditor.key 2>/dev/null")
    checks.within('the name', shown, '名簿.txt')
    checks.within('and the SHA-256', shown, vm.out('echo secret | sha256sum').split()[0])


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, WRITABLE)
    people.seat(vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    plugged(vm, 'first')
    counted(vm)
    plugged(vm, 'second')
    agent_killed_in_the_middle(vm)
    taken_up_anew(vm)
    agent_stopped(vm)
    plugged(vm, 'third')
    watcher_killed(vm)
    names_for_the_auditor(vm)
    checks.same('the log is proven', vm.sh('sekisho log verify')[0], 0)
