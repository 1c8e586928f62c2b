# SPDX-License-Identifier: Apache-2.0
"""Moments in which a guard could be caught asleep: each puts the terminal into one, and undoes it."""
import time

from . import checks, policy

_UDEVD = 'systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket'
_AGENT = 'sekishod.socket sekishod.service'


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
    """Nothing more fits on the file system of the log, and its reserve is gone; the harness's hands work in memory meanwhile."""
    vm.out('mountpoint -q /tmp || mount -t tmpfs tmpfs /tmp')
    vm.out('rm -f /var/lib/sekisho/audit/reserve')
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


def asleep(vm, order='echo freeze >/sys/power/state'):
    """Suspended to idle: devices, buses and processors sleep as with S3, whose firmware this machine lacks."""
    vm.out('cat /sys/power/suspend_stats/success >/run/slept')
    vm.sh(f'(sleep 0.5; {order}) >/dev/null 2>&1 &')
    time.sleep(5)


def awake(vm):
    """By the power button."""
    vm.qmp('system_powerdown')
    checks.becomes('the terminal has slept and is awake again', lambda: vm.sh(
        '[ $(cat /sys/power/suspend_stats/success) -gt $(cat /run/slept) ]', 20)[0], 0, timeout=60)
