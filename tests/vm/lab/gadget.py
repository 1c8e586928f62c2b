# SPDX-License-Identifier: Apache-2.0
"""A USB device made by the guest's own kernel, behind a controller that appears with it (dummy_hcd)."""
IDENT = '1d6b:0104'
_UP = r'''set -e
modprobe -a dummy_hcd libcomposite; mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
cd /sys/kernel/config/usb_gadget; mkdir it; cd it; mkdir -p strings/0x409 configs/c.1
echo 0x1d6b >idVendor; echo 0x0104 >idProduct; echo GADGET >strings/0x409/serialnumber
truncate -s 8M /run/gadget.img
for kind in $KINDS; do
  mkdir functions/$kind.0; [ $kind != mass_storage ] || echo /run/gadget.img >functions/$kind.0/lun.0/file
  ln -s $PWD/functions/$kind.0 configs/c.1/
done
ls /sys/class/udc | grep -m1 dummy >UDC'''


def up(vm, *kinds):
    """Plug it; kinds are the kernel's names of gadget functions."""
    vm.out(f'KINDS="{" ".join(kinds)}"; {_UP}')
