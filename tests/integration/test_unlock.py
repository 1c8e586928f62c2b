#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which encrypted volumes sekisho-media opens at all, and what it takes for a passphrase.

usage: test_unlock.py SEKISHO_MEDIA [TEST...]
Opening them takes the kernel's device mapper: the scenario luks-unlocked-by-the-user.
"""

import hashlib
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from keeper import ENODEV, MIB, keeper, main  # noqa: E402

EBADF, EINVAL, E2BIG, ETIMEDOUT, ENOTSUP, ECANCELED, ENOKEY = -9, -22, -7, -110, -95, -125, -126
FORMAT = 'printf secret | cryptsetup luksFormat -q {} "$0" -'
CHEAP = "--type luks2 --pbkdf argon2id --pbkdf-memory 32 --pbkdf-parallel 1 --pbkdf-force-iterations 4"
REFUSED = (EINVAL, E2BIG, ENOTSUP)
CSUM = slice(0x1c0, 0x1c0 + 64)


def made(options=CHEAP):
    return "sh", "-ec", FORMAT.format(options)


def edit(node, old, new):
    """Change the words of both headers, and make their checksums right."""
    with open(node, "r+b") as disk:
        for at in (0, 0x4000):
            disk.seek(at)
            header = bytearray(disk.read(0x4000))
            words = bytes(header[0x1000:]).rstrip(b"\0")
            assert old in words, words
            header[0x1000:] = words.replace(old, new).ljust(0x3000, b"\0")
            header[CSUM] = bytes(64)
            header[CSUM] = hashlib.sha256(header).digest().ljust(64, b"\0")
            disk.seek(at)
            disk.write(header)
    os.sync()


def a_sound_volume_is_not_refused():
    with keeper() as media:
        disk = media.disk(*made())
        code, _, detail = media.unlock(disk, b"secret")
        assert code not in REFUSED or "cannot be unlocked" in detail, (code, detail)
        edit(disk.node, b'"cpus":1', b'"cpus":4')
        code, _, detail = media.unlock(disk, b"secret")
        assert code not in REFUSED or "cannot be unlocked" in detail, (code, detail)


def what_takes_too_much_memory_is_not_tried():
    with keeper() as media:
        for old, new in ((b'"memory":32', b'"memory":1048577'), (b'"memory":32', b'"memory":4194304'),
                         (b'"cpus":1', b'"cpus":5')):
            disk = media.disk(*made())
            edit(disk.node, old, new)
            code, path, detail = media.unlock(disk, b"secret")
            assert (code, path) == (E2BIG, "") and "remedy:" in detail, (new, code, detail)


def what_encrypts_nothing_is_not_opened():
    with keeper() as media:
        disk = media.disk(*made())
        edit(disk.node, b'"encryption":"aes-xts-plain64","sector_size"',
             b'"encryption":"cipher_null-ecb","sector_size"')
        code, _, detail = media.unlock(disk, b"secret")
        assert code == ENOTSUP and "only says so" in detail, (code, detail)
        disk = media.disk(*made())
        edit(disk.node, b'"encryption":"aes-xts-plain64","sector_size"',
             b'"encryption":"capi:ecb(cipher_null)-plain","sector_size"')
        assert media.unlock(disk, b"secret")[0] == ENOTSUP


def what_is_no_luks2_volume_is_not_opened():
    with keeper() as media:
        for options in ("--type luks1 --pbkdf-force-iterations 1000",):
            code, _, detail = media.unlock(media.disk(*made(options)), b"secret")
            assert code == EINVAL and "LUKS2" in detail, (code, detail)
        disk = media.disk(*made())
        with open(disk.node, "r+b") as raw:
            for at in (0, 0x4000):
                raw.seek(at + 0x1000)
                raw.write(b"{" * 100)
        os.sync()
        code, _, detail = media.unlock(disk, b"secret")
        assert code < 0 and "LUKS2" in detail, (code, detail)
        code, _, detail = media.unlock(media.disk("mkfs.ext4", "-q", "-F"), b"secret", "ext4")
        assert code == ENOTSUP and "not encrypted" in detail, (code, detail)


def it_says_that_it_wants_a_passphrase():
    with keeper() as media:
        code, path, detail = media.mount(media.disk(*made()), "crypto_LUKS")
        assert (code, path) == (ENOKEY, "") and "sekisho medium unlock" in detail, (code, detail)


def the_same_medium_as_ever():
    with keeper() as media:
        disk = media.disk(*made())
        assert media.unlock(disk, b"secret", diskseq=disk.diskseq + 1)[0] == ENODEV
        assert media.unlock(disk, b"secret", start=MIB)[0] == -6


def no_passphrase_opens_nothing():
    with keeper() as media:
        disk = media.disk(*made())
        assert media.unlock(disk, b"")[0] == ECANCELED
        assert media.unlock(disk, b"x" * 513)[0] == E2BIG
        with open("/etc/passwd", "rb") as file:
            assert media.unlock(disk, file.fileno())[0] == EBADF, "a file is no pipe"
        assert media.ask(media.request(disk, "crypto_LUKS", 101))[0] == EBADF


def nobody_waits_for_ever():
    with keeper() as media:
        out, into = os.pipe()
        disk = media.disk(*made())
        began = time.monotonic()
        drip = threading.Thread(target=lambda: [os.write(into, b"x") or time.sleep(0.5) for _ in range(24)])
        drip.start()
        code, _, _ = media.unlock(disk, out)
        assert code == ETIMEDOUT and 9 < time.monotonic() - began < 14, code
        drip.join()
        os.close(into)
        os.close(out)


TESTS = [a_sound_volume_is_not_refused, what_takes_too_much_memory_is_not_tried,
         what_encrypts_nothing_is_not_opened, what_is_no_luks2_volume_is_not_opened,
         it_says_that_it_wants_a_passphrase, the_same_medium_as_ever, no_passphrase_opens_nothing,
         nobody_waits_for_ever]

if __name__ == "__main__":
    sys.exit(main(TESTS))
