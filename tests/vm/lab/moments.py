# SPDX-License-Identifier: Apache-2.0
"""Moments in which a guard could be caught asleep: each puts the terminal into one, and undoes it."""
import time

from . import checks, paths, policy

_UDEVD = 'systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket'
_AGENT = 'sekishod.socket sekishod.service'
# Packing the initial ramdisk takes minutes in here and is shown by the stage itself.
_UPGRADE = ('mount --bind /bin/true /usr/sbin/update-initramfs; DEBIAN_FRONTEND=noninteractive dpkg -i /root/new.deb 2>&1; '
            'status=$?; umount /usr/sbin/update-initramfs; exit $status')


def announced_again(vm):
    vm.out('udevadm trigger --action=add; udevadm settle; udevadm trigger --action=change; udevadm settle')


def agent_stopped(vm):
    vm.out('systemctl kill -s STOP sekishod')


def agent_continued(vm):
    vm.out('systemctl kill -s CONT sekishod')


def agent_dead(vm):
    vm.out(f'systemctl mask --runtime {_AGENT} 2>&1; systemctl kill -s KILL sekishod; systemctl stop {_AGENT} 2>&1')


def agent_back(vm):
    vm.out(f'systemctl unmask --runtime {_AGENT} 2>&1; systemctl start {_AGENT}')


def agent_restarted(vm):
    vm.out('systemctl restart sekishod')


def udevd_dead(vm):
    vm.out(f'systemctl mask --runtime --now {_UDEVD} 2>&1; pkill -KILL -x systemd-udevd || true')


def udevd_back(vm):
    vm.out(f'systemctl unmask --runtime {_UDEVD} 2>&1; systemctl start systemd-udevd; udevadm trigger --action=add; '
           'udevadm settle')


def log_stopped(vm):
    vm.out('systemctl kill -s STOP sekisho-logd')


def log_continued(vm):
    vm.out('systemctl kill -s CONT sekisho-logd')


def log_full(vm):
    """Nothing more fits on the file system of the log; the harness's hands work in memory meanwhile."""
    vm.out('mountpoint -q /tmp || mount -t tmpfs tmpfs /tmp')
    vm.out('fallocate -l $(($(df --output=avail -B1 /var/lib/sekisho | tail -1) - 4096)) /var/ballast 2>/dev/null; '
           'cat /dev/zero >/var/ballast2 2>/dev/null; sync; true', 120)


def log_fits(vm):
    vm.out('rm -f /var/ballast /var/ballast2; sync')
    vm.out('umount -l /tmp')


def policy_reloaded(vm):
    """A policy that says nothing, then one for a stick that is not there."""
    policy.install(vm, '', version=1)
    policy.install(vm, version=2)
    vm.out('systemctl reload sekishod')


def package_upgraded(vm):
    """The same package once more, as an upgrade does it, while devices are attached."""
    vm.put(paths.package(), '/root/new.deb')
    vm.out(_UPGRADE, 200)


def slept(vm):
    """Every device is put to sleep and woken, each USB port reset; only the firmware's part is left out: QEMU cannot wake this guest."""
    vm.out('echo devices >/sys/power/pm_test; rm -f /run/slept')
    vm.sh('(sleep 1; echo mem >/sys/power/state && touch /run/slept) >/dev/null 2>&1 &')
    time.sleep(8)
    checks.becomes('the terminal is awake again', lambda: vm.sh('test -e /run/slept')[0], 0, timeout=60)
