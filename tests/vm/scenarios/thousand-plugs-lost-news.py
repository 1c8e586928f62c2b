# SPDX-License-Identifier: Apache-2.0
"""A thousand announcements of plugs, half of them lost to a stopped agent: nothing opens, all is judged in the end."""
import json

from lab import auditlog, channels, checks, gadget, moments, policy, stages, usb, witness

LONG = True
NUMBER, TIMES = 16, 13              # twice
CHANNELS = 'PTP camera', 'Android debug bridge', 'Apple phone'


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm)
    before = channels.belongings(vm)
    others = [channels.announced(name) for name in CHANNELS]
    for place, device in enumerate(others):
        device.plug(vm, f'other{place}')
    gadget.many(vm, NUMBER)

    witness.begin(vm)
    seen = gadget.burst(vm, NUMBER, TIMES, 'SEEN')
    told(vm, seen)
    moments.agent_stopped(vm)
    for device in others:
        device.replug(strings=['', 'Lab', 'unseen', f'UNSEEN-{device.pid}'])
    unseen = gadget.burst(vm, NUMBER, TIMES, 'UNSEEN') | {d.ident_usb: d.strings[3] for d in others}
    usb.appeared(vm, others[0].ident_usb, timeout=60)
    plugs, announced, opened = witness.end(vm)
    checks.true('they came', plugs >= 2 * NUMBER * TIMES and announced >= 1000, (plugs, announced))
    checks.same('what was open meanwhile', opened, [])
    usb.stick(vm, serial=policy.REGISTERED)
    channels.all_shut(vm, [*unseen, usb.STICK], before | ours(vm))

    lost = news_lost(vm)
    moments.agent_continued(vm)
    checks.becomes('the agent knows that it lost some', lambda: news_lost(vm) > lost, True, timeout=30)
    told(vm, unseen)
    checks.becomes('the registered stick opens', lambda: vm.sh('stat -c %a /dev/sda')[1].strip(), '440', timeout=60)
    vm.unplug('stick')
    channels.all_shut(vm, list(unseen), before | ours(vm))
    checks.within('the log is whole', vm.out('sekisho log verify', 120), 'OK')


def ours(vm):
    """What the gadgets have on their own side of the cable."""
    return {f'has {node}' for node in vm.out('ls -d /dev/ttyGS* /sys/devices/platform/dummy_udc.*/gadget*/net/* 2>/dev/null | '
                                              "sed 's|.*/net/|/sys/class/net/|'").splitlines()}


def told(vm, wanted):
    """The list of devices and the log have each of these, blocked by a rule."""
    def listed():
        status, text = vm.sh('sekisho devices --json')          # busy at first
        rows = [] if status else json.loads(text)
        return {row['id']: (row['serial'], row['verdict']) for row in rows if row['id'] in wanted}

    def missing():
        logged = {e.get('serial') for e in auditlog.events(vm, 'device.block') if e.get('rule')}
        return sorted(set(wanted.values()) - logged)
    checks.becomes('what is listed', listed, {ident: (serial, 'block') for ident, serial in wanted.items()}, timeout=120)
    checks.becomes('what the log misses', missing, [], timeout=120)


def news_lost(vm):
    return int(vm.sh("journalctl -u sekishod | grep -c 'were lost'")[1] or 0)
