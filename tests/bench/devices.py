# SPDX-License-Identifier: Apache-2.0
"""From plugging in to the verdict, in virtual terminals: sekisho, USBGuard, and neither of them, taking turns."""
import pathlib
import re
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/vm'))

from guards import Sekisho, Unguarded, UsbGuard, stick      # noqa: E402 (needs the path above)

SIZES = (10, 10000)
MINUTE = 60
ATTACHED = 50
TRACED = re.compile(r'\s*(?P<task>.+)-\d+\s+\[\d+\]\s+\S+\s+(?P<at>[\d.]+): (?P<what>\w+): \([^)]*\)\s*(?P<more>.*)')


def events(guard):
    """(time, what, task, more) of everything since the trace was started."""
    found = []
    for line in guard.vm.out('/root/trace show').splitlines():
        if match := TRACED.match(line):
            found.append((float(match['at']), match['what'], match['task'], match['more']))
    return found


def first(found, start, what, task='', part=''):
    """Seconds from START to the first event of that name, by that task, with PART in it; None: it has not come."""
    return next((at - start for at, name, who, more in found
                 if name == what and who.startswith(task) and part in more and at >= start), None)


def keyboard_time(guard, found, start):
    """From the kernel's knowing the keyboard until its node can be read."""
    return first(found, start, 'node')


def stick_time(guard, found, start):
    """Until it is decided: with us when the entry is on the disk, with the other guard when it shuts the
    device (it also writes an entry, but waits for no disk); without any when the driver has it."""
    if guard.daemon is None:
        return first(found, start, 'bound', part=':1.0"')
    return first(found, start, 'synced') if isinstance(guard, Sekisho) else first(found, start, 'deauth', 'usbguard')


READ = {'keyboard': keyboard_time, 'stick': stick_time}


def plug(guard, number, what):
    """Plug once: how long it took, in milliseconds."""
    ident = f'{what}{number}'
    guard.vm.out('/root/trace start')
    if what == 'keyboard':
        guard.vm.plug('usb-kbd', ident)
    else:
        stick(guard.vm, ident)
    for _ in range(20):
        time.sleep(1)                   # looking costs the guest time: not while it is busy
        found = events(guard)
        start = next((at for at, name, *_ in found if name == 'new'), None)
        taken = READ[what](guard, found, start) if start else None
        if taken is not None:
            break
    else:
        raise TimeoutError(f'{guard.name}, {what}: no end seen in {found}')
    guard.vm.unplug(ident)
    guard.vm.out('udevadm settle; sleep 0.3')
    return 1000 * taken


def latencies(guards, rounds, what, size):
    """Median and least times; the first round warms caches and the emulator's translations."""
    turns = [[plug(guard, number, what) for guard in guards] for number in range(rounds + 1)][1:]
    columns = [sorted(column) for column in zip(*turns)]
    for guard, column in zip(guards, columns):
        print(f'# {what}, {size} rules, {guard.name}: ' + ' '.join(f'{value:.0f}' for value in column), flush=True)
    name = f'{what}-{"readable" if what == "keyboard" else "decided"}-{size}'
    return [(name + end, summed[0], summed[1], 'ms', summed[2])
            for end, summed in (('', [statistics.median(column) for column in columns]),
                                ('-least', [column[0] for column in columns]))]


def attach_many(guard):
    """Half of them sticks, half keyboards, on hubs where the controller has no port left."""
    vm = guard.vm
    for hub in range(6):
        vm.plug('usb-hub', f'hub{hub}', port=str(hub + 3))
    guard.vm.out('sleep 3; udevadm settle')
    ports = [f'{hub + 3}.{n}' for hub in range(6) for n in range(1, 9)] + ['9', '10']
    for n, port in enumerate(ports[:ATTACHED]):
        if n % 2:
            vm.plug('usb-kbd', f'many{n}', port=port)
            continue
        vm.qmp('blockdev-add', **{'driver': 'null-co', 'node-name': f'many{n}', 'size': 1 << 24, 'read-zeroes': True})
        vm.plug('usb-storage', f'many{n}', port=port, drive=f'many{n}', serial=f'MANY{n}')
    wanted = ATTACHED + 6 + 3
    for _ in range(120):
        if int(vm.out('ls /sys/bus/usb/devices | grep -c "^[0-9]*-[0-9.]*$"')) >= wanted:
            break
        vm.out('sleep 1')
    else:
        raise TimeoutError(f'{guard.name}: not {wanted} devices: ' + vm.out('ls /sys/bus/usb/devices'))
    vm.out('udevadm settle -t 60; sleep 5')


def measure(rounds):
    """Figures of all three terminals, as figures.show() takes them; and the peer's version."""
    ours, peer, _ = guards = Sekisho(), UsbGuard(), Unguarded()
    figures = []
    try:
        for guard in guards:
            guard.begin()
            guard.vm.put(ROOT / 'tests/bench/guest-trace', '/root/trace')
            guard.vm.out('chmod 755 /root/trace; /root/trace start')
        for size in SIZES:
            figures += of_size(guards, rounds, size)
        figures += idle(ours, peer)
        figures += many(ours, peer, rounds)
        return figures, peer.version
    finally:
        for guard in guards:
            guard.vm.stop()


def of_size(guards, rounds, size):
    ours, peer, _ = guards
    for guard in ours, peer:
        guard.load(size)
        guard.start()
    figures = [figure for what in READ for figure in latencies(guards, rounds, what, size)]
    figures.append((f'memory-{size}', ours.memory(), peer.memory(), 'kB'))
    figures.append((f'memory-all-{size}', ours.memory() + sum(ours.memory(d) for d in ours.others), peer.memory(), 'kB'))
    return figures


def idle(ours, peer):
    """How often the daemons run in a minute in which nothing happens."""
    def counts():
        return [ours.switches(), sum(ours.switches(daemon) for daemon in ours.others), peer.switches()]
    for guard in ours, peer:
        guard.vm.out('udevadm settle; sleep 5')
    before = counts()
    time.sleep(MINUTE)
    a, others, b = [now - then for now, then in zip(counts(), before)]
    return [('idle-switches', a, b, '/min'), ('idle-switches-all', a + others, b, '/min')]


def many(ours, peer, rounds):
    for guard in ours, peer:
        attach_many(guard)
    taken = [(ours.start(), peer.start()) for _ in range(min(rounds, 5))]
    middle = [[1000 * statistics.median(column) for column in zip(*side)] for side in zip(*taken)]
    return [(f'start-{ATTACHED}-{name}', a, b, 'ms')
            for name, a, b in zip(('started', 'all-decided', 'processor'), *middle)]
