#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What sekishod does with an open medium for the person at the terminal.

usage: umockdev-wrapper test_use.py SEKISHOD [TEST...]
"""

import os
import pathlib
import shutil
import socket
import struct
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import POLICY, becomes, stays  # noqa: E402
from each import run_each  # noqa: E402
from stick_in_use import PERSON, WRITABLE, in_use  # noqa: E402

OTHER = 1  # daemon
EJECT, WATCH, NOTICE, MEDIA, REVOKE = 76, 77, 78, 74, 79
MOUNTED, NOT_MOUNTED, ENDS, BUSY, ENDED, CUT, GIVEN_BACK, LOCKED_NOTICE = range(1, 9)
LOCKED, VOLUME, UNLOCK, SECRET, MEDIUM_MOUNTED = 80, 81, 82, 83, 100
NOTICE_BODY = struct.Struct("=8sB3xI64s64s64s256s256s")


class Listener:
    """A connection on which notices come."""

    def __init__(self, t, kind=WATCH, body=b""):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(15)
        self.socket.connect(str(t.socket))
        self.socket.send(struct.pack("=BBHI", 3, kind, 0, 7) + body)

    def next(self):
        message = self.socket.recv(4096)
        if message[1] != NOTICE:
            return message[1], "", ""
        _, notice, _, _, _, reason, path, detail = NOTICE_BODY.unpack(message)
        return notice, *(field.split(b"\0")[0].decode() for field in (reason, detail or path))


def mounted_for(t, uid):
    return [entry[0] for entry in t.media.mounts.values()] == [uid]


def what_is_granted_is_mounted_for_who_sits_there():
    with in_use() as (t, _, disk):
        becomes("mounted", lambda: t.media.mounts)
        assert list(t.media.mounts.values()) == [(PERSON, True, "vfat")], t.media.mounts
        assert not disk.read_only
        becomes("the entry", lambda: t.log.find(type="medium.mount", verdict="allow", rule="tax-stick",
                                                serial="60A44C413FAE", user="nobody", node="/dev/sdz"))


def read_only_is_mounted_so():
    with in_use(policy=POLICY, volumes=["vfat", "ext4"]) as (t, _, disk):
        becomes("both mounted", lambda: len(t.media.mounts) == 2)
        assert [entry[1] for entry in t.media.mounts.values()] == [False, False], t.media.mounts
        assert disk.read_only


def nobody_there_gets_it_when_he_comes():
    with in_use(uid=None) as (t, _, _disk):
        stays("not mounted", lambda: not t.media.mounts, 0.5)
        t.sit(PERSON)
        becomes("mounted", lambda: mounted_for(t, PERSON))


def the_next_person_gets_it_after_the_first():
    with in_use() as (t, _, _disk):
        becomes("mounted", lambda: mounted_for(t, PERSON))
        t.sit(OTHER)
        becomes("mounted for the other", lambda: mounted_for(t, OTHER))
        becomes("the entry", lambda: t.log.find(type="medium.unmount", reason="seat_changed", user="nobody"))
        assert not t.media.find("cut")


def a_locked_screen_takes_nothing_and_the_end_of_the_session_does():
    with in_use() as (t, _, _disk):
        becomes("mounted", lambda: mounted_for(t, PERSON))
        t.sit(None)
        stays("mounted", lambda: mounted_for(t, PERSON), 0.5)
        (t.root / "sessions/5").unlink()
        becomes("closed", lambda: not t.media.mounts)
        becomes("the entry", lambda: t.log.find(type="medium.unmount", reason="seat_changed"))


def a_grant_that_ends_is_written_out_before_it_is_closed():
    with in_use() as (t, stick, _disk):
        becomes("the entry", lambda: t.log.find(type="medium.mount"))
        hears = Listener(t)
        t.media.held = True
        t.reload("rule keyboards allow {\n\tonly keyboard\n}\n")
        assert hears.next()[:2] == (ENDS, "not_granted")
        becomes("asked to unmount", lambda: t.media.find("unmount"))
        assert stick.authorized(0), "closed before it was written out"
        t.media.held = False
        assert hears.next()[:2] == (ENDED, "not_granted")
        becomes("closed", lambda: not stick.authorized(0))
        becomes("both entries", lambda: t.log.find(type="medium.unmount", reason="not_granted")
                and t.log.find(type="device.block", reason="not_registered"))
        assert not t.media.find("cut")


def less_than_before_is_mounted_anew():
    with in_use() as (t, stick, disk):
        becomes("writable", lambda: [entry[1] for entry in t.media.mounts.values()] == [True])
        t.reload(POLICY)
        becomes("unmounted", lambda: t.log.find(type="medium.unmount"))
        becomes("judged anew", lambda: t.log.find(type="device.read-only") and stick.authorized(0))
        disk.announce("remove")  # as the kernel does when the interface is shut
        disk.announce("add")
        becomes("read-only", lambda: [entry[1] for entry in t.media.mounts.values()] == [False])
        assert disk.read_only


def who_does_not_close_his_files_loses_them_in_the_end():
    with in_use(busy="soffice (77)") as (t, stick, _disk):
        becomes("mounted", lambda: t.media.mounts)
        t.reload("rule keyboards allow {\n\tonly keyboard\n}\n")
        becomes("tried again", lambda: len(t.media.find("unmount")) >= 3, 15)
        assert stick.authorized(0) and not t.media.find("cut")
        becomes("cut", lambda: t.log.find(type="medium.cut", reason="not_granted", detail="soffice (77)"), 80)
        becomes("closed", lambda: not stick.authorized(0))


def giving_it_back_waits_for_who_uses_it():
    with in_use(busy="soffice (77)") as (t, _, disk):
        becomes("mounted", lambda: t.media.mounts)
        name = b"/dev/sdz".ljust(256, b"\0")
        assert Listener(t, EJECT, name).next() == (BUSY, "ejected", "soffice (77)")
        assert t.media.mounts and not t.media.find("cut")
        t.media.busy = ""
        assert Listener(t, EJECT, bytes(256)).next()[0] == GIVEN_BACK
        assert not t.media.mounts and disk.read_only
        t.reload(WRITABLE + "\n# another\n")
        stays("not mounted again", lambda: not t.media.mounts, 0.7)
        assert Listener(t, EJECT, name).next()[0] == 1, "what was given back cannot be given back"


def what_is_pulled_out_is_said_to_be_lost():
    with in_use() as (t, stick, disk):
        becomes("mounted", lambda: t.media.mounts)
        disk.announce("remove")
        t.bus.unplug(stick)
        becomes("cleared away", lambda: t.media.find("cut") and not t.media.mounts)
        becomes("the entry", lambda: t.log.find(type="medium.cut", reason="removed", serial="60A44C413FAE",
                                                vid="0951", pid="1666"))


def who_waits_for_what_was_pulled_out_is_told():
    with in_use() as (t, stick, disk):
        becomes("the entry", lambda: t.log.find(type="medium.mount"))
        t.media.held = True
        waits = Listener(t, EJECT, bytes(256))
        becomes("on its way", lambda: t.media.find("unmount"))
        disk.announce("remove")
        t.bus.unplug(stick)
        t.media.held = False
        assert waits.next()[0] == 1, "it has gone"


def a_removal_that_nobody_announced_is_found():
    with in_use() as (t, stick, disk):
        becomes("mounted", lambda: t.media.mounts)
        shutil.rmtree(t.bus.bed.get_root_dir() + disk.path)
        t.bus.unplug(stick, announce=False)
        t.reload()
        becomes("cleared away", lambda: not t.media.mounts)
        becomes("the entry", lambda: t.log.find(type="medium.cut", reason="removed"))


def revoked_is_closed_at_once_and_stays_so():
    with in_use(busy="soffice (77)") as (t, stick, disk):
        becomes("mounted", lambda: t.media.mounts)
        kind, _ = t.ask(REVOKE, b"1-9".ljust(256, b"\0"))
        assert kind == 1, "no device is there"
        kind, _ = t.ask(REVOKE, b"1-1".ljust(256, b"\0"))
        assert kind == 17 and not stick.authorized()
        becomes("the entries", lambda: t.log.find(type="device.revoke", serial="60A44C413FAE")
                and t.log.find(type="medium.cut", reason="revoked")
                and t.log.find(type="device.block", reason="revoked"))
        assert disk.read_only and not t.media.mounts
        t.restart()  # before a look makes markers that are missing
        becomes("marked after a restart, too", (t.gate / "deny-001-002").exists)
        t.reload(WRITABLE + "\n# another\n")
        stays("closed", lambda: not stick.authorized(), 0.5)


def revoked_that_would_not_stay_so_is_said():
    with in_use() as (t, stick, _disk):
        becomes("mounted", lambda: t.media.mounts)
        marker = t.gate / f"revoked-{os.stat(stick.file()).st_ino}"
        marker.symlink_to("nowhere")  # what is never followed: it cannot be made
        kind, body = t.ask(REVOKE, b"1-1".ljust(256, b"\0"))
        assert kind == 1, "not said to be closed for good"
        assert b"is shut, but may open again" in body and b"remedy: pull it out" in body, body
        assert not stick.authorized()
        becomes("the entries", lambda: t.log.find(type="device.revoke") and t.log.find(type="medium.cut"))
        marker.unlink()
        assert t.ask(REVOKE, b"1-1".ljust(256, b"\0"))[0] == 17 and marker.exists()


def what_cannot_be_mounted_is_said():
    with in_use(refuses="NTFS is not mounted") as (t, _, _disk):
        becomes("the entry", lambda: t.log.find(type="medium.fail", detail="NTFS is not mounted"))
        hears = Listener(t, MEDIA)
        assert hears.next()[0] == 75


def what_a_mounted_one_lacks_is_said():
    with in_use(uid=0, notes="it can only be read") as (t, _, _disk):
        hears = Listener(t)
        becomes("one listens", lambda: t.ask(MEDIA))
        t.sit(PERSON)
        assert hears.next() == (MOUNTED, "", "it can only be read")
        becomes("the entry", lambda: t.log.find(type="medium.mount", detail="it can only be read"))


def only_who_has_it_hears_of_it_and_gives_it_back():
    with in_use() as (t, _, _disk):
        becomes("mounted", lambda: t.media.mounts)
        t.root.chmod(0o755)
        os.chmod(t.socket, 0o666)
        os.seteuid(OTHER)
        try:
            assert Listener(t, EJECT, bytes(256)).next()[0] == 1
        finally:
            os.seteuid(0)
        assert t.media.mounts


def locked(t):
    """(diskseq, start) of what the asker may unlock."""
    hears, found = Listener(t, LOCKED), []
    while (message := hears.socket.recv(4096))[1] == VOLUME:
        found.append(struct.unpack_from("=QQ", message, 8))
    return found


def unlock(t, volume, secret):
    """The answer's kind, code, path and detail, as the command hears them."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(15)
        s.connect(str(t.socket))
        s.send(struct.pack("=BBHIQQ", 3, UNLOCK, 0, 7, *volume))
        message, fds, _, _ = socket.recv_fds(s, 4096, 1)
        if message[1] == SECRET:
            with os.fdopen(fds[0], "wb") as pipe:
                pipe.write(secret)
            message = s.recv(4096)
        if message[1] != MEDIUM_MOUNTED:
            return message[1], struct.unpack_from("=i", message, 8)[0], "", ""
        code, _, path, detail = struct.unpack_from("=i4xQ256s256s", message, 8)
        return message[1], code, *(field.split(b"\0")[0].decode() for field in (path, detail))


def what_is_encrypted_waits_for_its_passphrase():
    with in_use(volumes=["vfat", "crypto_LUKS", "ext4"]) as (t, _, _disk):
        becomes("the others are mounted", lambda: len(t.media.mounts) == 2)
        becomes("it waits", lambda: locked(t) == [(77, 1 << 20)])
        assert unlock(t, (77, 1 << 20), b"wrong") == (MEDIUM_MOUNTED, -13, "", "the passphrase opens nothing")
        becomes("the entry", lambda: t.log.find(type="medium.fail", detail="the passphrase opens nothing"))
        assert locked(t) == [(77, 1 << 20)]
        path = "/run/media/sekisho/77-1"
        assert unlock(t, (77, 1 << 20), b"secret") == (MEDIUM_MOUNTED, 0, path, "")
        assert t.media.mounts[path] == (PERSON, True, "inside"), t.media.mounts
        becomes("the entry", lambda: t.log.find(type="medium.mount", mount=path))
        assert not locked(t)
        assert unlock(t, (77, 1 << 20), b"secret")[:2] == (1, -2), "it is open already"
        assert unlock(t, (78, 1 << 20), b"secret")[:2] == (1, -2), "another medium"
        assert unlock(t, (77, 0), b"secret")[:2] == (1, -2), "not encrypted"
        assert Listener(t, EJECT, bytes(256)).next()[0] == GIVEN_BACK
        assert not t.media.mounts
        assert not t.log.find(type="medium.fail", detail="the volume is encrypted"), "that is no failure"


def a_passphrase_that_is_long_in_coming_holds_up_nothing():
    with in_use(volumes=["crypto_LUKS"]) as (t, stick, _disk):
        becomes("it waits", lambda: locked(t))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(str(t.socket))
            s.send(struct.pack("=BBHIQQ", 3, UNLOCK, 0, 7, 77, 0))
            message, fds, _, _ = socket.recv_fds(s, 4096, 1)
            assert message[1] == SECRET, message
            assert unlock(t, (77, 0), b"secret")[:2] == (1, -16), "one at a time"
            t.reload("rule keyboards allow {\n\tonly keyboard\n}\n")
            os.write(fds[0], b"secret")
            os.close(fds[0])
            answer = s.recv(4096)
            assert answer[1] == MEDIUM_MOUNTED, answer
        becomes("closed again", lambda: not t.media.mounts and not stick.authorized(0))
        assert t.media.find("unmount"), t.media.asked


def nobody_else_unlocks_it():
    with in_use(volumes=["crypto_LUKS"]) as (t, _, _disk):
        becomes("it waits", lambda: locked(t))
        t.root.chmod(0o755)
        os.chmod(t.socket, 0o666)
        os.seteuid(OTHER)
        try:
            assert not locked(t)
            assert unlock(t, (77, 0), b"secret")[:2] == (1, -2)
        finally:
            os.seteuid(0)
        os.seteuid(PERSON)
        try:
            assert unlock(t, (77, 0), b"secret")[:2] == (MEDIUM_MOUNTED, 0)
        finally:
            os.seteuid(0)
        assert not [entry for entry in t.media.find("unlock") if entry[2] is None]


def what_is_said_of_it():
    with in_use(volumes=["crypto_LUKS"], held=True) as (t, _, _disk):
        hears = Listener(t)
        becomes("one listens", lambda: t.ask(MEDIA))
        t.media.held = False
        assert hears.next()[0] == LOCKED_NOTICE


TESTS = [
    what_is_encrypted_waits_for_its_passphrase, a_passphrase_that_is_long_in_coming_holds_up_nothing,
    nobody_else_unlocks_it, what_is_said_of_it,
    what_is_granted_is_mounted_for_who_sits_there, read_only_is_mounted_so, nobody_there_gets_it_when_he_comes,
    the_next_person_gets_it_after_the_first, a_locked_screen_takes_nothing_and_the_end_of_the_session_does,
    a_grant_that_ends_is_written_out_before_it_is_closed, less_than_before_is_mounted_anew,
    who_does_not_close_his_files_loses_them_in_the_end, giving_it_back_waits_for_who_uses_it,
    what_is_pulled_out_is_said_to_be_lost, who_waits_for_what_was_pulled_out_is_told,
    a_removal_that_nobody_announced_is_found, revoked_is_closed_at_once_and_stays_so,
    revoked_that_would_not_stay_so_is_said,
    what_cannot_be_mounted_is_said, what_a_mounted_one_lacks_is_said, only_who_has_it_hears_of_it_and_gives_it_back,
]
sys.exit(run_each(TESTS))
