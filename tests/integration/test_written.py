#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What sekishod says of what was written to a medium, and that none stays writable and unwatched.

usage: umockdev-wrapper test_written.py SEKISHOD [TEST...]
"""

import base64
import hashlib
import pathlib
import socket
import struct
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import POLICY, becomes, stays  # noqa: E402
from each import run_each  # noqa: E402
from stick_in_use import WRITABLE, in_use  # noqa: E402

REVOKE = 79
PATH = "/run/media/sekisho/77-0"
OVERFLOW, AT_LEAST, LISTED, UNKEPT = 1, 2, 4, 16
NOTHING = "rule keyboards allow {\n\tonly keyboard\n}\n"


def vkey(name, public):
    key = b"\x01" + public
    number = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
    return f"{name}+{number}+{base64.b64encode(key).decode()}"


def is_watched(t):
    return PATH in t.media.mounts and PATH in t.media.links


def kill_watcher(t):
    t.media.links.pop(PATH).shutdown(socket.SHUT_RDWR)


def start_again(t, disk):
    disk.uevent.write_bytes(disk.properties)  # the kernel's, and not what the agent wrote there
    t.restart()


def the_entry_of_the_end_has_what_was_written():
    with in_use() as (t, _, _disk):
        becomes("watched", lambda: is_watched(t))
        t.reload(NOTHING)
        becomes("the entry", lambda: t.log.find(type="medium.unmount", files="3", bytes="4096"))
        assert [entry[0] for entry in t.media.asked[-2:]] == ["settle", "unmount"], t.media.asked
        assert not t.log.find(type="medium.files"), "nothing else to say"


def read_only_has_nobody_to_ask():
    with in_use(policy=POLICY) as (t, _, _disk):
        becomes("mounted", lambda: t.media.mounts)
        t.reload(NOTHING)
        becomes("the entry", lambda: t.log.find(type="medium.unmount"))
        assert "files" not in t.log.find(type="medium.unmount")[0] and not t.media.find("settle")


def what_is_cut_says_what_is_known():
    with in_use(busy="soffice (77)") as (t, _, _disk):
        becomes("watched", lambda: is_watched(t))
        assert t.ask(REVOKE, b"1-1".ljust(256, b"\0"))[0] == 17
        becomes("the entry", lambda: t.log.find(type="medium.cut", reason="revoked", files="3", bytes="4096"))
        assert t.media.find("settle") == [("settle", PATH, True)]


def a_watcher_that_does_not_answer_holds_up_no_cut():
    with in_use(settles=False) as (t, _, _disk):
        becomes("watched", lambda: is_watched(t))
        assert t.ask(REVOKE, b"1-1".ljust(256, b"\0"))[0] == 17
        becomes("the entry", lambda: t.log.find(type="medium.cut", reason="revoked"))
        assert "files" not in t.log.find(type="medium.cut")[0]
        assert not t.media.mounts


def who_has_a_file_open_is_watched_until_he_has_closed_it():
    with in_use(busy="soffice (77)") as (t, _, _disk):
        becomes("watched", lambda: is_watched(t))
        t.reload(NOTHING)
        becomes("tried", lambda: len(t.media.find("unmount")) >= 2, 10)
        assert len(t.media.find("settle")) >= 2 and not t.media.find("alone")
        t.media.busy = ""
        becomes("the entry", lambda: t.log.find(type="medium.unmount", files="3"), 10)


def a_medium_that_nobody_watches_is_cut_and_begun_anew():
    with in_use(busy="soffice (77)") as (t, stick, disk):
        becomes("watched", lambda: is_watched(t))
        kill_watcher(t)
        becomes("the entries", lambda: t.log.find(type="medium.files", result="unwatched", mount=PATH)
                and t.log.find(type="medium.cut", reason="unwatched"))
        becomes("judged anew", lambda: stick.authorized(0) and not t.media.mounts)
        t.media.busy = ""
        disk.announce("remove")  # as the kernel does when the interface is shut
        disk.announce("add")
        becomes("watched again", lambda: is_watched(t), 15)


def a_watcher_that_dies_while_it_is_waited_for_holds_up_nothing():
    with in_use(settles=False) as (t, _, _disk):
        becomes("watched", lambda: is_watched(t))
        t.reload(NOTHING)
        becomes("asked", lambda: t.media.find("settle"))
        kill_watcher(t)
        becomes("the entries", lambda: t.log.find(type="medium.files", result="unwatched")
                and t.log.find(type="medium.cut", reason="unwatched"))
        assert not t.media.mounts


def an_agent_that_starts_again_takes_it_up():
    with in_use() as (t, _, disk):
        becomes("watched", lambda: is_watched(t))
        start_again(t, disk)
        becomes("who watched learns of it", lambda: t.media.find("alone"))
        becomes("asked again", lambda: len(t.media.find("mount")) == 2)
        becomes("the entry", lambda: len(t.log.find(type="medium.mount")) == 2)
        stays("mounted", lambda: t.media.mounts and not t.media.find("cut"), 0.5)


def what_was_writable_and_unwatched_before_it_started_is_cut():
    with in_use() as (t, stick, disk):
        becomes("watched", lambda: is_watched(t))
        t.media.unwatched = True
        start_again(t, disk)
        becomes("the entries", lambda: t.log.find(type="medium.files", result="unwatched", detail="nobody watched")
                and t.log.find(type="medium.cut", reason="unwatched"))
        becomes("judged anew", lambda: stick.authorized(0))


def what_was_missed_is_said_at_once_and_does_not_end_it():
    with in_use() as (t, _, _disk):
        becomes("watched", lambda: is_watched(t))
        t.media.flags = OVERFLOW
        t.media.links[PATH].send(t.media.counts(0, -115))
        becomes("the entry", lambda: t.log.find(type="medium.files", result="overflow", files="3"))
        stays("in use", lambda: t.media.mounts, 0.3)
        t.reload(NOTHING)
        becomes("the end", lambda: t.log.find(type="medium.unmount", files="3"))


def a_list_that_was_kept_is_in_the_log():
    for flags, result in (LISTED, "listed"), (UNKEPT, "unkept"), (AT_LEAST, "at_least"), (LISTED | OVERFLOW, "incomplete"):
        with in_use(flags=flags) as (t, _, _disk):
            becomes("watched", lambda t=t: is_watched(t))
            t.reload(NOTHING)
            becomes(result, lambda t=t, result=result: t.log.find(type="medium.files", result=result, files="3"))
            entry = t.log.find(type="medium.files")[0]
            if flags & LISTED:
                assert entry["sha256"] == bytes(range(32)).hex() and entry["path"] == "/var/lib/sekisho/files/12", entry
            else:
                assert "sha256" not in entry, entry


def names_are_kept_where_the_policy_says_so():
    public = bytes(range(32))
    zone = f'zone unassigned {{\n    code required\n    record-files "{vkey("auditor", public)}"\n}}\n'
    with in_use(policy=WRITABLE + zone) as (t, _, _disk):
        becomes("watched", lambda: is_watched(t))
        assert t.media.record_key == public
    with in_use(policy=POLICY + zone) as (t, _, _disk):
        becomes("mounted", lambda: t.media.mounts)
        assert t.media.record_key is None, "nothing is written to it"


def how_it_is_encrypted_is_in_the_entry():
    with in_use(volumes=["crypto_LUKS"]) as (t, _, _disk):
        becomes("looked at", lambda: t.media.find("mount"))

        def unlocked():
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.settimeout(15)
                s.connect(str(t.socket))
                s.send(struct.pack("=BBHIQQ", 3, 82, 0, 7, 77, 0))
                message, fds, _, _ = socket.recv_fds(s, 4096, 1)
                if not fds:
                    return False
                with open(fds[0], "wb") as pipe:
                    pipe.write(b"secret")
                return s.recv(4096)[1] == 100
        becomes("unlocked", unlocked)
        becomes("the entry", lambda: t.log.find(type="medium.mount", cipher="aes-xts-plain64", key_bits="512",
                                                kdf="argon2id"))
        t.reload(NOTHING)
        becomes("it was watched", lambda: t.log.find(type="medium.unmount", files="3"))


TESTS = [
    the_entry_of_the_end_has_what_was_written, read_only_has_nobody_to_ask, what_is_cut_says_what_is_known,
    a_watcher_that_does_not_answer_holds_up_no_cut, who_has_a_file_open_is_watched_until_he_has_closed_it,
    a_medium_that_nobody_watches_is_cut_and_begun_anew, a_watcher_that_dies_while_it_is_waited_for_holds_up_nothing,
    an_agent_that_starts_again_takes_it_up, what_was_writable_and_unwatched_before_it_started_is_cut,
    what_was_missed_is_said_at_once_and_does_not_end_it, a_list_that_was_kept_is_in_the_log,
    names_are_kept_where_the_policy_says_so, how_it_is_encrypted_is_in_the_entry,
]
sys.exit(run_each(TESTS))
