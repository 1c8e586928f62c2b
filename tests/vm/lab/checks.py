# SPDX-License-Identifier: Apache-2.0
"""Assertions that say what was found."""
import time

from .people import Refused


def same(what, found, wanted):
    assert found == wanted, f'{what}: wanted {wanted!r}, found {found!r}'


def within(what, found, part):
    assert part in found, f'{what}: wanted {part!r} in it, found {found!r}'


def true(what, condition, found=''):
    assert condition, f'{what}: not so; found {found!r}'


def refused(what, enter, *arguments, **named):
    """The person must be turned away; returns what the terminal showed."""
    try:
        enter(*arguments, **named)
    except Refused as refusal:
        return str(refusal)
    raise AssertionError(f'{what}: let in')


def becomes(what, probe, wanted, timeout=15):
    """Wait until probe() gives what is wanted."""
    end = time.time() + timeout
    while (found := probe()) != wanted:
        assert time.time() < end, f'{what}: wanted {wanted!r} within {timeout} s, found {found!r}'
        time.sleep(0.1)
