# SPDX-License-Identifier: Apache-2.0
"""A registered stick opens read-only, only after its log entry, and root cannot write to it."""
from lab import auditlog, checks, policy, stages, usb


def run(vm):
    stages.resume(vm, 'guarded')
    policy.install(vm)
    usb.stick(vm, 'other', serial='TAX0002')
    usb.shut(vm, usb.STICK)
    vm.unplug('other')

    vm.out('systemctl kill -s STOP sekisho-logd')
    image = usb.stick(vm, serial=policy.REGISTERED)
    usb.shut(vm, usb.STICK)                                 # no entry, no opening
    vm.out('systemctl kill -s CONT sekisho-logd')
    checks.becomes('the node', lambda: '/dev/sda' in usb.nodes(vm), True, timeout=30)
    entry = auditlog.events(vm, 'device.read-only')[-1]
    checks.same('the entry', (entry['serial'], entry['rule']), (policy.REGISTERED, 'tax-stick'))

    checks.becomes('the node is readable', lambda: vm.out('stat -c %a /dev/sda'), '440')
    vm.out('mount -o ro /dev/sda /mnt && ls /mnt && umount /mnt')
    status, text = vm.sh('dd if=/dev/zero of=/dev/sda bs=512 count=1 conv=notrunc,fsync')
    checks.true('writing fails', status != 0, text)
    checks.true('it says why', 'Operation not permitted' in text or 'Read-only' in text, text)
    status, text = vm.sh('mount -o rw /dev/sda /mnt && touch /mnt/x')
    checks.true('mounting to write fails', status != 0, text)
    with open(image, 'rb') as medium:
        checks.true('the medium still begins with its file system', medium.read(3)[:1] == b'\xeb')
