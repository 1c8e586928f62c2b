# SPDX-License-Identifier: Apache-2.0
"""The audit log beside systemd-journald with sealing: appending durably, and proving what was appended."""
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/support'))

import private_run      # noqa: E402 (needs the path above)
from logd_client import Logd     # noqa: E402

BUILD = ROOT / 'build-bench'
TARGETS = ('logd/sekisho-logd', 'cli/sekisho', 'verify/sekisho-verify', 'tests/log_append', 'tests/support/make_log')
ENTRIES, EPOCHS = 10_000_000, 10_000
ALONE = 200_000                 # entries of the log in which each has a commit, and an epoch each 50
SEALED = 400_000                # journald's entries
FIELDS = (b'MESSAGE=device blocked\nTYPE=device.block\nVID=0781\nPRODUCT_ID=5583\nPRODUCT=Ultra Fit\n'
          b'SERIAL=4C530001230101117393\nREASON=not_registered\nRULE=default-deny\nZONE=mynumber\n')
SECONDS = 5


def enter():
    """Begin this program again in a mount namespace of its own: the other journal shall not be the machine's."""
    private_run.enter()


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options).stdout


def prepare():
    if not BUILD.exists():
        run('meson', 'setup', BUILD, cwd=ROOT)
    run('ninja', '-C', BUILD, *TARGETS)


class Journald:
    """Debian's, in a name space of its own, sealing every quarter of an hour."""

    def __init__(self, folder):
        self.state = folder / 'journal'
        self.process, self.socket = None, None
        machine = pathlib.Path('/etc/machine-id').read_text().strip()
        for path in (self.state / machine, pathlib.Path('/run/systemd')):
            path.mkdir(parents=True, exist_ok=True)
        run('mount', '--bind', self.state, '/var/log/journal')
        self.key = run('journalctl', '--setup-keys', '--interval=15min', stdin=subprocess.DEVNULL).split()[-1]

    def start(self):
        self.process = subprocess.Popen(['/lib/systemd/systemd-journald', 'bench'], stderr=subprocess.DEVNULL)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for _ in range(200):
            try:
                return self.socket.connect('/run/systemd/journal.bench/socket')
            except OSError:
                time.sleep(0.05)
        raise TimeoutError('systemd-journald does not start')

    def append(self, count, priority):
        """Entries a second; with priority 2 each is synced, as a critical one is."""
        start = time.monotonic()
        for number in range(count):
            self.socket.send(FIELDS + b'PRIORITY=%d\nNUMBER=%d\n' % (priority, number))
        run('journalctl', '--namespace=bench', '--sync')
        return count / (time.monotonic() - start)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def verify(self):
        """(entries a second, the peak of its memory in MB)"""
        seconds, peak = spent('journalctl', '--namespace=bench', '--verify', f'--verify-key={self.key}')
        return SEALED / seconds, peak


def spent(*words):
    """(seconds of one processor, the peak of the memory in MB) of a program that must succeed."""
    child = subprocess.Popen(['taskset', '-c', '0', *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, (words, status)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def raw_rate(folder):
    """How often a second the disk makes 400 bytes durable that are appended to a file."""
    fd = os.open(folder / 'raw', os.O_CREAT | os.O_WRONLY)
    count, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        os.write(fd, bytes(400))
        os.fdatasync(fd)
        count += 1
    os.close(fd)
    return count / SECONDS


def append_rate(logd, clients):
    return int(re.search(r'(\d+) durable', run(BUILD / 'tests/log_append', logd.socket, clients, SECONDS))[1])


def pss_kb(pid):
    return int(re.search(r'^Pss:\s+(\d+)', pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text(), re.M)[1])


def appending(folder, rounds):
    """Taking turns: the raw disk, our log with one client and with 64, and journald."""
    logd, peer = Logd(BUILD / 'logd/sekisho-logd', folder).start(), Journald(folder)
    peer.start()
    rows = [(raw_rate(folder), append_rate(logd, 1), append_rate(logd, 64), peer.append(2000, 2)) for _ in range(rounds)]
    memory = pss_kb(logd.process.pid), pss_kb(peer.process.pid)
    logd.stop()
    peer.append(SEALED, 5)
    peer.stop()
    raw, one, many, critical = (statistics.median(column) for column in zip(*rows))
    # Of each round on its own: the disk is shared, and only what was measured together can be compared.
    share = statistics.median(row[1] / row[0] for row in rows)
    return peer, [('append-1-client', one, critical, '/s'), ('append-64-clients', many, critical, '/s'),
                  ('log-daemon-memory', *memory, 'kB')], [('raw-fdatasync', raw, '/s'), ('append-1-client-of-raw', share, '')]


def proving(folder, name, entries, commit, epoch):
    """(entries a second of one processor, peak of memory in MB, seconds on all processors)"""
    log = folder / name
    run(BUILD / 'tests/support/make_log', log, entries, commit, epoch)
    key = log / 'vkey'
    words = BUILD / 'verify/sekisho-verify', '--key', key, '--no-deep', log
    seconds, peak = spent(*words)
    start = time.monotonic()
    run(*words)
    return log, entries / seconds, peak, time.monotonic() - start


def month(log):
    """Seconds that a month's query takes, after the nightly run: one stick's refusals, each proven."""
    settings = log.with_suffix('.conf')
    settings.write_text('keep forever\n')
    run(BUILD / 'logd/sekisho-logd', '--tend', '--state-dir', log, '--config', settings)
    newest = run(BUILD / 'cli/sekisho', 'log', '--dir', log, '-n', 1, '--json')
    until = re.search(r'"t":"(\d{4}-\d\d)', newest)[1]
    words = '--since', until, '--until', until, '--type', 'device.block', '--device', '0951:1666:60A44C4100000007'
    start = time.monotonic()
    shown = run(BUILD / 'cli/sekisho', 'log', '--dir', log, '--key', log / 'vkey', *words, '-n', 0)
    seconds = time.monotonic() - start
    assert shown and {line[0] for line in shown.splitlines()} <= set('✓●+*'), shown
    return seconds


def measure(rounds):
    """(metric, ours, journald's, unit), and what journald has not: (metric, ours, unit)."""
    prepare()
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        folder = pathlib.Path(name)
        peer, compared, alone = appending(folder, rounds)
        theirs, their_peak = peer.verify()
        log, ours, peak, wall = proving(folder, 'long', ENTRIES, 1000, ENTRIES // EPOCHS)
        compared += [('verify', ours, theirs, 'entries/s'), ('verify-memory', peak, their_peak, 'MB')]
        alone += [('verify-10M-all-processors', wall, 's'), ('month-of-10M', month(log), 's')]
        shutil.rmtree(log)
        _, ours, peak, _ = proving(folder, 'each', ALONE, 1, 50)
        compared += [('verify-a-commit-each', ours, theirs, 'entries/s')]
        return compared, alone
