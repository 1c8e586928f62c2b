# SPDX-License-Identifier: Apache-2.0
"""USB devices no catalogue has, emulated on the host over QEMU's usbredir channel.

A Device answers every control request itself, so that its interfaces may be any mixture.
  device = Device([Keyboard(), Disk(image)]); device.plug(vm); device.unplug()
"""
import os
import socket
import struct
import threading

from .usbfunctions import Disk, Function, Keyboard      # noqa: F401 (scenarios take them from here)

HELLO, CONNECT, DISCONNECT, RESET, IFACE_INFO, EP_INFO, SET_CONFIG, GET_CONFIG, CONFIG_STATUS = range(9)
SET_ALT, GET_ALT, ALT_STATUS = 9, 10, 11
START_INTR, STOP_INTR, INTR_STATUS, CANCEL, DISC_ACK = 15, 16, 17, 21, 24
CONTROL, BULK, INTR = 100, 101, 103
CAPS = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6    # device version, max packet size, 64-bit ids, 32-bit bulk length
OK, STALL, CANCELLED = 0, 4, 1


class Device:
    def __init__(self, functions, vid=0x1209, pid=0x0001, serial='LAB', product='Lab device', speed=2, version=0x100):
        self.vid, self.pid, self.functions, self.speed, self.version = vid, pid, functions, speed, version
        self.strings = ['', 'Lab', product, serial]
        self.waiting, self.sock, self.lock = [], None, threading.Lock()

    @property
    def ident_usb(self):
        return f'{self.vid:04x}:{self.pid:04x}'

    def device_descriptor(self):
        return struct.pack('<BBHBBBBHHHBBBB', 18, 1, 0x200, 0, 0, 0, 64, self.vid, self.pid, self.version, 1, 2, 3, 1)

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
        s = struct.pack('<H', 0x409) if n == 0 else self.strings[n]
        s = s.encode('utf-16le') if isinstance(s, str) else s           # bytes: what no text can be
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
        self.wide, greeted = False, threading.Event()
        self.send(HELLO, 0, b'lab'.ljust(64, b'\0') + struct.pack('<I', CAPS))
        self.thread = threading.Thread(target=self.serve, args=(greeted,), daemon=True)
        self.thread.start()
        if not greeted.wait(30):                # the form of all later packets depends on QEMU's greeting
            raise TimeoutError(f'QEMU does not greet {ident}')

    def unplug(self):
        self.send(DISCONNECT, 0)
        self.vm.unplug(self.ident)
        self.sock.close()

    def connect(self):
        self.announce()
        self.send(CONNECT, 0, struct.pack('<BBBBHHH', self.speed, 0, 0, 0, self.vid, self.pid, self.version))

    def replug(self, functions=None, **changed):
        """Drop off the bus and come back at once on the same port, perhaps as something else."""
        self.send(DISCONNECT)
        self.waiting, self.functions = [], functions or self.functions
        for name, value in changed.items():
            setattr(self, name, value)
        self.connect()

    def interrupt(self, ep, data):
        """Report something of the device's own accord."""
        self.send(INTR, 0, struct.pack('<BBH', ep, OK, len(data)) + data)

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

    def serve(self, greeted):
        try:
            while True:
                kind, size, ident = struct.unpack('<IIQ', self.recv(16)) if self.wide else struct.unpack('<III', self.recv(12))
                self.packet(kind, ident, self.recv(size))
                greeted.set()
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
