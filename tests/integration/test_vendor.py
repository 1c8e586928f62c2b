#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a company brings in for a day: who opens it, for how long, and what is on it.

usage: umockdev-wrapper test_vendor.py SEKISHOD SEKISHO SHIFTED_CLOCK [TEST...]
"""

import contextlib
import datetime
import pathlib
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import becomes, stays  # noqa: E402
from permit_desk import ACCEPTED, ACT, ACTED, REPLY, REQUEST, WRONG, PluggedDisk, act, clocks, desk, minute, office, run_with_clocks, stored  # noqa: E402
from stick_in_use import PERSON, STICK  # noqa: E402

POLICY = "rule company read-only {\n    only storage\n    permit vendor\n}\n"
COMPANY = STICK | {"serial": "BA10C5D2E3F4"}
HASH = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
WORDS = {"purpose": "maintenance", "classification": "2", "access": "vendor", "uses": "2", "section": "tax",
         "company": "株式会社保守", "contract": "K-12", "worker": "鈴木", "subcontract": "なし", "expected": HASH}
ENOKEY = -126


def today():
    """The last minute of today."""
    return datetime.datetime.now().strftime("%Y-%m-%dT23:59")


@contextlib.contextmanager
def counter(policy=POLICY, version=2):
    """Where somebody of the city's sits, and the company's stick is plugged in."""
    with desk() as t:
        t.policy.write_bytes(office.policy(version, policy))
        becomes("the policy", lambda: t.state()["version"] == version)
        yield t, t.bus.plug("1-1", **COMPANY)


def ask(t, **fields):
    return act(t, "permit.request", approver="", code="", **WORDS | {"from": minute(0), "until": today()} | fields)


def approved(t, **fields):
    result, number = ask(t, **fields)
    assert result == ACCEPTED, number
    assert act(t, "permit.approve", permit=number)[0] == ACCEPTED
    return number


def witness(t, number, name="nobody", code="123456"):
    packed = f"permit\0{number}\0".encode()
    kind, body = t.ask(ACT, REQUEST.pack(b"permit.witness", name.encode(), code.encode(), b"", b"", len(packed), packed))
    if kind != ACTED:
        return None, body[4:].split(b"\0")[0].decode()
    return REPLY.unpack(body)[0], ""


def barred(t, number, reason="not_witnessed", times=1):
    """Said to whoever sits there; what was shut before has its entry in the log."""
    becomes(reason, lambda: (t.root / "journal").read_text().count(f"is barred as medium {number}: {reason}") >= times)


def opened(t, stick, name="sdz", diskseq=77):
    becomes("open", lambda: stick.authorized(0))
    return PluggedDisk(t, stick, name=name, diskseq=diskseq)


def witnessed(t):
    """The number of a permit whose witness is there."""
    number = approved(t)
    barred(t, number)
    assert witness(t, number) == (ACCEPTED, "")
    return number


def used(t, stick):
    """And whose medium is mounted."""
    number = witnessed(t)
    opened(t, stick)
    becomes("mounted", lambda: t.media.mounts)
    return number


def it_opens_to_be_read_when_its_witness_is_there():
    with counter() as (t, stick):
        number = approved(t)
        barred(t, number)
        stays("shut until then", lambda: not stick.authorized(0), 0.3)
        assert witness(t, number) == (ACCEPTED, "")
        assert t.log.find(type="permit.witness", permit=number, user="nobody", worker="鈴木"), t.log.events
        opened(t, stick)
        becomes("mounted", lambda: t.media.mounts)
        assert all(not writable for _, writable, _ in t.media.mounts.values()), t.media.mounts
        assert t.media.find("list") == [("list", [HASH], False)], t.media.asked
        assert [entry[0] for entry in t.media.asked if entry[0] in ("list", "mount")] == ["list", "mount"]
        assert t.log.find(type="permit.use", permit=number, used="1"), t.log.events
        found = t.log.find(type="medium.manifest", permit=number)
        assert found[0]["files"] == "2" and found[0]["manifest"] == bytes(range(1, 33)).hex(), found


def what_it_says_is_kept_and_logged():
    with counter() as (t, _):
        number = approved(t, scan="S-0815")
        asked = t.log.find(type="permit.request", permit=number)[0]
        for key, value in {"medium_number": number, "vid": "0951", "pid": "1666", "serial": COMPANY["serial"], "scan": "S-0815",
                           "permit_user": "nobody", "access": "vendor", "company": "株式会社保守", "expected": HASH}.items():
            assert asked[key] == value, (key, asked)
        assert 'usb "0951:1666"' in stored(t, number) or "usb 0951:1666" in stored(t, number), stored(t, number)


def what_cannot_be_asked_for():
    with counter() as (t, stick):
        tomorrow = (datetime.datetime.now() + datetime.timedelta(days=1)).strftime("%Y-%m-%dT00:01")
        for fields, why in (({"until": tomorrow}, "one day"), ({"company": ""}, "company"), ({"contract": ""}, "contract"),
                            ({"worker": ""}, "worker"), ({"section": "moon"}, "no section"), ({"expected": "12"}, "no SHA-256")):
            result, said = ask(t, **fields)
            assert result is None and why in said and "remedy: " in said, (fields, said)
        other = t.bus.plug("1-2", **COMPANY | {"serial": "BA10C5D2E3F5"})
        assert "more than one medium" in ask(t)[1]
        t.bus.unplug(other)
        becomes("one of them", lambda: ask(t, company="")[1].startswith("what a company"))
        t.bus.unplug(stick)
        becomes("none", lambda: "no medium is plugged in" in ask(t)[1])
        t.bus.plug("1-3", **COMPANY | {"serial": "000000000000"})
        becomes("one that nobody can tell from others", lambda: "does not tell it from others" in ask(t)[1])


def what_is_registered_is_no_companys():
    with desk() as t:
        stick = t.bus.plug("1-1", **STICK)
        becomes("seen", lambda: t.log.find(type="device.block"))
        assert "no medium is plugged in" in ask(t)[1]
        assert not stick.authorized(0)


def where_no_rule_opens_it_nobody_asks_in_vain():
    with counter("rule ours read-only {\n    only storage\n    permit read\n}\n") as (t, _):
        assert "no rule of the policy" in ask(t)[1]


def a_scan_record_is_asked_for_where_the_policy_wants_one():
    with counter(POLICY + "zone lgwan {\n    code required\n    scan-record required\n}\n") as (t, _):
        assert "--scan" in ask(t)[1]
        assert ask(t, scan="S-1")[0] == ACCEPTED


def who_is_not_its_witness_opens_nothing():
    with counter() as (t, stick):
        number = approved(t)
        barred(t, number)
        assert witness(t, number, code="999999")[0] == WRONG
        assert "witnessed by nobody" in witness(t, number, name="ito")[1]
        assert "no approved permit" in witness(t, "R8-X-1")[1]
        t.sit(0)
        becomes("nobody sits there", lambda: "does not sit" in witness(t, number)[1])
        stays("shut", lambda: not stick.authorized(0), 0.3)
        assert not t.log.find(type="permit.witness")


def a_code_before_the_approval_opens_nothing():
    with counter() as (t, stick):
        number = ask(t)[1]
        assert "no approved permit" in witness(t, number)[1]
        stays("shut", lambda: not stick.authorized(0), 0.3)


def a_log_that_refuses_the_witness_opens_nothing():
    with counter() as (t, stick):
        number = approved(t)
        barred(t, number)
        t.log.answers["permit.witness"] = -28
        assert witness(t, number)[0] is None
        stays("shut", lambda: not stick.authorized(0), 0.3)


def what_was_not_announced_stays_shut():
    with counter() as (t, stick):
        t.media.listed = (2, 1, 1, 0, 0)
        number = witnessed(t)
        opened(t, stick)
        barred(t, number, "not_expected")
        becomes("shut again", lambda: not stick.authorized(0))
        assert not t.media.mounts and not t.media.find("mount")
        assert t.log.find(type="medium.manifest", result="not_expected", matching="1", changed="1"), t.log.events
        assert "what was to be on the medium is not" in witness(t, number)[1]
        t.bus.unplug(stick)
        again = t.bus.plug("1-1", **COMPANY)
        barred(t, number, times=2)
        t.media.listed = (3, 1, 0, 0, 2)
        assert witness(t, number)[0] == ACCEPTED
        opened(t, again, "sdy", 78)
        becomes("mounted", lambda: t.media.mounts)
        assert t.log.find(type="medium.manifest", result="more_than_expected", extra="2"), t.log.events


def what_cannot_be_looked_through_is_not_mounted():
    with counter() as (t, stick):
        t.media.listed = (ENOKEY, "the volume is encrypted")
        number = witnessed(t)
        opened(t, stick)
        becomes("said", lambda: t.log.find(type="medium.fail", permit=number))
        assert "must not be encrypted" in t.log.find(type="medium.fail")[0]["detail"], t.log.events
        stays("not mounted", lambda: not t.media.find("mount"), 0.3)


def nobody_waits_for_a_list_that_takes_long():
    with counter() as (t, stick):
        t.media.listing = True
        number = witnessed(t)
        opened(t, stick)
        becomes("being read", lambda: t.media.find("list"))
        assert act(t, "permit.revoke", approver="", code="", permit=number)[0] == ACCEPTED
        becomes("shut", lambda: not stick.authorized(0))
        t.media.listing = False
        stays("not mounted", lambda: not t.media.find("mount"), 0.3)


def it_ends_with_the_session():
    with counter() as (t, stick):
        number = used(t, stick)
        (t.root / "sessions/5").unlink()
        t.sit(0)
        (t.root / "sessions/5").unlink()
        becomes("unmounted", lambda: not t.media.mounts)
        becomes("shut", lambda: not stick.authorized(0))
        t.sit(PERSON)
        barred(t, number, times=2)
        stays("a new session, a new code", lambda: not stick.authorized(0), 0.3)
        assert witness(t, number)[0] == ACCEPTED
        becomes("open", lambda: stick.authorized(0))


def after_an_hour_it_takes_another_code():
    with counter() as (t, stick):
        number = used(t, stick)
        clocks(0, 59 * 60)
        t.policy.write_bytes(office.policy(3, POLICY))
        becomes("judged again", lambda: t.state()["version"] == 3)
        stays("open", lambda: stick.authorized(0) and t.media.mounts, 0.5)
        clocks(0, 60 * 60)
        t.policy.write_bytes(office.policy(4, POLICY))
        becomes("unmounted", lambda: not t.media.mounts)
        becomes("shut", lambda: not stick.authorized(0))
        barred(t, number, times=2)
        assert witness(t, number)[0] == ACCEPTED
        becomes("open", lambda: stick.authorized(0))
        assert len(t.log.find(type="permit.use")) == 1, "one plug, one use"


def another_plug_is_another_code():
    with counter() as (t, stick):
        number = used(t, stick)
        t.bus.unplug(stick)
        again = t.bus.plug("1-1", **COMPANY)
        barred(t, number, times=2)
        stays("shut", lambda: not again.authorized(0), 0.3)


def another_medium_is_another_matter():
    with counter() as (t, stick):
        number = approved(t)
        barred(t, number)
        t.bus.unplug(stick)
        other = t.bus.plug("1-1", **COMPANY | {"serial": "BA10C5D2E3F5"})
        becomes("judged", lambda: t.log.find(type="device.block", serial="BA10C5D2E3F5"))
        becomes("gone", lambda: "not plugged in" in witness(t, number)[1])
        assert not other.authorized(0)


def two_that_say_they_are_one_are_none():
    with counter() as (t, stick):
        number = witnessed(t)
        opened(t, stick)
        t.bus.plug("1-2", **COMPANY)
        becomes("told", lambda: t.log.find(type="media.mismatch", medium_number=number))
        becomes("both shut", lambda: not stick.authorized(0))


def an_agent_that_was_killed_asks_for_the_code_again():
    with counter() as (t, stick):
        number = witnessed(t)
        becomes("open", lambda: stick.authorized(0))
        t.kill()
        t.start("agent.start", len(t.log.find(type="agent.start")) + 1)
        barred(t, number)
        becomes("shut", lambda: not stick.authorized(0))
        assert not t.log.find(type="gate.tamper"), "the agent before had opened it"
        assert witness(t, number)[0] == ACCEPTED
        becomes("open", lambda: stick.authorized(0))


def a_register_that_cannot_be_read_opens_nothing():
    """The medium may be one that was reported lost."""
    with counter() as (t, stick):
        number = approved(t)
        (t.root / "state/register/events").write_text("nonsense {\n}\n", encoding="ascii")
        (t.root / "state/register/events").chmod(0o600)
        t.restart()
        barred(t, number)
        assert witness(t, number)[0] == ACCEPTED
        barred(t, number, "register_invalid")
        stays("shut", lambda: not stick.authorized(0), 0.3)


def a_rule_for_the_citys_media_does_not_open_it():
    with counter("rule company read-only {\n    permit vendor\n    until 2026-01-01\n}\n"
                 "rule ours read-only {\n    only storage\n    permit read\n}\n"
                 "rule numbered read-only {\n    only storage\n    medium-number *\n}\n") as (t, stick):
        number = witnessed(t)
        stays("shut", lambda: not stick.authorized(0), 1)


TESTS = [
    it_opens_to_be_read_when_its_witness_is_there, what_it_says_is_kept_and_logged, what_cannot_be_asked_for,
    what_is_registered_is_no_companys, a_scan_record_is_asked_for_where_the_policy_wants_one,
    where_no_rule_opens_it_nobody_asks_in_vain,
    who_is_not_its_witness_opens_nothing, a_code_before_the_approval_opens_nothing,
    a_log_that_refuses_the_witness_opens_nothing, what_was_not_announced_stays_shut,
    what_cannot_be_looked_through_is_not_mounted, nobody_waits_for_a_list_that_takes_long, it_ends_with_the_session,
    after_an_hour_it_takes_another_code,
    another_plug_is_another_code, another_medium_is_another_matter, two_that_say_they_are_one_are_none,
    an_agent_that_was_killed_asks_for_the_code_again, a_rule_for_the_citys_media_does_not_open_it,
    a_register_that_cannot_be_read_opens_nothing,
]
sys.exit(run_with_clocks(TESTS, sys.argv.pop(2)))
