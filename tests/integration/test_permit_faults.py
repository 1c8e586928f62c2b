#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Permits under attack: forged, replayed, used up, revoked, and with clocks that somebody sets.

usage: umockdev-wrapper test_permit_faults.py SEKISHOD SEKISHO SHIFTED_CLOCK [TEST...]
"""

import pathlib
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import becomes, stays  # noqa: E402
from permit_desk import ACCEPTED, act, approved, asked, clocks, desk, minute, office, plug, run_with_clocks, stored  # noqa: E402
from registers import sign  # noqa: E402
from stick_in_use import STICK  # noqa: E402


def file_of(number="R8-T-0042-900", signer="suzuki", **fields):
    lines = {"purpose": "tax", "classification": "3A", "medium": "T-1", "terminal": "T-0042", "user": "nobody",
             "section": "tax", "access": "write", "from": minute(-1), "until": minute(2), "uses": "1",
             "requester": "nobody"} | fields
    text = f"permit {number} {{\n" + "".join(f"    {key} {value}\n" for key, value in lines.items()) + "}\n"
    return sign(office, text, signer).decode()


def bring(t, file):
    return act(t, "permit.import", approver="", code="", file=file)


def refused(t, file, why):
    result, said = bring(t, file)
    assert result is None and why in said, (result, said)
    assert not t.log.find(type="permit.import") and not list((t.root / "state/permits").glob("R*")), said


def stays_shut(t, port="1-1"):
    stick = t.bus.plug(port, **STICK)
    becomes("the verdict", lambda: t.log.find(type="device.block", medium_number="T-1"))
    stays("shut", lambda: not stick.authorized(0), 0.3)


def one_that_was_signed_opens():
    with desk() as t:
        assert bring(t, file_of())[0] == ACCEPTED
        assert t.log.find(type="permit.import", permit_user="nobody", signer="suzuki"), t.log.events
        plug(t)
        becomes("mounted", lambda: t.media.mounts)


def one_that_is_over_is_not_taken():
    with desk() as t:
        refused(t, file_of(**{"from": minute(-3), "until": minute(-1)}), "")


def one_that_comes_again_counts_once():
    with desk() as t:
        assert bring(t, file_of())[0] == ACCEPTED
        assert bring(t, file_of())[0] is None
        (t.root / "state/permits/R8-T-0042-900").write_text("nonsense\n", encoding="ascii")
        t.restart()
        assert bring(t, file_of())[0] is None, "a damaged one is not made new"
        assert len(t.log.find(type="permit.import")) == 1


def one_that_has_the_name_of_another_file_is_not_taken():
    with desk() as t:
        for number in ("count", "A.new"):
            refused(t, file_of(number), "counts once")


def one_that_nobody_signed_who_may_is_not_taken():
    with desk() as t:
        refused(t, file_of(signer="mallory"), "names for permits")
        refused(t, file_of(signer="tanaka"), "names for permits")
        refused(t, file_of().split("\n\n")[0] + "\n", "no signed permit")


def one_that_was_edited_is_not_taken():
    with desk() as t:
        refused(t, file_of().replace("uses 1", "uses 9"), "names for permits")


def one_for_another_terminal_is_not_taken():
    with desk() as t:
        refused(t, file_of(terminal="T-0043"), "T-0043")


def nobody_signs_for_himself():
    with desk() as t:
        refused(t, file_of(user="suzuki"), "for himself")
        refused(t, file_of(requester="suzuki"), "for himself")


def a_clock_that_is_set_forward_ends_it_for_good():
    with desk() as t:
        number = approved(t)
        clocks(3 * 3600, 0)
        t.restart()
        becomes("over", lambda: t.log.find(type="permit.expire", permit=number))
        clocks(0, 0)
        t.restart()
        stays_shut(t)


def a_clock_that_is_set_back_prolongs_nothing():
    with desk() as t:
        number = approved(t)
        clocks(-1800, 3 * 3600)
        t.restart()
        becomes("over", lambda: t.log.find(type="permit.expire", permit=number))
        stays_shut(t)


def before_its_beginning_nothing_opens():
    with desk() as t:
        approved(t)
        clocks(-3 * 3600, 0)
        t.restart()
        stays_shut(t)


def a_second_plug_is_a_use_too_many():
    with desk() as t:
        number = approved(t)
        stick, disk = plug(t)
        becomes("mounted", lambda: t.media.mounts)
        disk.announce("remove")
        t.bus.bed.remove_device(disk.path)
        t.bus.unplug(stick)
        becomes("ended", lambda: t.log.find(type="permit.end", permit=number))
        stays_shut(t, "1-2")
        assert len(t.log.find(type="permit.use")) == 1


def one_that_is_revoked_during_use_ends_it():
    with desk() as t:
        number = approved(t)
        plug(t)
        becomes("mounted", lambda: t.media.mounts)
        assert act(t, "permit.revoke", approver="", code="", permit=number, reason="over")[0] == ACCEPTED
        becomes("closed", lambda: not t.media.mounts)
        becomes("said", lambda: t.log.find(type="permit.end", permit=number))
        assert t.log.find(type="permit.revoke", permit=number) and "stage revoked" in stored(t, number)


def one_in_use_is_not_closed():
    with desk() as t:
        number = approved(t)
        plug(t)
        becomes("mounted", lambda: t.media.mounts)
        result, said = act(t, "permit.close", permit=number)
        assert result is None and "still in use" in said, said
        result, said = act(t, "permit.close", approver="nobody", permit=number)
        assert result is None and "somebody else" in said, said
        assert not t.log.find(type="permit.close")


def one_that_is_out_is_closed_by_another():
    with desk() as t:
        number = approved(t)
        stick, disk = plug(t)
        becomes("mounted", lambda: t.media.mounts)
        disk.announce("remove")
        t.bus.bed.remove_device(disk.path)
        t.bus.unplug(stick)
        becomes("ended", lambda: t.log.find(type="permit.end", permit=number))
        assert act(t, "permit.close", permit=number)[0] == ACCEPTED
        assert t.log.find(type="permit.close", permit=number, erased_by="ito") and "stage closed" in stored(t, number)
        stays_shut(t, "1-2")


def the_end_that_nobody_saw_shuts_the_stick():
    with desk() as t:
        number = approved(t)
        stick, disk = plug(t)
        becomes("mounted", lambda: t.media.mounts)
        t.kill()
        clocks(3 * 3600, 0)
        disk.uevent.write_bytes(disk.properties)
        t.start("agent.start", len(t.log.find(type="agent.start")) + 1)
        becomes("over", lambda: t.log.find(type="permit.expire", permit=number))
        becomes("shut", lambda: not stick.authorized(0))
        assert not t.log.find(type="gate.tamper"), t.log.find(type="gate.tamper")


def somebody_else_at_the_seat_opens_nothing():
    with desk() as t:
        approved(t)
        t.sit(0)
        t.restart()
        stays_shut(t)


def an_unproven_name_is_not_logged():
    with desk() as t:
        number = asked(t)
        assert act(t, "permit.revoke", permit=number, reason="over")[0] is None
        assert not t.log.find(type="permit.revoke") and "stage requested" in stored(t, number)


TESTS = [
    one_that_was_signed_opens, one_that_is_over_is_not_taken, one_that_comes_again_counts_once,
    one_that_has_the_name_of_another_file_is_not_taken, one_that_nobody_signed_who_may_is_not_taken,
    one_that_was_edited_is_not_taken, one_for_another_terminal_is_not_taken, nobody_signs_for_himself,
    a_clock_that_is_set_forward_ends_it_for_good, a_clock_that_is_set_back_prolongs_nothing,
    before_its_beginning_nothing_opens, a_second_plug_is_a_use_too_many, one_that_is_revoked_during_use_ends_it,
    one_in_use_is_not_closed, one_that_is_out_is_closed_by_another, the_end_that_nobody_saw_shuts_the_stick,
    somebody_else_at_the_seat_opens_nothing, an_unproven_name_is_not_logged,
]
sys.exit(run_with_clocks(TESTS, sys.argv.pop(2)))
