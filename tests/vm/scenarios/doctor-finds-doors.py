# SPDX-License-Identifier: Apache-2.0
"""sekisho doctor finds no open door on a guarded terminal, and each of those that are then broken into it."""
import json

from lab import checks, people, stages

PROFILES = ('sekisho-collect', 'sekisho-verify')
# What opens a door, how to shut it again, and what must be said of it.
DOORS = (
    ("sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/sudo", "sed -i 1d /etc/pam.d/sudo", 'pam.nothing-asked'),
    ("echo 'alice ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/lab", 'rm /etc/sudoers.d/lab', 'sudo.nopasswd'),
    ("printf 'UsePAM no\\nAuthenticationMethods publickey\\n' > /etc/ssh/sshd_config.d/00-lab.conf",
     'rm /etc/ssh/sshd_config.d/00-lab.conf', 'sshd.no-code'),
    ("mkdir -p /etc/systemd/system/getty@tty1.service.d && printf '[Service]\\nExecStart=\\nExecStart=-/sbin/agetty"
     " -a alice tty1\\n' > /etc/systemd/system/getty@tty1.service.d/lab.conf",
     'rm -r /etc/systemd/system/getty@tty1.service.d', 'getty.autologin'),
)


def examine(vm):
    status, text = vm.sh('sekisho doctor --json')
    return status, json.loads(text)


def of_kind(report, severity, area=''):
    return {f['id'] for f in report['findings'] if f['severity'] == severity and f['id'].startswith(area)}


def run(vm):
    stages.resume(vm, 'guarded')
    _, before = examine(vm)
    checks.same('open doors in PAM', of_kind(before, 'open', 'pam'), set())
    checks.same('what could not be checked', of_kind(before, 'unchecked'), set())
    known = of_kind(before, 'open')
    for opens, shuts, says in DOORS:
        vm.out(opens)
        status, report = examine(vm)
        checks.same(f'the exit status with {says}', status, 1)
        checks.same(f'found after {opens}', of_kind(report, 'open') - known, {says})
        checks.within('status', vm.sh('sekisho status')[1], 'sekisho doctor lists them')
        vm.out(shuts)
        checks.same(f'found after {shuts}', of_kind(examine(vm)[1], 'open'), known)
    vm.out(f'pam-auth-update --disable {PROFILES[1]}')
    checks.true('half a stack is told', of_kind(examine(vm)[1], 'open', 'pam') | of_kind(examine(vm)[1], 'weak', 'pam'))
    vm.out(f'pam-auth-update --disable {PROFILES[0]}')
    checks.same('without the profiles', of_kind(examine(vm)[1], 'open', 'pam'), {'pam.not-set-up'})
    vm.out(f'pam-auth-update --enable {" ".join(PROFILES)}')
    people.leave(people.console(vm, 'alice', vm.tokens['alice'].fresh_code(vm)))
