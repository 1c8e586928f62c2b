#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""sekishod's zone orders and signed policies with a log that fails half-way.

usage: umockdev-wrapper test_site.py SEKISHOD SEKISHO
"""

import contextlib
import datetime
import itertools
import pathlib
import sys
import threading
import time

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import POLICY, becomes, stays, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_log import LOST, SILENT  # noqa: E402
from fake_usb import STORAGE  # noqa: E402
from orders import Office, give  # noqa: E402

ENOSPC, EIO = -28, -5
OTHER = "rule other block {\n    usb 1111:2222\n}\n"


def no_policy_before_the_log_has_said_what_it_knows():
    with terminal(started=False) as t:
        t.log.recall_code = EIO
        t.start("agent.start")
        stays("nothing is taken up", lambda: not t.log.find(type="policy.load"), 1.0)
        assert not t.state()["policy_ok"] and t.state()["policy_detail"], t.state()
        t.log.recall_code = 0
        becomes("taken up", lambda: t.log.find(type="policy.load"))


def a_log_that_cannot_say_forgets_nothing():
    with terminal() as t:
        assert give(t, office.order(1, "lgwan"))[0] == 0
        t.policy.write_bytes(office.policy(1, POLICY))
        becomes("version 1", lambda: t.log.state.get("version") == "1")
        t.log.recall_code = EIO
        t.policy.write_bytes(office.policy(2, OTHER))
        t.log.events.clear()
        t.restart()
        stays("the state is left alone", lambda: not t.log.find(type="terminal.state"), 3.0)
        t.log.recall_code = 0
        becomes("version 2", lambda: t.log.state.get("version") == "2")
        assert t.log.state["zone"] == "lgwan" and t.log.state["order"] == "1", t.log.state


def the_stricter_zone_counts_while_the_log_is_gone():
    with terminal() as t:
        assert give(t, office.order(1, "internet"))[0] == 0
        t.log.answers["terminal.state"] = ENOSPC
        assert give(t, office.order(2, "mynumber"))[0] < 0
        t.log.recall_code = EIO
        stays("the stricter one", lambda: t.state()["zone"] == "mynumber" and t.state()["unfinished"],
              5.0)
        t.log.recall_code = 0
        t.log.answers.clear()
        becomes("finished", lambda: not t.state()["unfinished"])
        assert t.state()["order"] == 2 and t.log.state["zone"] == "mynumber"


def a_second_try_that_fails_opens_nothing():
    with terminal() as t:
        assert give(t, office.order(1, "mynumber"))[0] == 0
        t.log.answers["terminal.state"] = ENOSPC
        assert give(t, office.order(2, "internet"))[0] < 0
        t.log.answers["zone.change"] = ENOSPC
        assert give(t, office.order(2, "internet"))[0] < 0
        assert t.state()["zone"] == "mynumber", t.state()
        t.log.answers.clear()
        becomes("finished", lambda: t.state()["zone"] == "internet")


def a_policy_does_not_outlive_its_signer():
    with terminal() as t:
        assert give(t, office.order(1, "lgwan"))[0] == 0
        t.log.delay = 0.7
        order = threading.Thread(target=give, args=(t, office.order(2, "lgwan", policies_by="tanaka")))
        order.start()
        becomes("the new state is sent", lambda: len(t.log.find(type="terminal.state")) == 2)
        t.policy.write_bytes(office.policy(1, OTHER))
        becomes("the policy is sent", lambda: len(t.log.find(type="policy.load")) == 2)
        order.join()
        t.log.delay = 0.0
        becomes("refused", lambda: "not signed by anybody" in t.state()["policy_detail"])
        assert t.state()["packaged"] and t.log.state["version"] == "0", t.state()


def a_policy_from_before_the_order_has_its_version_remembered():
    with terminal(policy="# nothing\n") as t:
        t.policy.write_bytes(office.policy(5, POLICY))
        becomes("in force", lambda: t.state()["version"] == 5)
        assert give(t, office.order(1, "lgwan"))[0] == 0
        assert t.state()["version"] == 5 and t.state()["signer"] == "suzuki", t.state()
        becomes("remembered", lambda: t.log.state.get("version") == "5")
        t.policy.write_bytes(office.policy(4, OTHER))
        becomes("refused", lambda: "older" in t.state()["policy_detail"])


def a_refusal_is_logged_once_in_any_zone():
    with terminal() as t:
        for number, zone in enumerate(("lgwan", "internet"), 1):
            assert give(t, office.order(number, zone))[0] == 0
            assert "is not signed" in t.state()["policy_detail"], t.state()
        assert len(t.log.find(type="policy.reject")) == 1, t.log.events
        t.policy.write_bytes(office.policy(1, POLICY))
        becomes("in force", lambda: t.state()["policy_ok"])
        t.policy.write_text(POLICY, encoding="utf-8")
        becomes("refused anew", lambda: len(t.log.find(type="policy.reject")) == 2)


def a_policy_that_comes_while_another_is_logged_is_not_lost():
    with terminal() as t:
        t.log.delay = 0.5
        t.policy.write_text(OTHER, encoding="utf-8")
        becomes("it is sent", lambda: len(t.log.find(type="policy.load")) == 2)
        t.policy.write_text(OTHER + OTHER.replace("other", "third"), encoding="utf-8")
        becomes("the later one too", lambda: t.state()["rules"] == 2, 6)


def what_was_edited_while_the_log_was_away_does_not_count():
    with terminal() as t:
        assert give(t, office.order(1, "lgwan"))[0] == 0
        t.policy.write_bytes(office.policy(1, POLICY))
        becomes("version 1", lambda: t.state()["version"] == 1)
        genuine = (t.root / "state/order").read_bytes(), (t.root / "state/policy/current").read_bytes()
        forged = (office.order(2, "internet", ["tanaka", "mallory"], people=("tanaka", "mallory")),
                  office.policy(9, "rule all allow {\n    only storage\n}\n", "mallory"))
        t.log.recall_code = EIO
        for order, policy in (forged, (None, b"rule all allow {\n    only storage\n}\n"), genuine):
            (t.root / "state/order").unlink(missing_ok=True)
            if order:
                (t.root / "state/order").write_bytes(order)
            (t.root / "state/policy/current").write_bytes(policy)
            t.restart()
            stick = t.bus.plug("1-2", "1234:5678", [STORAGE])
            stays("shut", lambda stick=stick: not stick.authorized(0) and t.state()["zone"] == "mynumber", 0.5)
            assert not t.state()["enrolled"] and "cannot say yet" in t.state()["zone_detail"], t.state()
            t.bus.unplug(stick)
        t.log.recall_code = 0
        becomes("all is well", lambda: t.state()["zone"] == "lgwan" and t.state()["version"] == 1)
        assert not t.state()["zone_detail"], t.state()


def a_clock_that_was_set_back_extends_nothing():
    head = "\texpires 2030-06-30\n"
    with terminal() as t:
        assert give(t, office.order(1, "lgwan"))[0] == 0
        t.policy.write_bytes(office.policy(1, POLICY, head=head))
        becomes("in force", lambda: t.state()["version"] == 1 and not t.state()["expired"])
        for later in (datetime.datetime(2030, 6, 30, 23), datetime.datetime(2030, 7, 1)):
            t.log.latest = later.timestamp()
            t.restart()
            assert t.state()["expired"] == (later.month == 7), t.state()
        assert "clock is behind" in t.state()["zone_detail"], t.state()
        assert t.log.find(type="terminal.tamper", path="clock", expected="2030-07-01 00:00")
        assert t.log.find(type="policy.expire")
        t.policy.write_bytes(office.policy(2, POLICY, head=head))
        becomes("refused", lambda: "has expired" in t.state()["policy_detail"])
        t.policy.write_bytes(office.policy(3, POLICY, head=head.replace("2030", "2040")))
        becomes("taken up", lambda: t.state()["version"] == 3 and not t.state()["expired"])
        assert int(t.log.state["latest"]) >= later.timestamp(), "it is not remembered"
        t.policy.write_bytes(office.policy(4, POLICY, head=head))
        becomes("refused again", lambda: "has expired" in t.state()["policy_detail"])
        assert give(t, office.order(2, "lgwan"))[0] == 0  # two people say that the clock had been ahead
        becomes("taken up now", lambda: t.state()["version"] == 4 and not t.state()["expired"])
        t.restart()
        assert not t.state()["expired"] and not t.state()["zone_detail"], t.state()


def killed(t, order, step, answer):
    """The agent dies when the log has been sent @step and gives @answer; both stay away until it is up again."""
    sent = len(t.log.find(type=step))
    t.log.answers[step] = answer
    giving = threading.Thread(target=lost_call, args=(t, order))
    giving.start()
    becomes("it is sent", lambda: len(t.log.find(type=step)) > sent)
    time.sleep(0.1)
    t.kill()
    giving.join()
    t.log.answers = {"zone.change": ENOSPC, "terminal.state": ENOSPC}
    t.start("agent.start", len(t.log.find(type="agent.start")) + 1)


def killed_while_a_policy_is_taken_up_it_forgets_no_version():
    for step, answer in (("policy.load", SILENT), ("policy.load", LOST), ("terminal.state", SILENT), ("terminal.state", LOST)):
        with terminal() as t:
            assert give(t, office.order(1, "lgwan"))[0] == 0
            t.policy.write_bytes(office.policy(1, POLICY))
            becomes("version 1", lambda: t.state()["version"] == 1)
            sent = len(t.log.find(type=step))
            t.log.answers[step] = answer
            t.policy.write_bytes(office.policy(2, OTHER))
            becomes("it is sent", lambda: len(t.log.find(type=step)) > sent)
            time.sleep(0.1)
            t.kill()
            t.log.answers = {"policy.load": ENOSPC}
            t.start("agent.start", len(t.log.find(type="agent.start")) + 1)
            state = t.state()
            is_known = t.log.state["version"] == "2"
            assert state["packaged"] == is_known and state["version"] == (0 if is_known else 1), (step, answer, state)
            t.log.answers.clear()
            becomes("version 2", lambda: t.state()["version"] == 2, 8)


def observing_does_not_outlive_the_zone():
    observing = "zone internet {\n    observe {\n        until 2099-12-31\n    }\n}\n"
    with terminal() as t:
        assert give(t, office.order(1, "internet"))[0] == 0
        t.policy.write_bytes(office.policy(1, observing))
        becomes("observing", lambda: t.state()["observing"])
        stick = t.bus.plug("1-2", "1234:5678", [STORAGE])
        becomes("open", lambda: stick.authorized(0))
        t.log.answers["zone.change"] = SILENT
        giving = threading.Thread(target=lost_call, args=(t, office.order(2, "mynumber")))
        giving.start()
        becomes("closed before anything else", lambda: not stick.authorized(0) and not t.state()["observing"])
        giving.join()
        stays("closed", lambda: not stick.authorized(0), 0.5)
        t.log.answers.clear()
        becomes("finished", lambda: not t.state()["unfinished"])
        assert not stick.authorized(0) and not t.state()["observing"]


def no_missing_file_opens_anything():
    files = ("state/order", "state/policy/current", "sekisho.policy")
    opens = "rule all allow {\n    only storage\n    zone lgwan internet unassigned\n}\n"
    for gone in (*itertools.combinations(files, 1), *itertools.combinations(files, 2), files):
        with terminal() as t:
            assert give(t, office.order(1, "mynumber"))[0] == 0
            t.policy.write_bytes(office.policy(5, opens))
            becomes("version 5", lambda: t.state()["version"] == 5)
            for name in gone:
                (t.root / name).unlink()
            older = office.policy(4, opens)
            for file in {"state/policy/current", "sekisho.policy"} & set(gone):
                (t.root / file).write_bytes(older)
            t.restart()
            stick = t.bus.plug("1-2", "1234:5678", [STORAGE])
            becomes("judged", lambda: t.log.find(type="device.block"))
            state = t.state()
            assert state["zone"] == "mynumber" and state["version"] in (0, 5) and not stick.authorized(0), (gone, state)
            assert state["enrolled"] != ("state/order" in gone), (gone, state)


def a_link_is_no_order():
    with terminal() as t:
        assert give(t, office.order(1, "lgwan"))[0] == 0
        order, elsewhere = t.root / "state/order", t.root / "elsewhere"
        order.rename(elsewhere)
        order.symlink_to(elsewhere)
        t.restart()
        assert t.state()["zone"] == "lgwan" and not t.state()["enrolled"] and t.state()["zone_detail"], t.state()


def lost_call(t, order):
    with contextlib.suppress(OSError, IndexError):  # the agent dies before it answers
        give(t, order)


def killed_at_any_step_it_keeps_the_stricter_zone():
    for before, after in (("mynumber", "internet"), ("internet", "mynumber"), ("internet", "lgwan")):
        stricter = "mynumber" if "mynumber" in (before, after) else "lgwan"
        for step, answer in (("zone.change", SILENT), ("zone.change", LOST), ("terminal.state", SILENT)):
            with terminal() as t:
                assert give(t, office.order(1, before))[0] == 0
                killed(t, office.order(2, after), step, answer)
                stays(f"{before} to {after}, {step} {answer}",
                      lambda: t.state()["zone"] == stricter and t.state()["unfinished"], 0.5)
                t.log.answers.clear()
                becomes("finished", lambda: t.state()["zone"] == after and not t.state()["unfinished"])
                change = t.log.find(type="zone.change")[-1]
                assert (change["found"], change["zone"], change["order"]) == (before, after, "2"), change
                acked = [event["type"] for event in t.log.acked if event["type"] in ("zone.change", "terminal.state")]
                assert acked[-2:] == ["zone.change", "terminal.state"], acked


def killed_once_the_state_is_durable_the_new_zone_counts():
    for before, after in (("mynumber", "internet"), ("internet", "mynumber")):
        with terminal() as t:
            assert give(t, office.order(1, before))[0] == 0
            killed(t, office.order(2, after), "terminal.state", LOST)
            state = t.state()
            assert state["zone"] == after and state["order"] == 2 and not state["unfinished"], state
            assert state["enrolled"] and not (t.root / "state/order.next").exists()


def a_log_that_says_nothing_may_have_the_change():
    for answer in (SILENT, LOST):
        with terminal() as t:
            assert give(t, office.order(1, "internet"))[0] == 0
            t.log.answers["zone.change"] = answer
            assert give(t, office.order(2, "mynumber"))[0] < 0
            assert t.state()["zone"] == "mynumber" and t.state()["unfinished"], t.state()
            t.log.answers.clear()
            becomes("finished", lambda: not t.state()["unfinished"])
            assert t.state()["zone"] == "mynumber" and t.state()["order"] == 2


def an_order_laid_beside_is_followed_as_any_other():
    with terminal() as t:
        assert give(t, office.order(1, "lgwan"))[0] == 0
        t.log.events.clear()
        late = office.order(2, "internet", more="    valid-until 2026-01-01\n")
        for order, zone in ((late, "lgwan"), (office.order(3, "internet"), "internet")):
            (t.root / "state/order.next").write_bytes(order)
            t.restart()
            becomes(zone, lambda zone=zone: t.state()["zone"] == zone)
            assert t.state()["unfinished"] == (zone == "lgwan"), t.state()
        assert [event["order"] for event in t.log.find(type="zone.change")] == ["3"]


TESTS = [
    no_policy_before_the_log_has_said_what_it_knows, a_log_that_cannot_say_forgets_nothing,
    the_stricter_zone_counts_while_the_log_is_gone, a_second_try_that_fails_opens_nothing,
    a_policy_does_not_outlive_its_signer,
    a_policy_from_before_the_order_has_its_version_remembered, a_refusal_is_logged_once_in_any_zone,
    a_policy_that_comes_while_another_is_logged_is_not_lost,
    what_was_edited_while_the_log_was_away_does_not_count, a_clock_that_was_set_back_extends_nothing,
    killed_at_any_step_it_keeps_the_stricter_zone, killed_once_the_state_is_durable_the_new_zone_counts,
    killed_while_a_policy_is_taken_up_it_forgets_no_version, observing_does_not_outlive_the_zone,
    no_missing_file_opens_anything, a_link_is_no_order,
    a_log_that_says_nothing_may_have_the_change, an_order_laid_beside_is_followed_as_any_other,
]

office = Office(sys.argv[2])
failed = run_each(TESTS)
office.close()
sys.exit(failed)
