# SPDX-License-Identifier: Apache-2.0
"""The log says when the clock is set, the terminal sleeps, goes down and boots, and its key changes each time; a challenge is answered."""
import datetime

from lab import auditlog, checks, moments, stages


def run(vm):
    stages.resume(vm, 'guarded', keep=True)
    vm.out('date -s "+1 hour"')
    checks.becomes('the clock set ahead', lambda: len(hours(vm)), 1)
    vm.out('date -s "-1 hour"')
    checks.becomes('the clock set back', lambda: len(hours(vm)), 2)
    vm.out('mkdir -p /etc/systemd/sleep.conf.d; printf "[Sleep]\\nSuspendState=freeze\\n" >/etc/systemd/sleep.conf.d/lab.conf')
    moments.asleep(vm, 'systemctl suspend')
    moments.awake(vm)
    checks.becomes('sleep and waking up', lambda: [e['type'] for e in auditlog.events(vm, 'system.')],
                   ['system.suspend', 'system.resume'])
    checks.within('the key changed before sleep', [e['reason'] for e in auditlog.events(vm, 'log.epoch')], 'suspend')
    checks.within('a challenge is answered', vm.out('sekisho log attest --nonce ' + 'ab' * 32), 'sekisho-attest/v1')
    checks.within('the log is proven', vm.out('sekisho log verify'), 'OK')
    before, used = auditlog.events(vm)[-1]['seq'], keys(vm)

    vm.power_off()
    vm.boot(stages.next_boot(vm), keep=True)
    vm.wait_up()
    said = [(e['type'], e.get('reason')) for e in auditlog.events(vm, 'log.') if e['seq'] > before]
    for wanted in ('log.stop', 'shutdown'), ('log.epoch', 'shutdown'), ('log.start', 'boot'), ('log.epoch', 'boot'):
        checks.within('what the log says of the night', said, wanted)
    checks.true('the keys of before are gone', not used & keys(vm))
    checks.within('the log is proven after it', vm.out('sekisho log verify'), 'OK')


def hours(vm):
    """Steps of about an hour: bringing the machine to today is one as well."""
    return [e for e in auditlog.events(vm, 'clock.step')
            if 3500 < abs((moment(e['found']) - moment(e['expected'])).total_seconds()) < 3700]


def moment(text):
    return datetime.datetime.fromisoformat(text.rstrip('Z'))


def keys(vm):
    """Hashes of what both slots of epoch.key hold."""
    return set(vm.out('for at in 25 4121; do tail -c +$at /var/lib/sekisho/audit/epoch.key | head -c 32 | sha256sum; done').split('\n'))
