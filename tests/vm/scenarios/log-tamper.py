# SPDX-License-Identifier: Apache-2.0
"""A log with one byte changed, one line deleted, or its end cut off does not verify, and the entry is named."""
from lab import auditlog, checks, people, stages, usb


def run(vm):
    stages.resume(vm, 'guarded')
    people.leave(people.console(vm, 'alice', vm.tokens['alice'].fresh_code(vm)))
    usb.stick(vm, serial='PRIVATE1')
    checks.becomes('the stick is in the log', lambda: len(auditlog.events(vm, 'device.block')), 1)
    status, text = vm.sh('sekisho log verify')
    checks.same(f'the untouched log ({text.strip()})', status, 0)
    entry = auditlog.events(vm, 'device.block')[0]['seq']
    forged(vm, 'one byte', 'sed -i s/PRIVATE1/PRIVATE2/ seg-*.jsonl', entry)
    forged(vm, 'one line less', 'sed -i /PRIVATE1/d seg-*.jsonl', entry)
    truncated(vm)


def forged(vm, what, change, seq):
    """Verify a copy after a change: it must fail and name the entry."""
    vm.out(f'rm -rf /tmp/copy; cp -a {auditlog.FOLDER} /tmp/copy; cd /tmp/copy; {change}')
    status, text = vm.sh(f'sekisho log verify /tmp/copy --key {auditlog.FOLDER}/vkey')
    checks.same(f'{what}: exit status ({text.strip()})', status, 1)
    checks.within(f'{what}: the entry', text, str(seq))


def truncated(vm):
    """Cut the log itself back to an earlier checkpoint: the running log daemon knows better."""
    last = auditlog.events(vm)[-1]['seq']
    vm.out(f"""cd {auditlog.FOLDER}; for file in seg-*.jsonl; do :; done
line=$(grep -n '"seq":{last},' $file | cut -d: -f1); head -n $((line - 1)) $file >/tmp/shorter; cat /tmp/shorter >$file""")
    status, text = vm.sh('sekisho log verify')
    checks.same(f'the end cut off: exit status ({text.strip()})', status, 1)
    checks.within('the end cut off: the first entry missing', text, str(last))
