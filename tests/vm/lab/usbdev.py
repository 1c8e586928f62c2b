# SPDX-License-Identifier: Apache-2.0
"""USB devices no catalogue has, emulated on the host over QEMU's usbredir channel.

A Device answers every control request itself, so that its interfaces may be any mixture.
  device = Device([Keyboard(), Disk(image)]); device.plug(vm); device.unplug()
"""
import os
import socket
import struct
import threading

HELLO, CONNECT, DISCONNECT, RESET, IFACE_INFO, EP_INFO, SET_CONFIG, GET_CONFIG, CONFIG_STATUS = range(9)
SET_ALT, GET_ALT, ALT_STATUS = 9, 10, 11
START_INTR, STOP_INTR, INTR_STATUS, CANCEL, DISC_ACK = 15, 16, 17, 21, 24
CONTROL, BULK, INTR = 100, 101, 103
CAPS = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6    # device version, max packet size, 64-bit ids, 32-bit bulk length
OK, STALL, CANCELLED = 0, 4, 1
BOOT_KEYBOARD = bytes.fromhex('05010906a101050719e029e715002501750195088102950175088103950575010508190129'
                              '0591029501750391039506750815002565050719002965 8100c0')


class Function:
    """One interface: class triple, endpoints [(address, type, packet size, interval)], extra descriptor bytes."""
    def __init__(self, triple, endpoints, extra=b''):
        self.triple, self.endpoints, self.extra = triple, endpoints, extra

    def control(self, kind, request, value, index, length, data):
        return None                         # None: stall

    def out(self, ep, data):
        pass

    def read(self, ep, length):
        return b''


class Keyboard(Function):
    def __init__(self, ep=1):
        hid = struct.pack('<BBHBBBH', 9, 0x21, 0x111, 0, 1, 0x22, len(BOOT_KEYBOARD))
        super().__init__((3, 1, 1), [(0x80 | ep, 3, 8, 10)], hid)
        self.ep = 0x80 | ep

    def control(self, kind, request, value, index, length, data):
        if (kind, request, value >> 8) == (0x81, 6, 0x22):
            return BOOT_KEYBOARD
        return b'' if kind == 0x21 else None                      # SET_IDLE, SET_REPORT


class Disk(Function):
    """Bulk-only SCSI disk on a file."""
    def __init__(self, file, ep=2, removable=True):
        super().__init__((8, 6, 80), [(0x80 | ep, 2, 512, 0), (ep, 2, 512, 0)])
        self.f, self.removable, self.queue, self.write = open(file, 'r+b'), removable, [], None
        self.blocks = os.path.getsize(file) // 512

    def control(self, kind, request, value, index, length, data):
        if (kind, request) == (0xa1, 0xfe):
            return b'\0'                                          # GET MAX LUN
        return b'' if (kind, request) == (0x21, 0xff) else None   # RESET

    def out(self, ep, data):
        if self.write:                                            # data stage of a WRITE
            tag, left = self.write
            self.f.write(data)
            self.f.flush()
            self.write = (tag, left - len(data)) if left > len(data) else None
            if not self.write:
                self.queue.append(struct.pack('<4sIIB', b'USBS', tag, 0, 0))
            return
        tag, size, _, _, _, cdb = struct.unpack('<4xIIBBB16s', data[:31])
        op, lba, count = cdb[0], struct.unpack('>I', cdb[2:6])[0], struct.unpack('>H', cdb[7:9])[0]
        answer, bad = b'', 0
        if op == 0x12 and not cdb[1] & 1:
            answer = struct.pack('BBBBB3x8s16s4s', 0, 0x80 * self.removable, 6, 2, 31, b'LAB     ', b'FAKE DISK       ', b'1.0 ')
        elif op == 0x25:
            answer = struct.pack('>II', self.blocks - 1, 512)
        elif op == 0x28:
            self.f.seek(lba * 512)
            answer = self.f.read(count * 512)
        elif op == 0x2a:
            self.f.seek(lba * 512)
            self.write = (tag, count * 512)
            return
        elif op == 0x1a:
            answer = bytes([3, 0, 0, 0])
        elif op == 0x03:
            answer = bytes([0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0])
        elif op not in (0x00, 0x1e, 0x1b, 0x35):
            bad, answer = 1, bytes(size)
        if size:
            self.queue.append(answer[:size])
        self.queue.append(struct.pack('<4sIIB', b'USBS', tag, size - len(answer[:size]), bad))

    def read(self, ep, length):
        return self.queue.pop(0) if self.queue else None          # None: answer later


class Device:
    def __init__(self, functions, vid=0x1209, pid=0x0001, serial='LAB', product='Lab device', speed=2):
        self.vid, self.pid, self.functions, self.speed = vid, pid, functions, speed
        self.strings = ['', 'Lab', product, serial]
        self.waiting, self.sock, self.lock = [], None, threading.Lock()

    def device_descriptor(self):
        return struct.pack('<BBHBBBBHHHBBBB', 18, 1, 0x200, 0, 0, 0, 64, self.vid, self.pid, 0x100, 1, 2, 3, 1)

    def config_descriptor(self):
        body = b''
        for n, f in enumerate(self.functions):
            body += struct.pack('BBBBBBBBB', 9, 4, n, 0, len(f.endpoints), *f.triple, 0) + f.extra
            for addr, kind, size, interval in f.endpoints:
                body += struct.pack('<BBBBHB', 7, 5, addr, kind, size, interval)
        return struct.pack('<BBHBBBBB', 9, 2, 9 + len(body), len(self.functions), 1, 0, 0x80, 50) + body

    def string_descriptor(self, n):
        if n >= len(self.strings):
            return None
        s = struct.pack('<H', 0x409) if n == 0 else self.strings[n].encode('utf-16le')
        return bytes([len(s) + 2, 3]) + s

    def control(self, kind, request, value, index, length, data):
        """Answer a control request: bytes, or None to stall."""
        if (kind, request) == (0x80, 6):
            return {1: self.device_descriptor, 2: self.config_descriptor,
                    3: lambda: self.string_descriptor(value & 255)}.get(value >> 8, lambda: None)()
        if (kind, request) == (0x80, 0):
            return b'\0\0'
        if kind & 0x1f == 1 and (index & 255) < len(self.functions):
            return self.functions[index & 255].control(kind, request, value, index, length, data)
        return b'' if kind in (0, 1, 2) else None

    # ---- the usbredir side ----
    def plug(self, vm, ident='redir', **props):
        self.vm, self.ident = vm, ident
        path = vm.path(ident + '.sock')
        if os.path.exists(path):
            os.unlink(path)
        vm.qmp('chardev-add', id=ident + '-ch', backend={'type': 'socket', 'data': {
            'addr': {'type': 'unix', 'data': {'path': path}}, 'server': True, 'wait': False}})
        vm.plug('usb-redir', ident, chardev=ident + '-ch', **props)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.wide = False
        self.send(HELLO, 0, b'lab'.ljust(64, b'\0') + struct.pack('<I', CAPS))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def unplug(self):
        self.send(DISCONNECT, 0)
        self.vm.unplug(self.ident)
        self.sock.close()

    def connect(self):
        self.announce()
        self.send(CONNECT, 0, struct.pack('<BBBBHHH', self.speed, 0, 0, 0, self.vid, self.pid, 0x100))

    def send(self, kind, ident=0, body=b''):
        with self.lock:
            self.sock.sendall(struct.pack('<IIQ' if self.wide else '<III', kind, len(body), ident) + body)

    def recv(self, n):
        data = b''
        while len(data) < n:
            part = self.sock.recv(n - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def serve(self):
        try:
            while True:
                kind, size, ident = struct.unpack('<IIQ', self.recv(16)) if self.wide else struct.unpack('<III', self.recv(12))
                self.packet(kind, ident, self.recv(size))
        except (EOFError, OSError):
            pass

    def announce(self):
        fs = self.functions
        cols = [[n for n in range(len(fs))]] + [[f.triple[i] for f in fs] for i in range(3)]
        self.send(IFACE_INFO, 0, struct.pack('<I', len(fs)) + b''.join(bytes(c).ljust(32, b'\0') for c in cols))
        kinds, intervals, owner, packet = [255] * 32, [0] * 32, [0] * 32, [0] * 32
        kinds[0] = kinds[16] = 0
        packet[0] = packet[16] = 64
        for n, f in enumerate(fs):
            for addr, k, psize, interval in f.endpoints:
                i = (addr & 0x80) >> 3 | addr & 15
                kinds[i], intervals[i], owner[i], packet[i] = k, interval, n, psize
        self.send(EP_INFO, 0, bytes(kinds) + bytes(intervals) + bytes(owner) + struct.pack('<32H', *packet))

    def function(self, ep):
        return next((f for f in self.functions if any(e[0] == ep for e in f.endpoints)), Function((0, 0, 0), []))

    def packet(self, kind, ident, body):
        if kind == HELLO:
            self.wide = True
            self.connect()
        elif kind == SET_CONFIG:
            self.announce()
            self.send(CONFIG_STATUS, ident, bytes([OK, body[0]]))
        elif kind == GET_CONFIG:
            self.send(CONFIG_STATUS, ident, bytes([OK, 1]))
        elif kind in (SET_ALT, GET_ALT):
            self.send(ALT_STATUS, ident, bytes([OK, body[0], body[1] if kind == SET_ALT else 0]))
        elif kind in (START_INTR, STOP_INTR):
            self.send(INTR_STATUS, ident, bytes([OK, body[0]]))
        elif kind == CANCEL:
            if any(w[0] == ident for w in self.waiting):
                self.waiting = [w for w in self.waiting if w[0] != ident]
                self.send(BULK, ident, struct.pack('<BBHIH', 0, CANCELLED, 0, 0, 0))
        elif kind == CONTROL:
            ep, req, rtype, _, value, index, length = struct.unpack('<BBBBHHH', body[:10])
            answer = self.control(rtype, req, value, index, length, body[10:])
            out = (answer or b'')[:length] if rtype & 0x80 else b''
            done = length if answer is not None and not rtype & 0x80 else len(out)
            self.send(CONTROL, ident, struct.pack('<BBBBHHH', ep, req, rtype, STALL if answer is None else OK,
                                                  value, index, done) + out)
        elif kind == INTR:
            ep, _, length = struct.unpack('<BBH', body[:4])
            self.function(ep).out(ep, body[4:])
            self.send(INTR, ident, struct.pack('<BBH', ep, OK, length))
        elif kind == BULK:
            ep, _, low, stream, high = struct.unpack('<BBHIH', body[:10])
            length = high << 16 | low
            if ep & 0x80:
                self.waiting.append((ident, ep, length))
            else:
                self.function(ep).out(ep, body[10:])
                self.send(BULK, ident, struct.pack('<BBHIH', ep, OK, low, stream, high))
            self.flush()

    def flush(self):
        """Answer the bulk reads for which a function has data."""
        for w in list(self.waiting):
            ident, ep, length = w
            data = self.function(ep).read(ep, length)
            if data is not None:
                self.waiting.remove(w)
                self.send(BULK, ident, struct.pack('<BBHIH', ep, OK, len(data) & 0xffff, 0, len(data) >> 16) + data)
