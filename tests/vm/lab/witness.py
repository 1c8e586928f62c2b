# SPDX-License-Identifier: Apache-2.0
"""What the guest's kernel announced meanwhile: what was open for a moment only cannot be missed."""

# Not what a gadget has on its own side of the cable, and not apple-mfi-fastcharge: it drives the device as a whole, asks for
# charging current, and carries nothing.
# Of a line "KERNEL[12.3] bind /devices/.../usb3/3-1/3-1:1.0 (usb)": an interface that a driver took, or what one made of it.
_SUM = r'''systemctl stop witness; awk '$3 !~ "/usb[0-9]+/" || $3 ~ "-0:1.0$" || $3 ~ "/gadget|/apple_mfi_fastcharge_" { next }
{ all++ }
$2 == "add" && $3 ~ "/[0-9]+-[0-9.]+$" { plugs++ }
$2 == "bind" && $3 ~ ":[0-9.]+$" || $2 == "add" && $4 != "(usb)" { print $2, $3 }
END { print plugs + 0, all + 0 }' /run/witness'''


def begin(vm):
    """From now on every announcement is written down."""
    vm.out('rm -f /run/witness; systemd-run -q --unit=witness -p StandardOutput=file:/run/witness '
           'stdbuf -oL udevadm monitor --kernel; for i in $(seq 100); do ! grep -q KERNEL /run/witness || exit 0; sleep 0.1; done; exit 1')


def end(vm):
    """Since then: how many USB devices came, how much was announced of them, and what any was open for."""
    *opened, counts = vm.out(_SUM, 120).splitlines()
    return (*map(int, counts.split()), opened)
