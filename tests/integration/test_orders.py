#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Zone orders and signed policies: made with the command, followed or refused by sekishod.

usage: umockdev-wrapper test_orders.py SEKISHOD SEKISHO
"""

import contextlib
import os
import pathlib
import struct
import subprocess
import sys

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "support"
sys.path.insert(0, str(SUPPORT))

from agent_terminal import becomes, terminal  # noqa: E402
from each import run_each  # noqa: E402
from fake_log import ACCEPT  # noqa: E402
from fake_usb import STORAGE  # noqa: E402
from orders import ENVIRONMENT, RULES, Office, give  # noqa: E402

SEKISHO = os.path.abspath(sys.argv[2])
ENOSPC, EBUSY = -28, -16
LOOK = 71


def propose(t, policy):
    """The agent's answer to a policy; it may have seen the file come and be at it already."""
    t.policy.write_bytes(policy)
    code = EBUSY
    while code == EBUSY:
        code = struct.unpack_from("=i", t.ask(LOOK)[1])[0]
    return code


@contextlib.contextmanager
def office_and_terminal():
    office = Office(SEKISHO)
    with terminal(started=False, policy="# nothing\n") as t:
        t.policy.unlink()
        t.start("agent.start")
        yield office, t
    office.close()


def the_first_order_enrols():
    with office_and_terminal() as (office, t):
        assert t.state()["zone"] == "unassigned" and not t.state()["enrolled"]
        assert give(t, office.order(1, "lgwan"))[0] == 0
        state = t.state()
        assert (state["zone"], state["terminal"], state["order"]) == ("lgwan", "T-0042", 1), state
        change = t.log.find(type="zone.change")[0]
        assert (change["found"], change["zone"], change["signer"]) == ("unassigned", "lgwan", "suzuki tanaka")
        assert t.log.state["zone"] == "lgwan" and len(t.log.state["keys"]) == 64
        t.restart()
        assert t.state()["zone"] == "lgwan" and t.state()["enrolled"]


def two_people_must_sign():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "lgwan", ["suzuki"]))[0] < 0
        assert give(t, office.order(1, "lgwan", ["suzuki", "mallory"]))[0] < 0
        becomes("both refusals", lambda: len(t.log.find(type="order.reject")) == 2)
        assert t.state()["zone"] == "unassigned"
        assert give(t, office.order(1, "lgwan"))[0] == 0
        # Whom the new order names does not matter: those who may now must have signed.
        taken = office.order(2, "internet", ["tanaka", "mallory"], people=("tanaka", "mallory"))
        code, answer = give(t, taken)
        assert code < 0 and b"signed by 1 of the people" in answer, answer
        assert t.state()["zone"] == "lgwan"


def orders_follow_each_other():
    with office_and_terminal() as (office, t):
        first, second = office.order(1, "mynumber"), office.order(2, "lgwan")
        assert give(t, first)[0] == 0 and give(t, second)[0] == 0
        assert give(t, first)[0] < 0, "an old order was followed"
        assert give(t, second)[0] < 0, "the same order was followed twice"
        assert give(t, office.order(3, "internet", terminal="T-0043"))[0] < 0
        assert give(t, office.order(3, "internet", more="    valid-until 2026-01-01\n"))[0] < 0
        assert t.state()["zone"] == "lgwan"


def no_edited_file_changes_the_zone():
    with office_and_terminal() as (office, t):
        order = office.order(1, "mynumber")
        assert give(t, order)[0] == 0
        file = t.root / "state/order"
        forged = office.order(2, "internet", ["tanaka", "mallory"], people=("tanaka", "mallory"))
        for content in (order.replace(b"zone mynumber", b"zone internet"), forged, b"", None):
            file.unlink()
            if content is not None:
                file.write_bytes(content)
            t.restart()
            state = t.state()
            assert state["zone"] == "mynumber" and not state["enrolled"], (content, state)
            assert "not the one that the log knows" in state["zone_detail"], state
            assert t.log.find(type="terminal.tamper")
            assert propose(t, office.policy(1)) < 0, "a policy was accepted without signers"
        assert give(t, forged)[0] < 0
        assert give(t, order)[0] == 0, "the lost order cannot be brought back"
        assert t.state()["enrolled"] and not t.state()["zone_detail"]


def a_failure_half_way_leaves_the_stricter_zone():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "mynumber"))[0] == 0
        refuse_state(t.log)
        assert give(t, office.order(2, "internet"))[0] == ENOSPC
        state = t.state()
        assert state["zone"] == "mynumber" and state["unfinished"], state
        assert (t.root / "state/order.next").exists()
        t.restart()
        assert t.state()["zone"] == "mynumber"
        t.log.answers.clear()
        becomes("finished", lambda: t.state()["zone"] == "internet", 8)
        assert not (t.root / "state/order.next").exists() and not t.state()["unfinished"]


def refuse_state(log):
    log.answers["terminal.state"] = ENOSPC


def a_log_that_refuses_leaves_the_zone():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "lgwan"))[0] == 0
        t.log.answer = ENOSPC
        assert give(t, office.order(2, "mynumber"))[0] == ENOSPC
        assert t.state()["zone"] == "lgwan" and not t.state()["unfinished"]
        t.log.answer = ACCEPT
        assert give(t, office.order(2, "mynumber"))[0] == 0


def an_enrolled_terminal_asks_for_signatures():
    with office_and_terminal() as (office, t):
        unsigned = RULES.encode()
        assert propose(t, unsigned) == 0, "before enrolment none is needed"
        assert give(t, office.order(1, "lgwan"))[0] == 0
        assert t.state()["packaged"], "an unsigned policy stays in force"
        assert propose(t, unsigned) < 0
        assert propose(t, office.policy(1, signer="mallory")) < 0
        signed = office.policy(1)
        assert propose(t, signed.replace(b"allow", b"block")) < 0
        assert propose(t, signed) == 0
        state = t.state()
        assert (state["version"], state["signer"]) == (1, "suzuki"), state
        stick = t.bus.plug("1-1", "0951:1666", [STORAGE])
        becomes("open", lambda: stick.authorized(0))
        assert give(t, office.order(2, "mynumber"))[0] == 0
        becomes("closed in the other zone", lambda: not stick.authorized(0))


def versions_only_rise():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "lgwan"))[0] == 0
        old, new = office.policy(3), office.policy(5)
        assert propose(t, new) == 0 and t.log.state["version"] == "5"
        assert propose(t, old) < 0
        assert "version 3 is older than 5" in t.state()["policy_detail"], t.state()
        assert propose(t, office.policy(5, RULES + "\n# another text\n")) < 0
        for gone in ("policy/current",):
            (t.root / "state" / gone).unlink()
        t.policy.write_bytes(old)
        t.restart()
        state = t.state()
        assert state["packaged"] and "older than 5" in state["policy_detail"], state
        assert propose(t, new) == 0 and t.state()["version"] == 5


def an_expired_policy_is_not_accepted():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "lgwan"))[0] == 0
        assert propose(t, office.policy(1, head="\texpires 2026-01-01\n")) < 0
        assert "has expired" in t.state()["policy_detail"]
        assert propose(t, office.policy(2, head="\texpires 2099-01-01\n")) == 0


def another_log_is_an_alarm():
    with office_and_terminal() as (office, t):
        order = office.order(1, "lgwan")
        assert give(t, order)[0] == 0 and propose(t, office.policy(1)) == 0
        t.log.state = None
        forged = office.order(2, "internet", ["tanaka", "mallory"], people=("tanaka", "mallory"))
        for name, content in (("order", order), ("order", forged), ("order.next", forged)):
            (t.root / "state" / name).write_bytes(content)
            t.restart()
            state = t.state()
            assert state["zone"] == "mynumber" and not state["enrolled"] and state["packaged"], state
            assert state["zone_detail"] and t.log.find(type="terminal.tamper", expected="absent"), state
            assert propose(t, office.policy(2)) < 0 and t.log.state is None
        assert give(t, order)[0] == 0, "the order cannot be told to the new log"
        assert t.state()["zone"] == "lgwan" and t.log.state["zone"] == "lgwan"


def nobody_is_locked_out_of_mynumber():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "lgwan"))[0] == 0
        move = office.order(2, "mynumber", more="    user sato ito\n    user sato\n    erase-certificate R8-0113\n")
        assert "user sato" in office.run("order", "check", "order-2.signed")
        everybody = t.otp.users
        for users, said in ((["root", "sato"], b"2 people have a token"), (["sato", "ito", "endo"], b"among them: 0"),
                            (["root", "root", "sato", "sato"], b"2 people have a token"),
                            (["root", "ito", "endo"], b"sato is to work here"),
                            (["root", "sato", ("ito", 1), "endo"], b"ito is to work here")):
            t.otp.users = users
            code, answer = give(t, move)
            assert code < 0 and said in answer, (users, answer)
            assert t.state()["zone"] == "lgwan" and not (t.root / "state/order.next").exists()
        assert len(t.log.find(type="order.reject")) == 5 and len(t.log.find(type="zone.change")) == 1
        (t.root / "state/order.next").write_bytes(move)  # laid beside instead: strict, but not in force
        t.restart()
        assert t.state()["zone"] == "mynumber" and t.state()["order"] == 1 and t.state()["unfinished"]
        t.otp.users = everybody
        assert give(t, move)[0] == 0
        change = t.log.find(type="zone.change")[-1]
        assert (change["found"], change["zone"], change["certificate"]) == ("lgwan", "mynumber", "R8-0113"), change
        t.otp.users = []
        assert give(t, office.order(3, "mynumber"))[0] == 0, "it stays where it is"
        assert give(t, office.order(4, "internet"))[0] == 0, "nobody needs a token there"


def without_otpd_nobody_moves_into_mynumber():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "lgwan"))[0] == 0
        gone = t.otp.path + ".gone"
        os.rename(t.otp.path, gone)
        move = office.order(2, "mynumber")
        code, answer = give(t, move)
        assert code < 0 and b"sekisho-otpd cannot say" in answer, answer
        (t.root / "state/order.next").write_bytes(move)
        t.restart()
        assert t.state()["unfinished"] and t.state()["order"] == 1
        os.rename(gone, t.otp.path)
        becomes("followed once it is back", lambda: t.state()["order"] == 2)


def an_older_log_leaves_the_stricter_zone():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "internet"))[0] == 0
        older = t.log.state
        assert give(t, office.order(2, "mynumber"))[0] == 0
        t.log.state = older
        t.restart()
        state = t.state()
        assert state["zone"] == "mynumber" and not state["enrolled"], state
        assert "not the one that the log knows" in state["zone_detail"], state


def a_first_order_that_fails_half_way_opens_nothing():
    with office_and_terminal() as (office, t):
        refuse_state(t.log)
        assert give(t, office.order(1, "internet"))[0] == ENOSPC
        t.log.answers.clear()
        for _ in range(2):
            state = t.state()
            assert state["zone"] == "unassigned" and state["unfinished"] and not state["enrolled"], state
            t.restart()
        assert give(t, office.order(1, "internet"))[0] == 0 and t.state()["zone"] == "internet"


def a_damaged_log_is_believed_by_nobody():
    with office_and_terminal() as (office, t):
        assert give(t, office.order(1, "lgwan"))[0] == 0 and propose(t, office.policy(1)) == 0
        t.log.recall_code = -74
        t.restart()
        state = t.state()
        assert state["zone"] == "mynumber" and "log is damaged" in state["zone_detail"], state
        assert propose(t, office.policy(2)) < 0 and propose(t, RULES.encode()) < 0
        assert give(t, office.order(2, "internet"))[0] < 0


def the_command_refuses_what_no_terminal_would_take():
    office = Office(SEKISHO)
    (office.dir / "a.policy").write_text(RULES, encoding="utf-8")
    assert "has no version" in office.run("policy", "sign", "a.policy", "--key", "suzuki.key", ok=False)
    office.policy(1)
    assert "signed this already" in office.run("policy", "sign", "city.policy.signed", "--key", "suzuki.key", ok=False)
    office.run("policy", "sign", "city.policy.signed", "--key", "tanaka.key")
    office.order(1, "lgwan", ["suzuki"])
    assert "needs two" in office.run("order", "check", "order-1.signed", ok=False)
    assert "exists" in office.run("key", "generate", "suzuki", ok=False)
    assert oct((office.dir / "suzuki.key").stat().st_mode & 0o777) == "0o600"
    assert office.keys["suzuki"] in office.run("key", "show", "suzuki.key")
    (office.dir / "part").write_text("rule b allow {\n\tusb 1111:2222\n}\n", encoding="utf-8")
    (office.dir / "whole").write_text("policy w {\n\tversion 1\n}\ninclude part\n" + RULES, encoding="utf-8")
    office.run("policy", "sign", "whole", "--key", "suzuki.key")
    assert not office.run("policy", "diff", "whole", "whole.signed")
    (office.dir / "whole").write_text("policy w {\n\tversion 2\n}\ninclude part\n", encoding="utf-8")
    assert "rule stick" in subprocess.run([SEKISHO, "policy", "diff", "whole.signed", "whole"], cwd=office.dir, env=ENVIRONMENT,
                                          text=True, capture_output=True, check=False).stdout
    office.close()


TESTS = [
    the_first_order_enrols, two_people_must_sign, orders_follow_each_other, no_edited_file_changes_the_zone,
    a_failure_half_way_leaves_the_stricter_zone, a_log_that_refuses_leaves_the_zone,
    an_enrolled_terminal_asks_for_signatures, versions_only_rise, an_expired_policy_is_not_accepted,
    nobody_is_locked_out_of_mynumber, without_otpd_nobody_moves_into_mynumber,
    another_log_is_an_alarm, an_older_log_leaves_the_stricter_zone, a_first_order_that_fails_half_way_opens_nothing,
    a_damaged_log_is_believed_by_nobody, the_command_refuses_what_no_terminal_would_take,
]
sys.exit(run_each(TESTS))
