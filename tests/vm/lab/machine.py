# SPDX-License-Identifier: Apache-2.0
"""One QEMU machine: start it cold or from saved state, run commands in it, plug devices."""
import base64
import dataclasses
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import paths
from .dialogue import on_socket
from .qmp import Qmp

MEMORY_MB = 768
# The emulated time stamp counter runs at the host's rate. Telling the guest avoids a calibration
# that a busy host spoils. It is the only word the harness adds to the guest's own command line.
TSC_KHZ = int(float(re.search(r'cpu MHz\s*: ([\d.]+)', open('/proc/cpuinfo').read())[1]) * 1000)
MOUNT_SHARE = ('mkdir -p /run/share; mountpoint -q /run/share || '
               'mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 share /run/share')


@dataclasses.dataclass
class Boot:
    """What a boot loader would hand over: kernel, initial ramdisk, command line; and the disk."""
    disk: str
    initrd: str
    cmdline: str
    kernel: str = os.path.join(paths.IMAGE, 'vmlinux')


class Machine:
    def __init__(self, name):
        self.name = name
        self.dir = os.path.join(paths.RUN, name)
        self.tokens = {}
        self._qmp = None

    def path(self, name):
        return os.path.join(self.dir, name)

    # ---- starting and ending ----
    def wipe(self):
        """Forget earlier runs of this name."""
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.path('share'))

    def boot(self, boot, *extra, keep=False, ram=None, clock=None):
        """Power on. Writes reach the disk only with keep; ram names a file to hold the memory."""
        if clock:
            extra += ('-rtc', time.strftime('base=%Y-%m-%dT%H:%M:%S', time.gmtime(clock)))
        self._spawn(self._args(boot, keep, ram, shared=True) + list(extra))

    def restore(self, boot, saved, keep=False):
        """Continue from the memory SAVED.ram and the device state SAVED.state."""
        self._spawn(self._args(boot, keep, saved + '.ram', shared=False) + ['-incoming', 'defer'])
        self._migrate('migrate-incoming', f'exec:cat {saved}.state')
        self.qmp('cont')

    def save(self, saved):
        """Write the device state (the memory is in the file given to boot) and power off."""
        self.qmp('stop')
        self._migrate('migrate', f'exec:cat >{saved}.tmp')
        self.stop()
        os.rename(saved + '.tmp', saved + '.state')

    def power_off(self, timeout=120):
        """Shut down as a user does and wait until the machine is off."""
        self.sh('(sleep 0.5; systemctl poweroff) >/dev/null 2>&1 &')     # the answer gets out before the agent ends
        end = time.time() + timeout
        while self.pid():
            if time.time() > end:
                raise TimeoutError(f'no power-off within {timeout} s')
            self._reap()
            time.sleep(0.05)
        self._qmp = None

    def stop(self):
        """Pull the plug."""
        pid, end = self.pid(), time.time() + 5
        self._qmp = None
        while pid and self.pid():
            os.kill(pid, signal.SIGTERM if time.time() < end else signal.SIGKILL)
            self._reap()
            time.sleep(0.02)

    def pid(self):
        try:
            with open(self.path('pid')) as file:
                pid = int(file.read())
            with open(f'/proc/{pid}/cmdline', 'rb') as file:
                return pid if b'qemu-system' in file.read() else None
        except (OSError, ValueError):
            return None

    def _reap(self):
        try:
            os.waitpid(self.pid() or -1, os.WNOHANG)
        except OSError:
            pass

    def _args(self, boot, keep, ram, shared):
        where = f'memory-backend-file,mem-path={ram},share={"on" if shared else "off"}' if ram else 'memory-backend-ram'
        kind = 'qcow2' if boot.disk.endswith('.qcow2') else 'raw'
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        os.makedirs(self.path('share'), exist_ok=True)
        with open(self.path('port'), 'w') as file:
            file.write(str(port))
        return ['qemu-system-x86_64', '-name', self.name, '-accel', 'tcg,thread=multi,tb-size=256', '-cpu', 'Nehalem',
                '-M', 'q35,sata=off,smbus=off,vmport=off,i8042=off,memory-backend=ram',
                '-object', f'{where},id=ram,size={MEMORY_MB}M', '-m', str(MEMORY_MB), '-smp', '2',
                '-nodefaults', '-display', 'none', '-no-reboot',
                '-kernel', boot.kernel, '-initrd', boot.initrd, '-append', f'{boot.cmdline} tsc_early_khz={TSC_KHZ}',
                '-drive', f'if=none,id=root,file={boot.disk},format={kind},cache=unsafe,discard=unmap,'
                          f'snapshot={"off" if keep else "on"}',
                '-device', 'virtio-blk-pci,drive=root,serial=SYSTEM0',
                '-chardev', f'socket,id=con,path={self.path("console.sock")},server=on,wait=off,'
                            f'logfile={self.path("console.log")},logappend=on', '-serial', 'chardev:con',
                '-chardev', f'file,id=kernel,path={self.path("kernel.log")},append=on', '-serial', 'chardev:kernel',
                '-device', 'virtio-serial-pci', '-chardev', f'pipe,id=agent,path={self.path("agent")}',
                '-device', 'virtserialport,chardev=agent,name=lab',
                '-netdev', f'user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22',
                '-device', 'virtio-net-pci,netdev=net0,romfile=',
                '-fsdev', f'local,id=share,path={self.path("share")},security_model=none',
                '-device', 'virtio-9p-pci,fsdev=share,mount_tag=share', '-device', 'virtio-rng-pci',
                '-device', 'pcie-root-port,id=rp0,slot=1', '-device', 'qemu-xhci,id=xhci,p2=15,p3=15',
                '-device', 'usb-kbd,id=keyboard,bus=xhci.0,port=1',
                '-device', 'usb-hub,id=hub,bus=xhci.0,port=2',
                '-device', 'usb-mouse,id=mouse,bus=xhci.0,port=2.1',
                '-qmp', f'unix:{self.path("qmp.sock")},server=on,wait=off']

    def _spawn(self, args):
        self.stop()
        for fifo in self.path('agent.in'), self.path('agent.out'):
            if os.path.exists(fifo):
                os.unlink(fifo)
            os.mkfifo(fifo)
        with open(self.path('cmdline'), 'w') as file:
            file.write(' '.join(args) + '\n')
        with open(self.path('qemu.log'), 'w') as log:
            child = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                     start_new_session=True)
        with open(self.path('pid'), 'w') as file:
            file.write(str(child.pid))
        end = time.time() + 30
        while True:
            try:
                self._qmp = Qmp(self.path('qmp.sock'))
                return
            except OSError:
                if child.poll() is not None or time.time() > end:
                    raise RuntimeError('qemu: ' + self.read('qemu.log')) from None
                time.sleep(0.02)

    def _migrate(self, command, uri):
        self.qmp('migrate-set-capabilities', capabilities=[{'capability': 'x-ignore-shared', 'state': True}])
        self.qmp(command, uri=uri)
        while (status := self.qmp('query-migrate').get('status')) != 'completed':
            if status == 'failed':
                raise RuntimeError(f'{command}: ' + self.read('qemu.log'))
            time.sleep(0.02)

    # ---- inside ----
    def sh(self, script, timeout=60):
        """Run a shell script as root in the guest: (exit status, output). Status 124: it took too long."""
        ident = os.urandom(6).hex()
        line = f'{ident} {timeout} {base64.b64encode(script.encode()).decode()}\n'.encode()
        with open(self.path('lock'), 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            answers = os.open(self.path('agent.out'), os.O_RDONLY | os.O_NONBLOCK)
            try:
                with open(self.path('agent.in'), 'wb', buffering=0) as requests:
                    requests.write(line)
                return self._answer(answers, ident, time.time() + timeout + 10, script)
            finally:
                os.close(answers)

    def _answer(self, fd, ident, end, script):
        buf = b''
        while time.time() < end:
            try:
                data = os.read(fd, 65536)
            except BlockingIOError:
                data = b''
            buf += data
            if not data:
                if not self.pid():
                    raise RuntimeError(f'the guest is gone: {self.read("qemu.log")}{self.read("kernel.log")[-2000:]}')
                time.sleep(0.002)
            while b'\n' in buf:
                line, buf = buf.split(b'\n', 1)
                got, status, *text = line.decode().split(' ')
                if got == ident:
                    return int(status), base64.b64decode(text[0]).decode(errors='replace') if text else ''
        raise TimeoutError(f'no answer from the guest: {script!r}')

    def out(self, script, timeout=60):
        """Run a script that must succeed; returns its output without the last newline."""
        status, text = self.sh(script, timeout)
        if status:
            raise RuntimeError(f'in the guest {script!r} ended with {status}: {text}')
        return text.rstrip('\n')

    def put(self, source, target):
        """Copy a host file into the guest."""
        with tempfile.NamedTemporaryFile(dir=self.path('share')) as copy:
            shutil.copyfile(source, copy.name)
            self.out(f'{MOUNT_SHARE}; cp /run/share/{os.path.basename(copy.name)} {target} && chmod 644 {target}')

    def wait_up(self, timeout=240):
        """Wait until the guest has started all its services."""
        self.sh('systemctl is-system-running --wait >/dev/null; udevadm settle', timeout)

    def clock(self):
        return float(self.out('date +%s.%N'))

    def set_clock(self, seconds):
        self.out(f'date -s @{seconds} >/dev/null')

    # ---- outside ----
    def read(self, name):
        """One of the machine's own files, for instance kernel.log."""
        try:
            with open(self.path(name), errors='replace') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def console(self):
        """The login console (ttyS0)."""
        return on_socket(self.path('console.sock'))

    def qmp(self, command, **arguments):
        if self._qmp is None:
            self._qmp = Qmp(self.path('qmp.sock'))
        return self._qmp.run(command, **arguments)

    def disk(self, name, source):
        """A block node NAME on a raw file, or on a new one of SOURCE MiB. Returns the file's path."""
        if isinstance(source, int):
            size, source = source, self.path(name + '.img')
            with open(source, 'wb') as file:
                file.truncate(size << 20)
        self.qmp('blockdev-add', **{'driver': 'raw', 'node-name': name,
                                    'file': {'driver': 'file', 'filename': source, 'locking': 'off'}})
        return source

    def plug(self, driver, ident, **properties):
        if driver.startswith('usb-'):
            properties.setdefault('bus', 'xhci.0')
        self.qmp('device_add', driver=driver, id=ident, **properties)

    def unplug(self, ident, timeout=15):
        self.qmp('device_del', id=ident)
        end = time.time() + timeout
        while any(d['name'] == ident for d in self.qmp('qom-list', path='/machine/peripheral')):
            if time.time() > end:
                raise TimeoutError(f'{ident} does not go away')
            time.sleep(0.02)

    def press(self, *keys):
        """Press keys of the USB keyboard together, by QEMU's key names."""
        self.qmp('send-key', keys=[{'type': 'qcode', 'data': key} for key in keys], **{'hold-time': 40})
        time.sleep(0.12)
