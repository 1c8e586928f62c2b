# SPDX-License-Identifier: Apache-2.0
"""With only one of the two PAM profiles on, a password alone gets nobody in."""
from lab import checks, people, stages

PROFILES = ('sekisho-collect', 'sekisho-verify')


def run(vm):
    stages.resume(vm, 'guarded')
    for alone in PROFILES:
        vm.out(f'pam-auth-update --disable {" ".join(set(PROFILES) - {alone})}; pam-auth-update --enable {alone}')
        checks.within('the stack', vm.out('cat /etc/pam.d/common-auth /etc/pam.d/common-account'), 'pam_sekisho.so')
        checks.refused(f'the console with {alone} alone', people.console, vm, 'alice', code='000000')
        checks.refused(f'ssh with {alone} alone', people.ssh, vm, 'alice', code='000000')
        vm.out(f'pam-auth-update --enable {" ".join(PROFILES)}')
    people.leave(people.console(vm, 'alice', vm.tokens['alice'].fresh_code(vm)))
