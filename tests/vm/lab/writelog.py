# SPDX-License-Identifier: Apache-2.0
"""What a disk was asked to write, in its order (QEMU's blklogwrites), and what a power cut may leave of it."""
import shutil
import struct
import typing

FLUSH, FUA, DISCARD = 1, 2, 4
MAGIC = 0x6a736677736872
SUPER, ENTRY = struct.Struct('<QQQI'), struct.Struct('<QQQQ')
BLOCK = 4096                    # of a write that was under way each block is there or not


class Write(typing.NamedTuple):
    flags: int
    at: int                     # bytes from the beginning of the disk
    data: bytes


def attach(vm, name, image):
    """A block node NAME on the raw file IMAGE; returns the file that tells its writes."""
    log = vm.path(f'{name}.writes')
    open(log, 'wb').close()
    file = {'driver': 'file', 'locking': 'off'}
    vm.qmp('blockdev-add', **{'driver': 'blklogwrites', 'node-name': name,
                              'file': {'driver': 'raw', 'file': {**file, 'filename': image}},
                              'log': {'driver': 'raw', 'file': {**file, 'filename': log}}})
    return log


def read(path):
    """All writes and flushes, oldest first."""
    found = []
    with open(path, 'rb') as log:
        magic, _, count, sector = SUPER.unpack(log.read(SUPER.size))
        assert magic == MAGIC, hex(magic)
        log.seek(sector)
        for _ in range(count):
            at, length, flags, _ = ENTRY.unpack(log.read(sector)[:ENTRY.size])
            data = b'' if flags & DISCARD else log.read(length * sector)
            found.append(Write(flags, at * sector, data))
    return found


def blocks(write):
    for start in range(0, len(write.data), BLOCK):
        yield write.at + start, write.data[start:start + BLOCK]


def cut(before, log, end, chance, after):
    """Make AFTER what the disk BEFORE can be when the power goes after END of the writes: what was flushed is there,
    of the rest whatever CHANCE (a random.Random) says."""
    shutil.copyfile(before, after)
    loose = []
    with open(after, 'r+b') as disk:
        def put(some):
            for at, data in some:
                disk.seek(at)
                disk.write(data)

        for write in log[:end]:
            loose += blocks(write)
            if write.flags & (FLUSH | FUA):
                put(loose if write.flags & FLUSH else blocks(write))
            if write.flags & FLUSH:
                loose = []
        put(part for part in loose if chance.random() < 0.5)
