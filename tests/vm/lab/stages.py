# SPDX-License-Identifier: Apache-2.0
"""Saved terminals from which scenarios start.

base       Debian, booted, nothing of ours
installed  a disk only: an admin installed the package on base, enrolled tokens, set the guard up, shut down
guarded    installed, booted cold with the initial ramdisk and command line found on that disk
"""
import contextlib
import fcntl
import functools
import hashlib
import json
import os
import shutil
import subprocess
import time

from . import installing, paths
from .codes import Token
from .machine import Boot, Machine

NAMES = ('base', 'guarded')
# A cached stage is good as long as these files and its parent are what they were.
SOURCES = ('machine.py', 'stages.py', 'installing.py', 'dialogue.py', 'codes.py')
CMDLINE = ('root=/dev/vda1 ro console=ttyS1 quiet mitigations=off nokaslr norandmaps no_timer_check tsc=reliable nowatchdog '
           'init_on_alloc=0 net.ifnames=0 panic=-1')


class NoPackage(Exception):
    """There is no sekisho package to install."""


class Stage:
    def __init__(self, name, *inputs):
        self.name = name
        digest = hashlib.sha256(repr(inputs).encode())
        for source in SOURCES:
            with open(os.path.join(os.path.dirname(__file__), source), 'rb') as file:
                digest.update(file.read())
        self.key = digest.hexdigest()[:12]
        self.dir = os.path.join(paths.CACHE, f'stage-{name}-{self.key}')

    def path(self, name):
        return os.path.join(self.dir, name)

    def done(self):
        return os.path.exists(self.path('about.json'))

    def begin(self):
        """Remove older editions of this stage and start an empty one."""
        for old in os.listdir(paths.CACHE):
            if old.startswith(f'stage-{self.name}-'):
                shutil.rmtree(os.path.join(paths.CACHE, old))
        os.makedirs(self.dir)

    def finish(self, **about):
        with open(self.path('about.tmp'), 'w') as file:
            json.dump(about, file, indent=1)
        os.rename(self.path('about.tmp'), self.path('about.json'))

    def about(self):
        with open(self.path('about.json')) as file:
            return json.load(file)

    def boot(self):
        about = self.about()
        return Boot(self.path(about['disk']), about['initrd'], about['cmdline'])

    def tokens(self):
        return {user: Token(*token) for user, token in self.about().get('tokens', {}).items()}


def ready(name):
    """The stage of this name, made first when it is not cached."""
    os.makedirs(paths.CACHE, exist_ok=True)
    with open(os.path.join(paths.CACHE, 'stages.lock'), 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return {'base': _base, 'installed': _installed, 'guarded': _guarded}[name]()


def resume(vm, name, keep=False):
    """Continue a stage where it was saved: takes 1 to 2 s. With keep, vm.power_off() leaves a disk to boot again."""
    stage = ready(name)
    boot = stage.boot()
    if keep:
        boot.disk = overlay(boot.disk, vm.path('disk.qcow2'))
    vm.restore(boot, stage.path('saved'), keep=keep)
    vm.tokens = stage.tokens()
    vm.set_clock(max(time.time(), stage.about()['clock']))


def cold(vm, name, *extra, parameters='', boot=None):
    """Power on with a stage's disk (or with BOOT) and wait until all services are up."""
    stage = ready(name)
    boot, keep = boot or stage.boot(), boot is not None
    boot.cmdline = f'{boot.cmdline} {parameters}'.strip()
    vm.tokens = vm.tokens or stage.tokens()
    vm.boot(boot, *extra, keep=keep, clock=max(time.time(), stage.about()['clock']))
    vm.wait_up()


def next_boot(vm):
    """What a boot loader would find on the disk of a machine started with keep=True and now off."""
    raw = vm.path('disk.raw')
    subprocess.run(['qemu-img', 'convert', '-O', 'raw', vm.path('disk.qcow2'), raw], check=True)
    initrd, cmdline = _boot_loader(raw, vm.dir)
    os.unlink(raw)
    return Boot(vm.path('disk.qcow2'), initrd, cmdline)


def overlay(disk, file):
    kind = 'qcow2' if disk.endswith('.qcow2') else 'raw'
    subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', kind, '-b', os.path.realpath(disk), file], check=True)
    return file


@functools.cache
def _image():
    subprocess.run([os.path.join(paths.HERE, 'build-image')], check=True, stderr=subprocess.DEVNULL)
    return os.path.realpath(paths.IMAGE)


def _boot_loader(disk, into):
    """Read the initial ramdisk and the command line of grub.cfg from a disk: (initrd, cmdline)."""
    with open(os.path.join(paths.IMAGE, 'version')) as file:
        version = file.read().strip()
    initrd, menu = os.path.join(into, 'initrd'), os.path.join(into, 'grub.cfg')
    for source, target in (f'/boot/initrd.img-{version}', initrd), ('/boot/grub/grub.cfg', menu):
        subprocess.run(['debugfs', '-R', f'dump {source} {target}', f'{disk}?offset={1 << 20}'], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(menu) as file:
        for line in file:
            words = line.split()
            if words[:1] == ['linux']:
                return initrd, ' '.join(words[2:])
    raise RuntimeError('grub.cfg boots no kernel')


def _save(vm, stage, prepare):
    prepare()
    vm.out('sync; echo 3 >/proc/sys/vm/drop_caches')
    clock = vm.clock()
    vm.save(stage.path('saved'))
    return clock


@contextlib.contextmanager
def _machine(name):
    """A machine that is off at the end, also when what should be made was not."""
    vm = Machine(name)
    vm.wipe()
    try:
        yield vm
    finally:
        vm.stop()


def _base():
    image = _image()
    stage = Stage('base', image)
    if stage.done():
        return stage
    stage.begin()
    disk = overlay(os.path.join(image, 'disk.img'), stage.path('disk.qcow2'))
    boot = Boot(disk, os.path.join(image, 'initrd'), CMDLINE)
    with _machine('stage-base') as vm:
        vm.boot(boot, keep=True, ram=stage.path('saved.ram'))
        vm.wait_up()
        clock = _save(vm, stage, lambda: vm.out('update-grub', 400))
    stage.finish(disk='disk.qcow2', initrd=boot.initrd, cmdline=boot.cmdline, clock=clock)
    return stage


def _installed():
    package = paths.package()
    if not package:
        raise NoPackage('no sekisho package; build one or set SEKISHO_DEB')
    base = _base()
    with open(package, 'rb') as file:
        stage = Stage('installed', base.key, hashlib.sha256(file.read()).hexdigest())
    if stage.done():
        return stage
    stage.begin()
    boot = base.boot()
    with _machine('stage-installed') as vm:
        boot.disk = overlay(boot.disk, vm.path('disk.qcow2'))
        vm.restore(boot, base.path('saved'), keep=True)
        vm.set_clock(max(time.time(), base.about()['clock']))
        installing.install(vm, package)
        installing.set_up(vm)
        clock = vm.clock()
        vm.power_off()
        subprocess.run(['qemu-img', 'convert', '-O', 'raw', vm.path('disk.qcow2'), stage.path('disk.img')], check=True)
    initrd, cmdline = _boot_loader(stage.path('disk.img'), stage.dir)
    tokens = {user: (token.secret, token.step) for user, token in vm.tokens.items()}
    stage.finish(disk='disk.img', initrd=initrd, cmdline=cmdline, clock=clock, tokens=tokens)
    shutil.rmtree(vm.dir)
    return stage


def _guarded():
    installed = _installed()
    stage = Stage('guarded', installed.key)
    if stage.done():
        return stage
    stage.begin()
    about = installed.about()
    boot = installed.boot()
    boot.disk = overlay(boot.disk, stage.path('disk.qcow2'))
    with _machine('stage-guarded') as vm:
        vm.boot(boot, keep=True, ram=stage.path('saved.ram'), clock=max(time.time(), about['clock']))
        vm.wait_up()
        about['clock'] = _save(vm, stage, lambda: time.sleep(1))
    stage.finish(**{**about, 'disk': 'disk.qcow2'})
    return stage
