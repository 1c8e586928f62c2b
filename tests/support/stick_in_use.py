# SPDX-License-Identifier: Apache-2.0
"""A stick that sekishod has opened, with a disk on it, and somebody at the terminal."""

import contextlib

from agent_terminal import POLICY, becomes, terminal
from fake_disk import Disk
from fake_usb import STORAGE

STICK = {"ident": "0951:1666", "interfaces": [STORAGE], "serial": "60A44C413FAE"}
WRITABLE = POLICY.replace("tax-stick read-only", "tax-stick allow")
PERSON = 65534  # nobody


@contextlib.contextmanager
def in_use(policy=WRITABLE, uid=PERSON, **media):
    """A stick that is open, with somebody at the terminal."""
    with terminal(policy=policy) as t:
        for key, value in media.items():
            setattr(t.media, key, value)
        if uid:
            t.sit(uid)
        stick = t.bus.plug("1-1", **STICK)
        becomes("open", lambda: stick.authorized(0))
        yield t, stick, Disk(t, stick)
