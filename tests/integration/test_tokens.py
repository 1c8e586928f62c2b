#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tokens of every kind, their clocks, and those that are nobody's yet.

usage: test_tokens.py SEKISHO_OTPD [TEST...]
"""

import collections
import os
import subprocess
import sys
import time

from test_otpd import ENOSPC, as_nobody, daemon, until
from each import run_each
from fake_log import ACCEPT
from otpd_client import Phone, steady

EINVAL, ENOENT, EEXIST, EPROTO, E2BIG = -22, -2, -17, -71, -7
SHAPES = [(hash, digits, period) for hash in (1, 2, 3) for digits in (6, 8) for period in (30, 60)]


def oathtool(phone, at):
    name = {1: "sha1", 2: "sha256", 3: "sha512"}[phone.algorithm]
    return subprocess.run(["oathtool", f"--totp={name}", f"--digits={phone.digits}",
                           f"--time-step-size={phone.period}s", f"--now=@{at}", phone.key.hex()],
                          capture_output=True, text=True, check=True).stdout.strip()


def every_kind_of_token_agrees_with_oathtool():
    with daemon() as (otpd, _):
        for number, shape in enumerate(SHAPES):
            user = f"user{number}"
            phone = otpd.enroll(user, shape)
            assert (phone.algorithm, phone.digits, phone.period) == shape
            assert len(phone.key) == {1: 20, 2: 32, 3: 64}[shape[0]], shape
            assert otpd.result(user, oathtool(phone, int(time.time()))) == "ACCEPTED", shape
            assert otpd.result(user, oathtool(phone, int(time.time()) + shape[2])) == "ACCEPTED", shape
        for shape in ((4, 6, 30), (1, 7, 30), (1, 6, 31), (1, 6, 120)):
            assert otpd.begin("sato", shape) == EINVAL, shape


def several_tokens_of_one_person():
    with daemon() as (otpd, log):
        one, two = otpd.enroll("sato"), otpd.enroll("sato", (3, 8, 60))
        assert otpd.result("sato", one.code()) == "ACCEPTED"
        assert otpd.result("sato", two.code()) == "ACCEPTED"
        assert log.events[-1]["token"] == two.token, log.events[-1]
        assert otpd.revoke("sato", "00000000") == ENOENT
        assert otpd.revoke("sato", one.token) == "ACCEPTED"
        assert log.events[-1]["type"] == "token.revoke" and log.events[-1]["token"] == one.token
        assert otpd.result("sato", one.code(1)) == "WRONG", "effective at the next attempt"
        assert otpd.result("sato", two.code(1)) == "ACCEPTED"
        assert [t["token"] for t in otpd.tokens()] == [two.token]


def drift_is_followed_a_step_at_a_time():
    with daemon() as (otpd, _):
        steady(10)
        phone = otpd.enroll("sato", (1, 6, 60))
        assert otpd.tokens()[0]["drift"] == 0
        assert otpd.result("sato", phone.code(2)) == "WRONG"
        assert otpd.result("sato", phone.code(1)) == "ACCEPTED"
        assert otpd.tokens()[0]["drift"] == 60 and abs(otpd.tokens()[0]["used"] - time.time()) < 20
        assert otpd.result("sato", phone.code(3)) == "WRONG"
        assert otpd.result("sato", phone.code(2)) == "ACCEPTED"
        otpd.kill()
        otpd.start()
        assert otpd.result("sato", phone.code(2)) == "USED", "forgotten by a restart"
        assert otpd.result("sato", phone.code(1)) == "USED"
        assert otpd.result("sato", phone.code(0)) == "USED", "below the last one"
        assert otpd.result("sato", phone.code(3)) == "ACCEPTED"
        assert otpd.tokens()[0]["drift"] == 180


def two_codes_find_a_clock_again():
    with daemon() as (otpd, log):
        steady(10)
        phone = otpd.enroll("sato")
        assert otpd.result("sato", phone.code(15)) == "WRONG"
        for codes in ((15, 15), (15, 17), (16, 15), (21, 22), (-21, -20)):
            assert otpd.resync("sato", *map(phone.code, codes)) == "WRONG", codes
        assert otpd.resync("sato", phone.code(-2), phone.code(-1)) == "USED", "the confirming code"
        assert log.events[-1]["type"] == "token.resync" and log.events[-1]["result"] == "used"
        assert otpd.resync("suzuki", phone.code(15), phone.code(16)) == ENOENT
        assert otpd.resync("sato", phone.code(15), phone.code(16), token="x") == ENOENT
        assert otpd.resync("sato", phone.code(15), phone.code(16)) == "ACCEPTED"
        assert log.events[-1]["result"] == "accepted" and log.events[-1]["token"] == phone.token
        assert otpd.tokens()[0]["drift"] == 16 * 30
        for step in (14, 15, 16):
            assert otpd.result("sato", phone.code(step)) in ("USED", "WRONG"), step
        assert otpd.result("sato", phone.code(17)) == "ACCEPTED"
        other = otpd.enroll("suzuki")
        assert otpd.result("suzuki", other.code()) == "ACCEPTED", "the clock counts as set back"
        assert otpd.resync("sato", phone.code(-9), phone.code(-8)) == "USED", "back in time"


def resync_ends_the_wait():
    with daemon() as (otpd, _):
        steady(10)
        phone = otpd.enroll("sato")
        for _ in range(5):
            otpd.result("sato", phone.code(9))
        assert otpd.result("sato", phone.code()) == "LOCKED"
        assert otpd.resync("sato", phone.code(9), phone.code(10)) == "ACCEPTED"
        assert otpd.result("sato", phone.code(11)) == "ACCEPTED"


def the_clock_is_suspected_by_several_and_told_once():
    with daemon() as (otpd, log):
        steady(12)
        phones = {name: otpd.enroll(name, (1, 6, 60)) for name in ("sato", "suzuki", "ito", "abe", "mori")}
        for name in ("sato", "suzuki", "ito"):  # three of five are the majority
            assert not [e for e in log.events if e["type"] == "clock.drift"], name
            assert otpd.status()["slow"] == 0, name
            assert otpd.result(name, phones[name].code(1)) == "ACCEPTED"
        until(lambda: any(e["type"] == "clock.drift" for e in log.events))
        told = [e for e in log.events if e["type"] == "clock.drift"]
        assert told[0]["detail"] == "60 s slow" and told[0]["count"] in (5, "5"), told
        assert otpd.result("sato", phones["sato"].code(2)) == "ACCEPTED"
        assert len([e for e in log.events if e["type"] == "clock.drift"]) == 1, "told again"
        assert otpd.status()["slow"] == 60 and otpd.status()["clock_users"] == 5
        otpd.kill()
        otpd.start()
        assert otpd.status()["slow"] == 60, "forgotten by a restart"


def secret(number):
    return bytes([number & 255, number >> 8]) * 10


def many(count, first=0):
    return [(f"HW{first + n:05}", secret(first + n), (1, 6, 60)) for n in range(count)]


def hardware_tokens_are_imported_assigned_confirmed():
    with daemon() as (otpd, log):
        assert otpd.bring(many(1000)) == "ACCEPTED"
        assert log.events[-1]["type"] == "token.import" and log.events[-1]["count"] in (1000, "1000")
        spare = [t for t in otpd.tokens() if t["state"] == "spare"]
        assert len(spare) == 1000 and spare[7]["token"] == "HW00007" and spare[7]["label"] == "maker"
        assert not any(secret(7) in f.read_bytes() for f in otpd.state.iterdir()), "in clear"
        otpd.kill()
        otpd.start()
        assert otpd.assign("HW00007", "sato") == "ACCEPTED"
        assert log.events[-1]["type"] == "token.assign" and log.events[-1]["token"] == "HW00007"
        token = Phone(secret(7), (1, 6, 60))
        assert otpd.prove("sato", token.code()) == "NOT_ENROLLED", "not confirmed"
        assert otpd.assign("HW00007", "suzuki") == EEXIST
        assert otpd.confirm("sato", token.wrong()) == "WRONG"
        assert otpd.confirm("sato", token.code(-1)) == "ACCEPTED"
        assert otpd.result("sato", token.code()) == "ACCEPTED"
        names = {t["token"]: t for t in otpd.tokens()}
        assert len(names) == 1000 and names["HW00007"]["state"] == "active"
        assert otpd.assign("HW00007", "suzuki") == EEXIST
        assert otpd.assign("HW77777", "suzuki") == ENOENT
        assert otpd.revoke("", "HW00008") == "ACCEPTED" and otpd.assign("HW00008", "ito") == ENOENT
        assert otpd.revoke("", "HW00008") == ENOENT


def one_secret_is_in_one_place_only():
    with daemon() as (otpd, _):
        steady(10)
        assert otpd.bring(many(3) + [("TWIN", secret(1), (1, 6, 60))]) == "ACCEPTED"
        pool = (otpd.state / "pool").read_bytes()
        token = Phone(secret(1), (1, 6, 60))
        assert otpd.assign("HW00001", "sato") == "ACCEPTED"
        assert otpd.confirm("sato", token.code(-1)) == "ACCEPTED"
        (otpd.state / "pool").write_bytes(pool)  # as after a crash before it was taken out
        assert otpd.result("sato", token.code()) == "ACCEPTED"
        for serial in ("HW00001", "TWIN"):
            assert otpd.assign(serial, "sato") == EEXIST, serial
        assert otpd.confirm("sato", token.code(1)) == "NOT_ENROLLED"
        assert otpd.result("sato", token.code()) == "USED"


def an_import_is_all_or_nothing():
    with daemon() as (otpd, log):
        assert otpd.bring(many(30)) == "ACCEPTED"
        n_events = len(log.events)
        for bad in (many(40, first=20), many(30, first=50) + many(1, first=55),
                    many(30, first=50) + [("", secret(1), (1, 6, 60))],
                    many(30, first=50) + [("X", b"short", (1, 6, 60))],
                    many(30, first=50) + [("X", secret(1), (1, 7, 60))]):
            assert otpd.bring(bad) in (EEXIST, EINVAL), bad[-1]
            assert len(otpd.tokens()) == 30, "half of it"
        assert otpd.bring(many(30, first=50), total=40) == "ACCEPTED", "the rest is to come"
        assert otpd.bring(many(1, first=90), total=3000) == E2BIG
        assert len(otpd.tokens()) == 30 and len(log.events) == n_events
        assert otpd.assign("HW00001", "sato") == "ACCEPTED"
        assert otpd.confirm("sato", Phone(secret(1), (1, 6, 60)).code()) == "ACCEPTED"
        assert otpd.bring(many(1, first=1)) == EEXIST, "somebody has it"
        log.answer = ENOSPC
        assert otpd.bring(many(5, first=100)) == "UNAVAILABLE"
        log.answer = ACCEPT


def a_damaged_pool_assigns_nothing():
    with daemon() as (otpd, _):
        phone = otpd.enroll("ito")
        assert otpd.bring(many(3)) == "ACCEPTED"
        file = otpd.state / "pool"
        content = bytearray(file.read_bytes())
        content[40] ^= 1
        file.write_bytes(content)
        assert otpd.assign("HW00000", "sato") == -74 and otpd.bring(many(3, first=9)) == -74
        assert [t["state"] for t in otpd.tokens()] == ["active", "damaged"]
        assert otpd.result("ito", phone.code()) == "ACCEPTED"


def a_state_of_another_version_is_refused():
    with daemon() as (otpd, _):
        phone = otpd.enroll("sato")
        file = next(f for f in otpd.state.iterdir() if len(f.name) == 32)
        file.write_bytes(b"skOTPhd1" + file.read_bytes()[8:])
        assert otpd.result("sato", phone.code()) == "UNAVAILABLE"
        assert "another version" in (otpd.root / "journal").read_text(encoding="utf-8")
        again = otpd.enroll("sato")
        assert otpd.result("sato", again.code()) == "ACCEPTED"


def opened(otpd, attempt):
    """How often a file is opened or a folder read for one attempt."""
    return sum(calls(otpd, attempt).get(name, 0) for name in ("openat", "getdents64"))


def syncs(otpd, attempt):
    """System calls that write, of one attempt."""
    made = calls(otpd, attempt)
    return {name: made.get(name, 0) for name in ("fdatasync", "fsync", "pwrite64")}


def calls(otpd, attempt):
    """How often which system call is made for one attempt."""
    strace = subprocess.Popen(["strace", "-f", "-p", str(otpd.process.pid), "-o", otpd.root / "trace",
                               "-e", "trace=fdatasync,fsync,pwrite64,sendto,sendmsg,write,openat,getdents64"],
                              stderr=subprocess.PIPE, text=True)
    strace.stderr.readline()
    attempt()
    strace.terminate()
    strace.wait()
    return collections.Counter(line.split()[1].split("(")[0] for line in (otpd.root / "trace").read_text().splitlines()
                               if "(" in line and "---" not in line)


POLICY = "zone lgwan {\n\tcode optional\n}\n"  # with one the status has room for other troubles


def what_an_administrator_does_reads_nobody_elses_file():
    """However many there are: as many calls with 300 people as with one."""
    costs = []
    for n_others in (1, 300):
        with daemon() as (otpd, _):
            otpd.policy.write_text(POLICY)
            assert otpd.bring(many(2)) == "ACCEPTED"
            otpd.kill()
            for number in range(n_others):
                file = otpd.state / f"{number:032x}"
                file.write_bytes(bytes(12288))
                file.chmod(0o600)
            otpd.start()
            phone = otpd.begin("sato")
            acts = {"enroll": lambda: otpd.begin("suzuki"), "confirm": lambda: otpd.confirm("sato", phone.code(-1)),
                    "assign": lambda: otpd.assign("HW00000", "suzuki"), "import": lambda: otpd.bring(many(1, 9)),
                    "resync": lambda: otpd.resync("sato", phone.code(1), phone.code(2)),
                    "revoke": lambda: otpd.revoke("sato")}
            costs.append({name: opened(otpd, act) for name, act in acts.items()})
            assert otpd.status()["detail"].startswith(str(n_others)), "they are still counted"
    assert costs[0] == costs[1] and all(0 < cost < 20 for cost in costs[0].values()), costs


def the_count_follows_every_change():
    with daemon() as (otpd, _):
        def counted():
            users = otpd.status()["users"]
            otpd.kill()
            otpd.start()
            assert otpd.status()["users"] == users, "a fresh count says something else"
            return users

        otpd.policy.write_text(POLICY)
        one, two = otpd.enroll("sato"), otpd.enroll("sato")
        otpd.enroll("suzuki")
        assert counted() == 2
        assert otpd.begin("ito") and counted() == 2, "pending"
        assert otpd.revoke("sato", one.token) == "ACCEPTED" and counted() == 2, "he has another"
        assert otpd.revoke("sato", two.token) == "ACCEPTED" and counted() == 1
        assert otpd.revoke("suzuki") == "ACCEPTED" and counted() == 0
        assert otpd.need() == "NONE"
        otpd.enroll("suzuki")
        assert counted() == 1 and otpd.need() == "REQUIRED"
        assert otpd.bring(many(2)) == "ACCEPTED" and otpd.assign("HW00001", "ito") == "ACCEPTED"
        assert otpd.assign("HW00001", "sato") == EEXIST, "pending with somebody"
        assert otpd.revoke("ito") == "ACCEPTED" and otpd.assign("HW00001", "sato") == "ACCEPTED", "free again"
        file = next(f for f in otpd.state.iterdir() if len(f.name) == 32)
        file.write_bytes(bytes(12288))
        otpd.kill()
        otpd.start()
        assert otpd.status()["detail"].startswith("1 damaged"), otpd.status()
        for name in ("sato", "suzuki", "ito"):
            otpd.enroll(name)
        assert not otpd.status()["detail"] and counted() == 3, otpd.status()


def who_asks_in_vain_costs_the_same():
    with daemon() as (otpd, log):
        otpd.policy.write_text("zone mynumber {\n\tcode required\n}\n")
        phone, locked = otpd.enroll("sato"), otpd.enroll("suzuki")
        for _ in range(5):
            otpd.result("suzuki", locked.wrong())
        otpd.enroll("ito")
        otpd.revoke("ito")
        results = {}
        for name in ("sato", "suzuki", "ito", "nobody-at-all"):
            n_events = len(log.events)
            results[name] = syncs(otpd, lambda: otpd.result(name, phone.wrong())), len(log.events) - n_events
        assert results["sato"] == ({"fdatasync": 1, "fsync": 0, "pwrite64": 1}, 1), results
        assert len({repr(result) for result in results.values()}) == 1, results


def flood(otpd):
    """How many of 400 questions get an answer."""
    answered = 0
    for _ in range(400):
        try:
            answered += bool(otpd.need())
        except ConnectionError:
            pass
    return answered


def a_flood_is_cut_off_and_nobody_else():
    with daemon() as (otpd, _):
        phone = otpd.enroll("sato")
        began = time.monotonic()
        answered = int(as_nobody(lambda: flood(otpd)))
        assert 128 <= answered <= 129 + 16 * (time.monotonic() - began), answered
        assert flood(otpd) == 400, "root"
        assert otpd.result("sato", phone.code()) == "ACCEPTED"


def attempts_in_flood(otpd):
    """The results of 60 logins of the asker himself."""
    results = collections.Counter()
    for _ in range(60):
        try:
            results[otpd.result("nobody", "000000")] += 1
        except ConnectionError:
            results["dropped"] += 1
    return dict(results)


def nobody_fills_the_log_with_his_own_attempts():
    with daemon() as (otpd, log):
        otpd.policy.write_text(POLICY)
        phone = otpd.enroll("nobody")
        n_events, began = len(log.events), time.monotonic()
        results = as_nobody(lambda: attempts_in_flood(otpd))
        most = 33 + (time.monotonic() - began) / 10
        assert 32 <= len(log.events) - n_events <= most and "'UNAVAILABLE': 2" in results, (results, len(log.events))
        assert otpd.unlock("nobody") == "ACCEPTED"
        assert as_nobody(lambda: otpd.prove("nobody", phone.code())) == "'UNAVAILABLE'", "another way to ask"
        assert otpd.result("nobody", phone.code()) == "ACCEPTED", "at the login, which root's process asks for"


TESTS = [
    every_kind_of_token_agrees_with_oathtool, several_tokens_of_one_person,
    drift_is_followed_a_step_at_a_time, two_codes_find_a_clock_again, resync_ends_the_wait,
    the_clock_is_suspected_by_several_and_told_once, hardware_tokens_are_imported_assigned_confirmed,
    one_secret_is_in_one_place_only, an_import_is_all_or_nothing, a_damaged_pool_assigns_nothing, a_state_of_another_version_is_refused,
    what_an_administrator_does_reads_nobody_elses_file, the_count_follows_every_change,
    nobody_fills_the_log_with_his_own_attempts, who_asks_in_vain_costs_the_same, a_flood_is_cut_off_and_nobody_else,
]


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP the daemon answers root alone about everybody")
        return 0
    return run_each(TESTS)


if __name__ == "__main__":
    sys.exit(main())
