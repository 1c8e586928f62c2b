# SPDX-License-Identifier: Apache-2.0
"""The doors an ordinary user can try at devices that are shut."""
import base64
import json

# A user in every group that Debian gives device nodes to: whoever is refused as this one is refused as anybody.
GROUPS = 'disk,cdrom,floppy,tape,dialout,audio,video,plugdev,lp'
NODES = r'sd[a-z]|sg\d|sr\d|n?st\d|nvme|ng\d|mmcblk|hidraw|vd[b-z]|ttyUSB|ttyACM|bsg/|bus/usb/|usb/'

# Opens every such node again and again, to read, until /run/enough is there; prints which it met and which it got.
_SPIN = r'''import json, os, re, sys
wanted, met, got = re.compile(sys.argv[1]), set(), set()
def nodes(folder):
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name in ('bsg', 'bus', 'usb') or '/bus/' in entry.path:
                yield from nodes(entry.path)
        elif wanted.match(entry.path[5:]):
            yield entry.path
while not os.path.exists('/run/enough'):
    for path in nodes('/dev'):
        met.add(path)
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            got.add(path)
        except OSError:
            pass
print(json.dumps({'met': sorted(met), 'got': sorted(got)}))
'''
# What can be done with one node: [how, outcome] for every way in.
_TRY = r'''import ctypes, errno, fcntl, json, os, struct, sys
def code(act):
    try:
        act()
        return 'done'
    except OSError as refusal:
        return errno.errorcode[refusal.errno]
def held(path, flags, act):
    fd = os.open(path, flags | os.O_NONBLOCK)
    try:
        act(fd)
    finally:
        os.close(fd)
def control(fd):                                                # USBDEVFS_CONTROL: GET_DESCRIPTOR
    data = ctypes.create_string_buffer(18)
    fcntl.ioctl(fd, 0xc0185500, struct.pack('BBHHHIxxxxP', 0x80, 6, 0x100, 0, 18, 1000, ctypes.addressof(data)))
def claim(fd):                                                  # USBDEVFS_CLAIMINTERFACE 0
    fcntl.ioctl(fd, 0x8004550f, struct.pack('I', 0))
def scsi(op, data, direction):                                  # SG_IO
    def act(fd):
        cdb = ctypes.create_string_buffer(bytes([op, 0, 0, 0, 0, 100, 0, 0, len(data) // 512, 0]), 10)
        body, sense = ctypes.create_string_buffer(data, len(data)), ctypes.create_string_buffer(32)
        head = bytearray(struct.pack('iiBBHIPPPIIiPBBBBHHiII', ord('S'), direction, 10, 32, 0, len(data),
            ctypes.addressof(body), ctypes.addressof(cdb), ctypes.addressof(sense), 5000, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0) + bytes(4))
        fcntl.ioctl(fd, 0x2285, head)
        if struct.unpack_from('B', head, 64)[0]:
            raise OSError(errno.EIO, 'the unit refused')
    return act
WAYS = {
    'read': (os.O_RDONLY, lambda fd: os.read(fd, 1)),
    'write': (os.O_WRONLY, lambda fd: os.write(fd, b'x' * 512)),
    'control': (os.O_RDWR, control), 'claim': (os.O_RDWR, claim),
    'scsi write': (os.O_RDWR, scsi(0x2a, b'x' * 512, -2)),
    'scsi write by a reader': (os.O_RDONLY, scsi(0x2a, b'x' * 512, -2)),
    'set writable': (os.O_RDONLY, lambda fd: fcntl.ioctl(fd, 0x125d, struct.pack('i', 0))),
    'lamps': (os.O_WRONLY, lambda fd: os.write(fd, struct.pack('qqHHiqqHHi', 0, 0, 0x11, 0, 1, 0, 0, 0, 0, 0))),
}
path, ways = sys.argv[1], sys.argv[2:]
print(json.dumps({way: code(lambda: held(path, *WAYS[way])) for way in ways}))
'''


def _script(vm, name, text):
    vm.out(f'echo {base64.b64encode(text.encode()).decode()} | base64 -d >/tmp/{name}.py; chmod 644 /tmp/{name}.py')


def _as(user, groups):
    return '' if user == 'root' else f'setpriv --reuid {user} --regid {user} --groups {user},{groups} --'


def ways_in(vm, path, *ways, user='alice', groups=GROUPS):
    """What each way into this node comes to for the user: 'done', or the error's name."""
    _script(vm, 'ways', _TRY)
    words = ' '.join(f"'{way}'" for way in ways)
    return json.loads(vm.out(f'{_as(user, groups)} python3 /tmp/ways.py {path} {words}'))


def spin_start(vm):
    _script(vm, 'spin', _SPIN)
    vm.out(f"rm -f /run/enough; ({_as('alice', GROUPS)} python3 /tmp/spin.py '{NODES}' >/tmp/spun 2>&1 &) ; sleep 2")


def spin_end(vm):
    """End the spinning; returns the kinds of nodes it met, and the nodes it could open."""
    vm.out('touch /run/enough')
    for _ in range(50):
        if vm.sh('grep -q met /tmp/spun')[0] == 0:
            break
        vm.out('sleep 0.2')
    spun = json.loads(vm.out('cat /tmp/spun'))
    return spun['met'], spun['got']
