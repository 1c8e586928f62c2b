# SPDX-License-Identifier: Apache-2.0
"""USB devices that exist in umockdev's sysfs only."""

import contextlib
import ctypes
import os
import shutil
import struct

import gi

CLONE_NEWNET = 0x40000000


def make_room_for_events():
    """Announcements wait in a queue that holds ten unless somebody, as systemd does, allows more: in a namespace of our own."""
    with contextlib.suppress(OSError):  # where /proc cannot be written, ten must do
        if ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0:
            with open("/proc/sys/net/unix/max_dgram_qlen", "w", encoding="ascii") as limit:
                limit.write("512")


make_room_for_events()
gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402

KEYBOARD = (3, 1, 1)
STORAGE = (8, 6, 0x50)
HUB_ATTRIBUTES = {"authorized": "1", "authorized_default": "0", "interface_authorized_default": "0"}


def descriptors(ident, interfaces):
    """A device descriptor and one configuration with @interfaces."""
    body = b"".join(struct.pack("<9B", 9, 4, n, 0, 0, *triple, 0) for n, triple in enumerate(interfaces))
    config = struct.pack("<2BH5B", 9, 2, 9 + len(body), len(interfaces), 1, 0, 0x80, 50)
    return struct.pack("<2BH4B3H4B", 18, 1, 0x200, 0, 0, 0, 64, *(int(word, 16) for word in ident.split(":")),
                       0, 0, 0, 0, 1) + config + body


def flat(pairs):
    return [text for pair in pairs.items() for text in pair]


class Device:
    def __init__(self, bed, path, interfaces):
        self.bed, self.path, self.interfaces = bed, path, interfaces

    def file(self, *names):
        return os.path.join(self.bed.get_root_dir() + self.path, *names)

    def interface(self, number):
        return os.path.basename(self.interfaces[number])

    def authorized(self, number=None):
        names = [] if number is None else [self.interface(number)]
        with open(self.file(*names, "authorized"), encoding="ascii") as file:
            return file.read().strip() == "1"

    def authorize(self, number, value):
        with open(self.file(self.interface(number), "authorized"), "w", encoding="ascii") as file:
            file.write(f"{value}\n")

    def show(self, ident, interfaces):
        """The kernel announces a cold one, which is shut."""
        self.bed.set_attribute_binary(self.path, "descriptors", descriptors(ident, interfaces))
        self.bed.uevent(self.path, "add")

    def appear(self, ident, interfaces):
        """And is done with it; udev says nothing of its interfaces."""
        self.show(ident, interfaces)
        self.configurable()

    def configurable(self):
        """The kernel has given the device as a whole its driver."""
        self.bed.uevent(self.path, "bind")

    def announce(self, action="add"):
        for path in [self.path] + self.interfaces:
            self.bed.uevent(path, action)


class Bus:
    def __init__(self):
        self.bed = UMockdev.Testbed.new()
        self.hub = Device(self.bed, self.bed.add_device(
            "usb", "usb1", None, flat(HUB_ATTRIBUTES), ["DEVTYPE", "usb_device"]), [])
        self.probed = os.path.join(self.bed.get_sys_dir(), "bus/usb/drivers_probe")
        self.drivers = os.path.join(self.bed.get_sys_dir(), "bus/usb/drivers")
        for driver in ("usb-storage", "usbhid", "snd-usb-audio"):
            os.makedirs(os.path.join(self.drivers, driver))
            open(os.path.join(self.drivers, driver, "bind"), "w", encoding="ascii").close()
        self.n_devices = 1
        open(self.probed, "w", encoding="ascii").close()

    def last_bound(self, driver):
        with open(os.path.join(self.drivers, driver, "bind"), encoding="ascii") as file:
            return file.read()

    def last_probed(self):
        with open(self.probed, encoding="ascii") as file:
            return file.read()

    def plug(self, port, ident, interfaces, serial="", product="", announce=True, opened=False,
             properties=(), before_udev=None, cold=False):
        """@before_udev() is called when the kernel has announced the device, still unauthorised and without interfaces.
        @cold: it is nothing yet, until appear(); its interfaces wait in its folder, for there is no kernel to make them."""
        self.n_devices += 1
        path = self.bed.add_device("usb", port, self.hub.path, flat({
            "serial": serial, "product": product,
            "busnum": "1", "devnum": str(self.n_devices), "authorized": str(int(not before_udev and not cold)),
            "bConfigurationValue": "" if before_udev or cold else "1",
            "bNumInterfaces": "" if before_udev else f"{len(interfaces):2}"}),
            ["DEVTYPE", "usb_device"])
        if not cold:  # the bed announces what is added, at once
            self.bed.set_attribute_binary(path, "descriptors", descriptors(ident, interfaces))
        if before_udev:
            self.bed.uevent(path, "add")
            before_udev()
            self.bed.set_attribute(path, "authorized", "1")
            self.bed.set_attribute(path, "bConfigurationValue", "1")
            self.bed.set_attribute(path, "bNumInterfaces", f"{len(interfaces):2}")
        below = [self.bed.add_device("usb", f"{port}:1.{n}", path, flat({
            "bInterfaceClass": f"{triple[0]:02x}", "bInterfaceSubClass": f"{triple[1]:02x}",
            "bInterfaceProtocol": f"{triple[2]:02x}", "authorized": str(int(opened))}),
            ["DEVTYPE", "usb_interface", *properties]) for n, triple in enumerate(interfaces)]
        device = Device(self.bed, path, below)
        if announce and not cold:
            device.announce()
        return device

    def unplug(self, device, announce=True):
        for path in device.interfaces + [device.path]:
            if announce:
                self.bed.uevent(path, "remove")
        shutil.rmtree(device.file())
        for path in device.interfaces + [device.path]:
            link = os.path.join(self.bed.get_sys_dir(), "bus/usb/devices", os.path.basename(path))
            if os.path.islink(link):
                os.unlink(link)
