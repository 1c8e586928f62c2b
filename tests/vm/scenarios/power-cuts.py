# SPDX-License-Identifier: Apache-2.0
"""After 50 power cuts at random moments every acknowledged entry is in the log, and not when fdatasync does nothing."""
import json
import os
import pathlib
import random
import subprocess
import sys

from lab import checks, paths, stages, usb, writelog

SUPPORT = pathlib.Path(__file__).resolve().parents[2] / 'support'
sys.path.insert(0, str(SUPPORT))
from logd_client import Logd  # noqa: E402 (needs the path above)

CUTS, ENTRIES = 50, 400
MIB = 1 << 20
LOG_AT, LOG_SIZE, ACKS_AT, ACKS_SIZE = 1 * MIB, 40 * MIB, 41 * MIB, 4096
NO_SYNC = 'int fdatasync(int fd) { (void)fd; return 0; } int fsync(int fd) { (void)fd; return 0; }'
# Appends from several sides and writes down on the disk itself, past all caches of the guest, what was acknowledged.
WRITER = r'''
import mmap, os, sys, threading
sys.path.insert(0, "/root/cuts")
from logd_client import Connection
acks, wanted, lock = os.open("/dev/sda2", os.O_WRONLY | os.O_DIRECT), int(sys.argv[1]), threading.Lock()
page, left = mmap.mmap(-1, 4096), threading.Semaphore(wanted)

def append():
    connection = Connection("/root/cuts/log")
    while left.acquire(blocking=False):
        code, seq = connection.append("admin.action", detail="cut")
        assert code == 0, code
        with lock:
            page[seq // 8] |= 1 << seq % 8
            os.pwrite(acks, page, 0)

threads = [threading.Thread(target=append) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.exit(sum(byte.bit_count() for byte in page[:]) < wanted)
'''


def make_disk(path):
    """An ext4 for the log, and a place for what was acknowledged."""
    part = path + '.part'
    for name, size in (path, 48 * MIB), (part, LOG_SIZE):
        with open(name, 'wb') as file:
            file.truncate(size)
    subprocess.run(['sfdisk', '-q', path], check=True, text=True, input='label: dos\nstart=1MiB, size=40MiB\nstart=41MiB\n')
    subprocess.run(['mke2fs', '-q', '-t', 'ext4', '-E', 'lazy_itable_init=0,lazy_journal_init=0', part], check=True)
    subprocess.run(['dd', f'if={part}', f'of={path}', 'bs=1M', 'seek=1', 'conv=notrunc,sparse', 'status=none'], check=True)


def programs(vm):
    """The package's programs, unpacked here and copied there."""
    tree = vm.path('package')
    subprocess.run(['dpkg', '-x', paths.package(), tree], check=True)
    vm.out('mkdir -p /root/cuts')
    writer, source = vm.path('writer.py'), vm.path('no-sync.c')
    for path, text in (writer, WRITER), (source, NO_SYNC):
        pathlib.Path(path).write_text(text, encoding='utf-8')
    subprocess.run(['cc', '-shared', '-fPIC', '-o', vm.path('no-sync.so'), source], check=True)
    for path in (os.path.join(tree, 'usr/libexec/sekisho/sekisho-logd'), SUPPORT / 'logd_client.py', SUPPORT / 'listen-exec',
                 writer, vm.path('no-sync.so')):
        vm.put(path, f'/root/cuts/{os.path.basename(path)}')
    vm.out('chmod 755 /root/cuts/*')
    return tree


def written(vm, name, preload=''):
    """What a disk is asked to write while entries are appended: (the disk before, the writes)."""
    before, image = vm.path(name + '.before'), vm.path(name + '.img')
    make_disk(before)
    subprocess.run(['cp', '--sparse=always', before, image], check=True)
    log = writelog.attach(vm, name, image)
    vm.plug('usb-storage', name, drive=name)
    checks.becomes('the disk', lambda: '/dev/sda2' in usb.nodes(vm), True, timeout=40)
    vm.out('mkdir -p /mnt/cut; mount /dev/sda1 /mnt/cut; mkdir -p /mnt/cut/audit')
    vm.out(f'systemd-run -q --unit=cut-logd env {preload} python3 /root/cuts/listen-exec /root/cuts/log -- '
           '/root/cuts/sekisho-logd --state-dir /mnt/cut/audit --terminal-id cut')
    vm.out(f'python3 /root/cuts/writer.py {ENTRIES}', timeout=180)
    vm.out('systemctl kill -s KILL cut-logd; systemctl reset-failed cut-logd; umount -l /mnt/cut')
    vm.unplug(name)
    return before, writelog.read(log)


def acknowledged(log, end):
    """The numbers of the entries that somebody had been told to be safe when the power went."""
    page = next((w.data for w in reversed(log[:end]) if w.at <= ACKS_AT < w.at + len(w.data)), b'')
    return [n for n in range(8 * len(page)) if page[n // 8] >> n % 8 & 1]


def numbers(segment):
    """Of the entries in it that are whole: a disk that was not waited for leaves torn and empty pages anywhere."""
    for line in segment.read_bytes().split(b'\n'):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get('type') == 'admin.action':
            yield entry['seq']


def survivors(vm, tree, disk):
    """(the numbers of the entries that are left, how sekisho-verify ends) once logd has taken the disk up again."""
    part, out = vm.path('cut.part'), vm.path('cut.d')
    subprocess.run(['rm', '-rf', out], check=True)
    os.makedirs(out)
    with open(disk, 'rb') as whole, open(part, 'wb') as file:
        whole.seek(LOG_AT)
        file.write(whole.read(LOG_SIZE))
    assert subprocess.run(['e2fsck', '-fy', part], capture_output=True, check=False).returncode < 4
    subprocess.run(['debugfs', '-R', f'rdump /audit {out}', part], check=True, capture_output=True)
    logd = Logd(os.path.join(tree, 'usr/libexec/sekisho/sekisho-logd'), out).start()
    logd.connect().status()
    logd.stop()
    verify = subprocess.run([os.path.join(tree, 'usr/bin/sekisho-verify'), '--key', logd.vkey(), logd.audit],
                            capture_output=True, text=True, check=False)
    return {seq for segment in logd.segments() for seq in numbers(segment)}, verify.returncode


def cut(vm, tree, name, seed, before, log):
    """For each of CUTS moments: the acknowledged entries that are lost, or what verification says."""
    chance = random.Random(seed)
    first = next(n for n, _ in enumerate(log) if acknowledged(log, n))
    wrong, told = [], 0
    for number in range(CUTS):
        end = chance.randrange(first, len(log))
        after = vm.path(f'{name}.after')
        writelog.cut(before, log, end, chance, after)
        acks = acknowledged(log, end)
        told += len(acks)
        left, status = survivors(vm, tree, after)
        if lost := set(acks) - left or status:
            wrong.append(f'cut {number} of seed {seed} after {end} writes: {lost}')
    return wrong, told


def run(vm):
    stages.resume(vm, 'base')
    tree = programs(vm)
    seed = int.from_bytes(os.urandom(4), 'big')
    print(f'# seed {seed}', flush=True)
    wrong, told = cut(vm, tree, 'synced', seed, *written(vm, 'synced'))
    checks.true('much was acknowledged', told > CUTS * ENTRIES // 10, told)
    checks.same('what was lost', wrong, [])
    wrong, _ = cut(vm, tree, 'unsynced', seed, *written(vm, 'unsynced', 'LD_PRELOAD=/root/cuts/no-sync.so'))
    checks.true('without fdatasync acknowledged entries are lost', wrong)
