#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A medium is used under a permit: who makes one, what it opens, and what it does not.

usage: umockdev-wrapper test_permits.py SEKISHOD SEKISHO [TEST...]
"""

import pathlib
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import becomes, stays  # noqa: E402
from each import run_each  # noqa: E402
from permit_desk import ACCEPTED, WRONG, act, approved, asked, desk, minute, office, plug, request, stored  # noqa: E402
from stick_in_use import STICK  # noqa: E402


def without_one_nothing_opens():
    with desk() as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("the verdict", lambda: t.log.find(type="device.block"))
        asked(t)
        stays("shut, for it is not approved", lambda: not stick.authorized(0), 0.3)


def who_may_not_approve_does_not():
    with desk() as t:
        number = asked(t)
        for approver in ("nobody", "mori", "suzuki"):
            assert act(t, "permit.approve", approver=approver, permit=number)[0] is None, approver
        assert act(t, "permit.approve", code="999999", permit=number)[0] == WRONG
        assert "stage requested" in stored(t, number) and not t.log.find(type="permit.approve")


def what_cannot_be_asked_for():
    with desk() as t:
        for fields in ({"medium_number": "T-9"}, {"until": minute(-0.5)}, {"until": minute(24 * 400)}, {"uses": "0"},
                       {"from": minute(3)}, {"purpose": "fun"}, {"classification": "4"}):
            assert request(t, **fields)[0] is None, fields
        asked(t)
        assert "same medium and time" in request(t)[1]
        assert len(t.log.find(type="permit.request")) == 1
        entry = t.log.find(type="permit.request")[0]
        assert all(entry[key][10] == "T" for key in ("from", "until")), entry  # as permit reconcile reads them


def everything_that_was_said_is_kept_and_logged():
    texts = {key: f"{key} は国税局" for key in
             ("carrier", "destination", "company", "contract", "worker", "subcontract", "note")}
    with desk() as t:
        number = approved(t, **texts)
        assert all(f'{key} "{value}"\n' in stored(t, number) for key, value in texts.items()), stored(t, number)
        for entry in "permit.request", "permit.approve":
            assert t.log.find(type=entry, permit=number, permit_user="nobody", **texts), t.log.events
        t.restart()
        assert all(f'{key} "{value}"\n' in stored(t, number) for key, value in texts.items()), stored(t, number)


def a_use_is_logged_and_counted_before_it_opens():
    with desk() as t:
        number = approved(t)
        plug(t)
        becomes("mounted", lambda: t.media.mounts)
        assert t.log.find(type="permit.use", permit=number, used="1", uses="1"), t.log.events
        assert "used 1\n" in stored(t, number)


def a_log_that_refuses_the_use_opens_nothing():
    with desk() as t:
        number = approved(t)
        t.log.answers["permit.use"] = -28
        plug(t)
        becomes("tried", lambda: t.log.find(type="permit.use"))
        stays("shut", lambda: not t.media.mounts, 0.5)
        assert "used 0\n" in stored(t, number)
        t.log.answers.clear()
        becomes("open at last", lambda: t.media.mounts, 10)
        assert "used 1\n" in stored(t, number)


def a_log_that_refuses_approves_nothing():
    with desk() as t:
        number = asked(t)
        t.log.answers["permit.approve"] = -28
        assert act(t, "permit.approve", permit=number)[0] is None
        assert "stage requested" in stored(t, number)


def an_agent_that_is_killed_counts_no_other_use():
    with desk() as t:
        number = approved(t)
        _, disk = plug(t)
        becomes("mounted", lambda: t.media.mounts)
        t.kill()
        disk.uevent.write_bytes(disk.properties)
        t.start("agent.start", len(t.log.find(type="agent.start")) + 1)
        stays("counted once", lambda: len(t.log.find(type="permit.use")) == 1, 0.5)
        assert "used 1\n" in stored(t, number)


def another_medium_does_not_open():
    with desk() as t:
        approved(t)
        other = t.bus.plug("1-2", **STICK | {"serial": "ABCDEF012345"})
        becomes("the verdict", lambda: t.log.find(type="device.block", medium_number="T-2"))
        stays("shut", lambda: not other.authorized(0), 0.3)


def a_file_that_is_damaged_holds_no_more():
    with desk() as t:
        number = approved(t)
        (t.root / "state/permits" / number).write_text("nonsense {\n}\n", encoding="utf-8")
        t.restart()
        stick = t.bus.plug("1-1", **STICK)
        becomes("the verdict", lambda: t.log.find(type="device.block", medium_number="T-1"))
        assert not stick.authorized(0) and number in (t.root / "journal").read_text()


TESTS = [
    without_one_nothing_opens, who_may_not_approve_does_not, what_cannot_be_asked_for,
    everything_that_was_said_is_kept_and_logged,
    a_use_is_logged_and_counted_before_it_opens, a_log_that_refuses_the_use_opens_nothing,
    a_log_that_refuses_approves_nothing, an_agent_that_is_killed_counts_no_other_use, another_medium_does_not_open,
    a_file_that_is_damaged_holds_no_more,
]
try:
    status = run_each(TESTS)
finally:
    office.close()
sys.exit(status)
