# SPDX-License-Identifier: Apache-2.0
"""What a device says of itself reaches no terminal: not in devices, status, log, JSON, the journal or a drafted rule."""
import json
import re

from lab import channels, checks, stages
from lab.usbdev import Device
from lab.usbfunctions import BULK_PAIR, Function

SAYINGS = {
    'escape sequences': '\x1b]0;owned\x07\x1b[2J\x1b[31mALLOWED\x9b2J',
    'lines': 'STICK\nrule everything allow {\n}\r\n{"type":"device.allow"}',
    'direction': 'kcit\u202es \u2066bad\u2069\u200f\u061c',
    'invisible': 'ST\u200bI\u2060C\ufeffK\u00ad\u2028\u2029',
    'quotes': '"\'\\$(reboot)`reboot`%n%s;|&',
    'the longest': '長' * 126,
    'lone surrogates': b'\x00\xd8A\x00\x00\xdcB\x00\x00\xd8',
    'an odd length': b'A\x00B\x00C',
    'nothing but zeros': b'\0' * 40,
}
# Control characters other than the line's end, direction marks, and what shows as nothing.
MISLEADING = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad]')
SHOWN_BY = ('sekisho devices', 'sekisho devices --json', 'sekisho devices --blocked', 'sekisho status', 'sekisho log',
            'sekisho log --json', 'sekisho policy generate', 'journalctl -u sekishod -o cat --no-pager --all')


def run(vm):
    stages.resume(vm, 'guarded')
    before, devices = channels.belongings(vm), []
    for place, (what, saying) in enumerate(SAYINGS.items()):
        device = Device([Function((0xff, 0, 0), BULK_PAIR)], 0x1209, 0x0100 + place)
        device.strings = ['', saying, saying, saying]
        devices.append((what, device))
    for start in range(0, len(devices), 5):
        batch = devices[start:start + 5]
        for what, device in batch:
            device.plug(vm, f'says{device.pid}')
        channels.all_shut(vm, [device.ident_usb for _, device in batch], before)
        channels.logged(vm, [device.ident_usb for _, device in batch])
        for command in SHOWN_BY:
            shown = vm.out(command + ' || true')
            found = MISLEADING.search(shown)
            checks.true(f'{command} shows no such character', not found, found and shown[max(0, found.start() - 80):found.end() + 40])
        listed = {f'{d["id"]}' for d in json.loads(vm.out('sekisho devices --json'))}
        checks.same('devices in the list', {device.ident_usb for _, device in batch} - listed, set())
        for line in vm.out('sekisho log --json').splitlines():
            json.loads(line)
        for what, device in batch:
            device.unplug()
    drafted = vm.out('sekisho policy generate || true')
    checks.true('a draft holds no rule of a device', not re.search(r'^rule everything', drafted, re.M), drafted)
    checks.within('the log is whole', vm.out('sekisho log verify'), 'OK')
