# SPDX-License-Identifier: Apache-2.0
"""The tokens people carry: TOTP (RFC 6238) with SHA-1, 6 digits, 30 seconds."""
import base64
import hashlib
import hmac
import struct

STEP = 30


def code(secret, step):
    mac = hmac.new(base64.b32decode(secret), struct.pack('>Q', step), hashlib.sha1).digest()
    number = struct.unpack_from('>I', mac, mac[19] & 15)[0] & 0x7fffffff
    return f'{number % 10 ** 6:06d}'


class Token:
    """One person's token. A code is good once, so it remembers the last step it showed."""

    def __init__(self, secret, step=0):
        self.secret, self.step = secret, step

    def fresh_code(self, vm):
        """A code never shown before. Instead of waiting for the next one, the guest's clock is set forward to it."""
        now = int(vm.clock()) // STEP
        if now <= self.step:
            now = self.step + 1
            vm.set_clock(now * STEP + 1)
        self.step = now
        return code(self.secret, now)

    def last_code(self):
        return code(self.secret, self.step)
