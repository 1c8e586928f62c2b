# SPDX-License-Identifier: Apache-2.0
"""What comes over the network (usbip) is closed, without an agent too, and judged like anything that is plugged in."""
from lab import channels, checks, gadget, moments, policy, stages, usb, usbip

RULES = f'''rule lent-disk read-only {{
    usb {gadget.IDENT}
    serial LENT
    only storage
}}
'''


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm, RULES)
    before = channels.belongings(vm)
    usbip.export(vm, 'FOREIGN', 'mass_storage', 'ecm')
    moments.agent_dead(vm)
    usbip.attach(vm)
    ours = {line for line in channels.look(vm) if '/net/' in line}         # the exporting side's own end
    channels.all_shut(vm, [gadget.IDENT], before | ours)
    checks.same('its controllers', set(vm.out('cat /sys/devices/platform/vhci_hcd.0/usb*/authorized_default').split()), {'0'})
    moments.agent_back(vm)
    channels.logged(vm, [gadget.IDENT])
    usbip.detach(vm)
    checks.becomes('it is gone', lambda: usb.devices(vm, gadget.IDENT), [])

    vm.out('cd /sys/kernel/config/usb_gadget/it; echo >UDC; rm configs/c.1/ecm.0; echo LENT >strings/0x409/serialnumber; '
           'ls /sys/class/udc | grep -m1 usbip >UDC')
    usbip.attach(vm)
    checks.becomes('the one that a rule names', lambda: vm.sh('stat -c %a /dev/sda')[1].strip(), '440', timeout=40)
    usbip.detach(vm)
    checks.becomes('its disk goes with it', lambda: usb.nodes(vm), [])
