# SPDX-License-Identifier: Apache-2.0
"""What an emulated USB device can be: its interfaces, one class each."""
import os
import struct

BOOT_KEYBOARD = bytes.fromhex('05010906a101050719e029e715002501750195088102950175088103950575010508190129'
                              '0591029501750391039506750815002565050719002965 8100c0')
# A game pad: eight buttons, two axes, and five lamps that the terminal may switch.
GAME_PAD = bytes.fromhex('05010905a101' '0509190129081500250175019508' '8102' '0501093009311500' '26ff0075089502' '8102'
                         '050819012905' '1500250175019505' '9102' '75039501' '9103' 'c0')
# A security key (usage page FIDO): 64 bytes either way, whatever they mean.
SECURITY_KEY = bytes.fromhex('06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0')
BULK_PAIR = ((0x81, 2, 512, 0), (0x01, 2, 512, 0))


class Function:
    """One interface: class triple, endpoints [(address, type, packet size, interval)], extra descriptor bytes."""
    def __init__(self, triple, endpoints=(), extra=b''):
        self.triple, self.endpoints, self.extra = triple, list(endpoints), extra

    def control(self, kind, request, value, index, length, data):
        return None                         # None: stall

    def out(self, ep, data):
        pass

    def read(self, ep, length):
        return b''


class Hid(Function):
    """A human interface device with any report descriptor; keeps what the terminal sends it."""
    def __init__(self, report, ep=1, triple=(3, 0, 0), size=64):
        hid = struct.pack('<BBHBBBH', 9, 0x21, 0x111, 0, 1, 0x22, len(report))
        super().__init__(triple, [(0x80 | ep, 3, size, 10)], hid)
        self.report, self.ep, self.sent = report, 0x80 | ep, []

    def control(self, kind, request, value, index, length, data):
        if (kind, request, value >> 8) == (0x81, 6, 0x22):
            return self.report
        if (kind, request) == (0x21, 9):                          # SET_REPORT
            self.sent.append(bytes(data))
        return b'' if kind == 0x21 else None


class Keyboard(Hid):
    def __init__(self, ep=1):
        super().__init__(BOOT_KEYBOARD, ep, (3, 1, 1), 8)


class Disk(Function):
    """Bulk-only SCSI units on files: a stick, a reader with several slots, or (by KIND) a tape or optical drive."""
    NO_SENSE, NO_MEDIUM, CHANGED, ILLEGAL = (0, 0), (2, 0x3a), (6, 0x28), (5, 0x20)

    def __init__(self, *files, ep=2, removable=True, kind=0, triple=(8, 6, 80), page83=b''):
        super().__init__(triple, [(0x80 | ep, 2, 512, 0), (ep, 2, 512, 0)])
        self.removable, self.kind, self.page83 = removable, kind, page83
        self.media = [open(file, 'r+b') if file else None for file in files]
        self.sense = [self.NO_SENSE] * len(files)
        self.queue, self.write = [], None

    def change(self, slot, file):
        """Put another medium into a slot, or take it out (None)."""
        self.media[slot], self.sense[slot] = open(file, 'r+b') if file else None, self.CHANGED

    def control(self, kind, request, value, index, length, data):
        if (kind, request) == (0xa1, 0xfe):
            return bytes([len(self.media) - 1])                   # GET MAX LUN
        return b'' if (kind, request) == (0x21, 0xff) else None   # RESET

    def out(self, ep, data):
        if self.write:                                            # data stage of a WRITE
            tag, left, file = self.write
            file.write(data)
            file.flush()
            self.write = (tag, left - len(data), file) if left > len(data) else None
            if not self.write:
                self.queue.append(struct.pack('<4sIIB', b'USBS', tag, 0, 0))
            return
        tag, size, _, lun, _, cdb = struct.unpack('<4xIIBBB16s', data[:31])
        answer, bad = self.command(lun & 15, cdb, tag)
        if self.write:
            return
        answer = bytes(size) if bad else answer
        if size:
            self.queue.append(answer[:size])
        self.queue.append(struct.pack('<4sIIB', b'USBS', tag, size - len(answer[:size]), bad))

    def command(self, lun, cdb, tag):
        """Answer one SCSI command: its data, and whether it failed."""
        op, lba, count = cdb[0], struct.unpack('>I', cdb[2:6])[0], struct.unpack('>H', cdb[7:9])[0]
        file = self.media[lun]
        if op == 0x12 and cdb[1] & 1:
            return (self.page83, 0) if cdb[2] == 0x83 and self.page83 else self.fail(lun, self.ILLEGAL)
        if op == 0x12:
            return struct.pack('BBBBB3x8s16s4s', self.kind, 0x80 * self.removable, 6, 2, 31,
                               b'LAB     ', b'FAKE DISK       ', b'1.0 '), 0
        if op == 0x03:
            (key, code), self.sense[lun] = self.sense[lun], self.NO_SENSE
            return bytes([0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code, 0, 0, 0, 0, 0]), 0
        if self.sense[lun] == self.CHANGED:
            return b'', 1                                         # UNIT ATTENTION, until it is asked about
        if not file:
            return self.fail(lun, self.NO_MEDIUM)
        if op == 0x25:
            return struct.pack('>II', os.fstat(file.fileno()).st_size // 512 - 1, 512), 0
        if op in (0x28, 0x2a):
            file.seek(lba * 512)
        if op == 0x28:
            return file.read(count * 512), 0
        if op == 0x2a:
            self.write = (tag, count * 512, file)
            return b'', 0
        if op == 0x1a:
            return bytes([3, 0, 0, 0]), 0
        return (b'', 0) if op in (0x00, 0x1e, 0x1b, 0x35) else self.fail(lun, self.ILLEGAL)

    def fail(self, lun, sense):
        self.sense[lun] = sense
        return b'', 1

    def read(self, ep, length):
        return self.queue.pop(0) if self.queue else None          # None: answer later
