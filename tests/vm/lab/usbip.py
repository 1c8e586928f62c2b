# SPDX-License-Identifier: Apache-2.0
"""A USB device over the network: the guest's kernel exports a gadget (usbip-vudc) and takes it in again (vhci_hcd)."""
from . import gadget

_ATTACH = r'''import socket
server = socket.create_server(('127.0.0.1', 0))
near, far = socket.create_connection(server.getsockname()), server.accept()[0]
for path, text in (('usbip-vudc.0/usbip_sockfd', f'{far.fileno()}'),
                   ('vhci_hcd.0/attach', f'0 {near.fileno()} 65537 3')):      # port, socket, device, high speed
    with open('/sys/devices/platform/' + path, 'w') as file:
        file.write(text)
'''


def attach(vm):
    """What is exported appears behind a controller that is nowhere in the machine."""
    vm.out(f"modprobe vhci_hcd; udevadm settle; python3 - <<'P'\n{_ATTACH}P")


def detach(vm):
    vm.out('echo 0 >/sys/devices/platform/vhci_hcd.0/detach')


def export(vm, serial, *kinds):
    gadget.up(vm, *kinds, controller='usbip_vudc', serial=serial)
