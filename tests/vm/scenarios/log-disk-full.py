# SPDX-License-Identifier: Apache-2.0
"""With the disk of the log full a registered stick stays shut and it is said why; keyboards work; with room it opens where it is."""
import json

from lab import checks, moments, policy, stages, usb
from lab.usbdev import Device
from lab.usbfunctions import BULK_PAIR, Function


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm)
    moments.log_full(vm)
    last_block(vm)
    usb.stick(vm, serial=policy.REGISTERED)
    checks.becomes('what the list says', lambda: rows(vm), [('unlogged', 'tax-stick')], timeout=30)
    usb.shut(vm, usb.STICK)
    status, text = vm.sh('sekisho status')
    checks.true('status has the reason', status == 1 and 'No space left on device' in text, text)
    checks.within('so has the journal', vm.out('journalctl -u sekishod'), 'the log refused an entry')
    checks.same('what is blocked', rows(vm, '--blocked'), [('unlogged', 'tax-stick')])
    checks.true('the keyboard types', usb.typing_works(vm))
    keyboards = "grep -c 'Handlers=.*kbd.*event' /proc/bus/input/devices"
    before = int(vm.out(keyboards))
    vm.plug('usb-kbd', 'another', port='6')
    checks.becomes('a keyboard plugged now', lambda: int(vm.out(keyboards)), before + 1)

    moments.log_fits(vm)
    checks.becomes('with room the stick opens', lambda: vm.sh('stat -c %a /dev/sda')[1].strip(), '440', timeout=40)
    checks.same('what the list says then', rows(vm), [('read-only', 'tax-stick')])
    checks.within('the log is whole', vm.out('sekisho log verify'), 'OK')


def last_block(vm):
    """What is left of the log's last block takes some small entries more."""
    filler = Device([Function((0xff, 0, 0), BULK_PAIR)], 0x1209, 0x00f1)
    filler.plug(vm, 'filler')
    for number in range(20):
        filler.replug(strings=['', '', '', str(number)])
        if vm.sh("sleep 2; sekisho status | grep -q 'No space left on device'")[0] == 0:
            return
    raise AssertionError('the log has taken everything')


def rows(vm, option=''):
    return [(row['verdict'], row['rule']) for row in json.loads(vm.out(f'sekisho devices --json {option}'))
            if row['id'] == usb.STICK]
