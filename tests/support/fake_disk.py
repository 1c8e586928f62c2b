# SPDX-License-Identifier: Apache-2.0
"""A disk that hangs on a simulated stick."""

import os
import pathlib
import stat
import struct

from fake_usb import UMockdev

BLKROSET, BLKROGET, BLKGETDISKSEQ = 0x125d, 0x125e, 0x80081280
LOOP_MAJOR = 7


class Ioctls(UMockdev.IoctlBase):
    """The three that are asked of a disk."""

    def __init__(self, disk):
        super().__init__()
        self.disk = disk

    def do_handle_ioctl(self, client):
        if client.props.request == BLKGETDISKSEQ:
            client.props.arg.resolve(0, 8).update(0, list(struct.pack("=Q", self.disk.diskseq)))
        elif client.props.request == BLKROGET:
            client.props.arg.resolve(0, 4).update(0, list(struct.pack("=i", self.disk.read_only)))
        elif client.props.request == BLKROSET:
            self.disk.read_only = struct.unpack("=i", bytes(client.props.arg.resolve(0, 4).retrieve()))[0]
        client.complete(0, 0)
        return True


class Disk:
    """A disk that hangs on a stick: a real node (any that can be opened), its answers are ours."""

    def __init__(self, t, stick, name="sdz", diskseq=77):
        self.bed, self.diskseq, self.read_only = t.bus.bed, diskseq, 1
        node = pathlib.Path(self.bed.get_root_dir(), "dev", name)
        node.parent.mkdir(exist_ok=True)
        os.mknod(node, stat.S_IFBLK | 0o600, os.makedev(LOOP_MAJOR, 0))
        # Before it is announced: the preloaded library ends a process that meets a node without.
        self.bed.attach_ioctl(f"/dev/{name}", Ioctls(self))
        self.path = self.bed.add_device("block", name, stick.interfaces[0], ["size", "16384"],
                                        ["DEVTYPE", "disk", "DEVNAME", f"/dev/{name}", "DISKSEQ", str(diskseq),
                                         "MAJOR", str(LOOP_MAJOR), "MINOR", "0"])
        self.uevent = pathlib.Path(self.bed.get_root_dir() + self.path, "uevent")
        self.properties = self.uevent.read_bytes()
        self.announce("add")

    def announce(self, action):
        self.uevent.write_bytes(self.properties)  # what the agent writes there replaces them, here only
        self.bed.uevent(self.path, action)
