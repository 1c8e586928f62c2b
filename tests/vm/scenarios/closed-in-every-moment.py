# SPDX-License-Identifier: Apache-2.0
"""Attached devices stay shut, and new ones do, through triggers, dead daemons, reloads and a full log."""
import os

from lab import auditlog, channels, checks, moments, stages, usb

LONG = True
# What happens, and what ends it.
MOMENTS = (
    (moments.announced_again, None),
    (moments.agent_stopped, moments.agent_continued),
    (moments.agent_dead, moments.agent_back),
    (moments.agent_restarted, None),
    (moments.udevd_dead, moments.udevd_back),
    (moments.log_stopped, moments.log_continued),
    (moments.log_full, moments.log_fits),
    (moments.policy_reloaded, None),
)
ATTACHED = ('PTP camera', 'RNDIS tethering', 'Android debug bridge', 'ECM adapter', 'vendor network adapter', 'Bluetooth', 'Wi-Fi',
            'printer', 'headset', 'webcam')
COMING = ('ACM modem',)


def run(vm):
    stages.resume(vm, 'guarded')
    before = channels.belongings(vm)
    usb.stick(vm, serial='PRIVATE1')
    uas, plug = channels.EMULATED['UAS disk']
    plug(vm)
    os.makedirs(vm.path('photos'))
    vm.plug('usb-mtp', 'phone', rootdir=vm.path('photos'), readonly=False)
    attached = [channels.announced(name) for name in ATTACHED]
    for device in attached:
        device.plug(vm, f'attached{device.pid}')
    idents = [usb.STICK, uas, usb.PHONE] + [device.ident_usb for device in attached]
    channels.all_shut(vm, idents, before)

    for begin, end in MOMENTS:
        begin(vm)
        coming = [channels.announced(name) for name in COMING]
        for device in coming:
            device.strings[3] = f'{begin.__name__} {device.pid}'
            device.plug(vm, f'coming{device.pid}')
        new = [device.ident_usb for device in coming]
        judge(vm, begin, idents + new, before)
        if end:
            end(vm)
            judge(vm, end, idents + new, before)
        checks.becomes(f'{begin.__name__}: the log has what came', lambda new=coming: in_log(vm, new), set(), timeout=60)
        for device in coming:
            device.unplug()
    checks.within('the log is whole', vm.out('sekisho log verify'), 'OK')


def in_log(vm, devices):
    """Serial numbers of the devices that the log does not yet have as blocked."""
    return {d.strings[3] for d in devices} - {e.get('serial') for e in auditlog.events(vm, 'device.block')}


def judge(vm, moment, idents, before):
    try:
        channels.all_shut(vm, idents, before, settle=1)
    except AssertionError as found:
        raise AssertionError(f'{moment.__name__}: {found}') from None
