# SPDX-License-Identifier: Apache-2.0
"""A code works once: not again, not after the clock was set back, and once among 16 at the same time."""
from lab import auditlog, checks, people, stages

# Runs 16 `su` at once on terminals of their own, all with one code; prints how many got in.
RACE = r'''cat >/tmp/race.py <<'PY'
import os, pty, select, sys
code, waiting, entered = sys.argv[1], {}, 0
for n in range(16):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp('su', ['su', 'bob', '-c', 'echo IN; id -un'])
    waiting[fd] = ''
while waiting:
    for fd in select.select(list(waiting), [], [])[0]:
        try:
            data = os.read(fd, 4096).decode()
        except OSError:
            data = ''
        if not data:
            entered += 'IN\r\nbob' in waiting.pop(fd)
            continue
        waiting[fd] += data
        if data.rstrip().endswith(':'):
            os.write(fd, (code if 'ode' in data.split('\n')[-1] else 'bob').encode() + b'\r')
print(entered)
PY
runuser -u nobody -- python3 /tmp/race.py '''


def run(vm):
    stages.resume(vm, 'guarded')
    alice, bob = vm.tokens['alice'], vm.tokens['bob']
    code = alice.fresh_code(vm)
    people.leave(people.console(vm, 'alice', code))
    checks.refused('the code again', people.console, vm, 'alice', code=code)
    vm.set_clock(alice.step * 30 - 20)
    checks.refused('the code with the clock set back', people.console, vm, 'alice', code=code)
    checks.true('the log has it', auditlog.events(vm, 'mfa.replay'), [e['type'] for e in auditlog.events(vm, 'mfa')])
    vm.set_clock(alice.step * 30 + 40)
    checks.same('logins among 16 at once', vm.out(RACE + bob.fresh_code(vm), 120), '1')
