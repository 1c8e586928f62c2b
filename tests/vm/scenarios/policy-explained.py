# SPDX-License-Identifier: Apache-2.0
"""check, explain, generate, impact and diff on real devices and their log: a composite part by part."""
from lab import checks, office, policy, stages, usb
from lab.usbdev import Device, Disk, Keyboard

RULES = policy.RULE + '''rule composite-keyboard allow {
    interface keyboard
    usb 0951:1666
}
'''


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, RULES)
    image = vm.path('hidden.img')
    with open(image, 'wb') as file:
        file.truncate(16 << 20)
    device = Device([Keyboard(), Disk(image)], vid=0x0951, pid=0x1666)
    device.plug(vm)
    usb.appeared(vm, '0951:1666')
    checks.becomes('both parts are judged', lambda: vm.out('sekisho devices').count('0951:1666'), 2)

    text = vm.out('sekisho policy explain 0951:1666')
    checks.within('the keyboard', text, '=> allow, by rule composite-keyboard')
    checks.within('the disk', text, '=> block: no rule fits')
    checks.within('why not', text, 'does not fit: usb 46f4:0001')
    text = vm.out("sekisho log --json --type device.block | grep 0951 | tail -1 >/tmp/entry.json; "
                  'sekisho policy explain --saved /tmp/entry.json --with zone=lgwan')
    checks.within('from the log', text, '=> block: no rule fits')
    checks.within('a rule for review', vm.out('sekisho policy generate'), 'usb 0951:1666')

    office.write(vm, 'draft', RULES + 'rule everything-of-it allow {\n    usb 0951:1666\n}\n')
    checks.within('a warning', vm.sh(f'sekisho policy check {office.FOLDER}/draft')[1], 'warning: ')
    checks.within('the impact', vm.out(f'sekisho policy impact {office.FOLDER}/draft'),
                  'block -> allow: rule default -> everything-of-it')
    status, text = vm.sh(f'sekisho policy diff {office.FOLDER}/city-1.signed {office.FOLDER}/draft')
    checks.true('the difference', status == 1 and '+ rule everything-of-it allow' in text, text)
    device.unplug()
