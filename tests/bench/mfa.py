# SPDX-License-Identifier: Apache-2.0
"""One-time codes: sekisho beside Debian's pam_oath and pam_google_authenticator, all three without pam_unix."""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/support'))

import private_run      # noqa: E402 (needs the path above)
from otpd_client import Otpd, Phone, steady     # noqa: E402

BUILD = ROOT / 'build-bench'
PEERS = BUILD / 'peer'
TARGETS = ('otpd/sekisho-otpd', 'logd/sekisho-logd', 'pam_module/pam_sekisho.so', 'tests/support/pam_login')
SIZES = (10, 1000, 100000)
IN_LOGIN = ('pam_sm_authenticate', 'pam_sm_acct_mgmt')
# Callgrind knows no seccomp(2).  What a filter costs is the kernel's work, which it does not count either.
UNFILTERED = '''void *seccomp_init(int action) { static int context; (void)action; return &context; }
int seccomp_attr_set(void *context, int attribute, int value) { (void)context, (void)attribute, (void)value; return 0; }
int seccomp_rule_add(void *context, int action, int call, int count, ...) { (void)context, (void)action, (void)call, (void)count; return 0; }
int seccomp_load(void *context) { (void)context; return 0; }
void seccomp_release(void *context) { (void)context; }
'''
MODULES = '/usr/lib/x86_64-linux-gnu/security', '/lib/x86_64-linux-gnu/security'
LOGIN = BUILD / 'tests/support/pam_login'


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options).stdout


def callgrind(out, *functions):
    return ['env', f'LD_PRELOAD={BUILD / "unfiltered.so"}', 'valgrind', '-q', '--tool=callgrind', f'--callgrind-out-file={out}', *(f'--toggle-collect={f}' for f in functions)]


def instructions(out):
    return int(re.search(r'^summary: (\d+)', out.read_text(), re.M)[1])


def peer_module(name):
    return next(path for path in (PEERS / folder.lstrip('/') / name for folder in MODULES) if path.exists())


class Door:
    """A PAM service whose only question is the code."""

    def __init__(self, folder, *lines):
        self.folder, self.conf = folder, folder / 'pam'
        self.conf.mkdir(parents=True)
        (self.conf / 'login').write_text('\n'.join(lines) + '\naccount required pam_permit.so\n')

    def command(self, user, code):
        return [str(word) for word in (LOGIN, self.conf, 'login', user, code, code)]

    def enters(self, user, code):
        return subprocess.run(self.command(user, code), capture_output=True).returncode == 0

    def instructions(self, user, code):
        out = self.folder / 'login.callgrind'
        run(*callgrind(out, *IN_LOGIN), *self.command(user, code))
        return instructions(out)


class Sekisho(Door):
    name = 'sekisho'

    def __init__(self, folder):
        module = BUILD / 'pam_module/pam_sekisho.so'
        super().__init__(folder, f'auth [success=ignore ignore=ignore default=die] {module} collect', 'auth required pam_permit.so',
                         f'auth [success=ok ignore=ignore default=die] {module} verify')
        self.otpd, self.log = None, None

    def command(self, user, code):
        """Both are asked for, and a password that is the code is a locker's with one field."""
        return [str(word) for word in (LOGIN, self.conf, 'login', user, 'password', code)]

    def start(self, users, before=()):
        """BEFORE stands before the code service's command."""
        wrapper = self.folder / 'otpd'
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(map(str, before))} {BUILD / "otpd/sekisho-otpd"} "$@"\n')
        wrapper.chmod(0o755)
        self.otpd = self.otpd or Otpd(wrapper, self.folder, '/run/sekisho/sock/otp')
        (self.folder / 'audit').mkdir(mode=0o700)
        self.log = subprocess.Popen([sys.executable, ROOT / 'tests/support/listen-exec', self.folder / 'log', '--',
                                     BUILD / 'logd/sekisho-logd', '--state-dir', self.folder / 'audit', '--terminal-id', 'bench',
                                     '--daemon-uid', '0'],
                                    stderr=open(self.folder / 'log-journal', 'wb'))
        self.users = users
        while not (self.folder / 'log').exists():
            time.sleep(0.02)
        self.otpd.start()

    def fill(self):
        """So many files of users are there from the next start on."""
        self.otpd.stop()
        for number in range(self.users):
            with open(self.otpd.state / f'{number:032x}', 'wb') as file:
                file.truncate(12288)
        self.otpd.start()

    def stop(self):
        self.otpd.stop()
        self.log.terminate()
        self.log.wait()

    def enroll(self, user):
        return self.otpd.enroll(user)


class Peer(Door):
    def start(self, users, before=()):
        self.users = users

    def stop(self):
        pass

    def fill(self):
        pass


class Oath(Peer):
    name = 'pam_oath'

    def __init__(self, folder):
        super().__init__(folder, f'auth required {peer_module("pam_oath.so")} usersfile={folder}/users digits=6 window=3')

    def enroll(self, user):
        phone = Phone(os.urandom(20))
        file = self.folder / 'users'
        known = file.read_text() if file.exists() else ''.join(f'HOTP/T30/6 user{n} - {os.urandom(20).hex()}\n' for n in range(self.users))
        file.write_text(known + f'HOTP/T30/6 {user} - {phone.key.hex()}\n')
        file.chmod(0o600)
        return phone


class Google(Peer):
    name = 'pam_google_authenticator'

    def __init__(self, folder):
        super().__init__(folder, f'auth required {peer_module("pam_google_authenticator.so")} secret={folder}/${{USER}} user=root')

    def enroll(self, user):
        phone = Phone('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP')
        file = self.folder / user
        file.write_text('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n" WINDOW_SIZE 3\n" DISALLOW_REUSE\n" TOTP_AUTH\n')
        file.chmod(0o400)
        return phone


DOORS = Sekisho, Oath, Google


@contextlib.contextmanager
def open_door(kind, users=0, before=()):
    with tempfile.TemporaryDirectory(prefix='sekisho-bench-') as folder:
        door = kind(pathlib.Path(folder))
        door.start(users, before)
        try:
            yield door
        finally:
            door.stop()


def login_instructions(kind, users):
    """Of one login with a right code, in the login's own process."""
    with open_door(kind, users) as door:
        phone = door.enroll('root')
        door.fill()
        steady(10)
        return door.instructions('root', phone.code())


def spent(kind, users, attempts):
    """By the code service in its decisions, for what prepares KIND and so many attempts."""
    with tempfile.TemporaryDirectory(prefix='sekisho-bench-') as folder:
        out = pathlib.Path(folder) / 'callgrind'
        with open_door(Sekisho, users, callgrind(out, 'verify_login')) as door:
            attempt = ATTEMPTS[kind](door.otpd)
            if users > 10:
                door.fill()
            steady(25)
            for number in range(attempts):
                attempt(number)
        return instructions(out)


def service_instructions(kind, users=10):
    """Of the code service for one attempt."""
    few, many = 2, 10
    return (spent(kind, users, many) - spent(kind, users, few)) / (many - few)


def attempt_accepted(otpd):
    phones = [otpd.enroll(f'user{n}') for n in range(10)]
    return lambda n: check(otpd.result(f'user{n}', phones[n].code(1)), 'ACCEPTED')


def attempt_wrong(otpd):
    phones = [otpd.enroll(f'user{n}') for n in range(10)]
    return lambda n: check(otpd.result(f'user{n}', phones[n].wrong()), 'WRONG')


def attempt_nonexistent(otpd):
    otpd.enroll('sato')
    return lambda n: check(otpd.result('nobody', '000000'), 'NOT_ENROLLED')


def attempt_not_enrolled(otpd):
    otpd.enroll('sato')
    check(otpd.revoke('sato'), 'ACCEPTED')
    otpd.enroll('suzuki')
    return lambda n: check(otpd.result('sato', '000000'), 'NOT_ENROLLED')


def attempt_locked(otpd):
    wrong = otpd.enroll('sato').wrong()
    for _ in range(5):
        otpd.result('sato', wrong)
    return lambda n: check(otpd.result('sato', wrong), 'LOCKED')


ATTEMPTS = {'accepted': attempt_accepted, 'wrong': attempt_wrong, 'nonexistent': attempt_nonexistent,
            'not-enrolled': attempt_not_enrolled, 'locked': attempt_locked}


def check(found, wanted):
    if found != wanted:
        raise AssertionError(f'wanted {wanted}, found {found}')


def syncs():
    """Of the code service and of the log, for one login."""
    with open_door(Sekisho) as door:
        phone = door.enroll('root')
        traces = [door.folder / 'otpd.strace', door.folder / 'logd.strace']
        tracers = [subprocess.Popen(['strace', '-f', '-q', '-e', 'trace=fsync,fdatasync', '-o', trace, '-p', str(pid)])
                   for trace, pid in zip(traces, (door.otpd.process.pid, door.log.pid))]
        time.sleep(1)
        assert door.enters('root', phone.code(1))
        for tracer in tracers:
            tracer.terminate()
            tracer.wait()
        return [len(re.findall(r'sync\(', trace.read_text())) for trace in traces]


def at_once(kind, users, one_code):
    """How many of so many logins at once get in: all with one code of one user, or each with his own."""
    with open_door(kind) as door:
        names = ['root'] if one_code else [f'user{n}' for n in range(users)]
        phones = {name: door.enroll(name) for name in names}
        steady(10)
        codes = [(name, phones[name].code()) for name in (names * users)[:users]]
        with concurrent.futures.ThreadPoolExecutor(users) as pool:
            return sum(pool.map(lambda pair: door.enters(*pair), codes))


def login_ms(kind, rounds):
    """A whole login as it is felt, wrong code, so that any number can follow."""
    with open_door(kind) as door:
        phone = door.enroll('root')
        times = []
        for _ in range(rounds):
            began = time.monotonic()
            door.enters('root', phone.wrong())
            times.append(1000 * (time.monotonic() - began))
            if kind is Sekisho:
                door.otpd.unlock('root')
        return statistics.median(times)


def prepare():
    run('ninja', '-C', BUILD, *TARGETS)
    run('gcc', '-shared', '-fPIC', '-x', 'c', '-', '-o', BUILD / 'unfiltered.so', input=UNFILTERED)
    for package in 'libpam-oath', 'libpam-google-authenticator':
        if not list(PEERS.glob(f'{package}_*.deb')):
            PEERS.mkdir(parents=True, exist_ok=True)
            run('apt-get', '-qq', '-o', 'APT::Sandbox::User=root', 'download', package, cwd=PEERS)
            run('dpkg', '-x', next(PEERS.glob(f'{package}_*.deb')), PEERS)


def enter():
    """Begin this program again where the product's fixed paths are its own."""
    private_run.enter()


def measure(rounds):
    """(metric, ours, pam_oath's, unit, pam_google_authenticator's), and what has no peer: (metric, ours, unit)."""
    prepare()
    figures = [(f'login-instructions-{users}', *triple[:2], 'Ir', triple[2])
               for users in SIZES for triple in [[login_instructions(kind, users) for kind in DOORS]]]
    figures += [(f'login-{name}', *triple[:2], unit, triple[2]) for name, unit, triple in (
        ('wall', 'ms', [login_ms(kind, rounds) for kind in DOORS]),
        ('one-code-32-times', 'in', [at_once(kind, 32, True) for kind in DOORS]),
        ('16-people', 'in', [at_once(kind, 16, False) for kind in DOORS]))]
    alone = [(f'service-instructions-{kind}', service_instructions(kind), 'Ir') for kind in ATTEMPTS]
    alone += [(f'service-instructions-accepted-{users}', service_instructions('accepted', users), 'Ir') for users in SIZES[1:]]
    alone += [(f'syncs-{part}', count, '') for part, count in zip(('otpd', 'logd'), syncs())]
    return figures, alone
