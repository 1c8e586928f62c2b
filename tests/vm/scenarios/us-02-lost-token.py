# SPDX-License-Identifier: Apache-2.0
"""US-02: Monday, the token is at home: from the call to the login in three steps, with a stopwatch."""
import re
import time

from lab import auditlog, checks, people, stages


def run(vm):
    stages.resume(vm, 'guarded')
    vm.out('usermod -aG sekisho-admin alice && usermod -aG sekisho-admin bob')
    # Once, long before: the terminal gives its key to the desk, which is this machine as well.
    vm.out('sekisho token escrow --to "$(sekisho token desk)" > /root/desk.escrow')
    until = vm.out("[ $(date +%H) = 23 ] && echo 23:59 || date -d '1 hour' +%H:%M").strip()

    began = time.monotonic()
    terminal, number = people.number_shown(vm, 'carol')                                                   # 1, and she calls
    alice, bob = (vm.tokens[name].fresh_code(vm) for name in ('alice', 'bob'))
    made = vm.out(f"printf '{number}\\n{alice}\\n{bob}\\n' | sekisho token temporary carol --until {until} "
                  '--escrow /root/desk.escrow --issuer alice --approver bob')             # 2, and it is read to her
    code = re.search(r'\d{4} \d{4} \d{4} \d{4}', made)[0]
    talk = people.console(vm, 'carol', code)                                              # 3
    took = time.monotonic() - began
    print(f'us-02: from the call to the login 3 steps, {took:.0f} s')
    checks.within('who is in', talk.ask('id -un'), 'carol')
    people.leave(talk)

    checks.refused('the same digits again', people.console, vm, 'carol', code=code)
    checks.refused("somebody else's", people.console, vm, 'bob', code=code)
    issued, used = (auditlog.events(vm, kind)[-1] for kind in ('code.issue', 'code.temporary'))
    checks.same('one number on both sides', (issued['ticket'], used['ticket']), (number, number))
    checks.same('who issued it, and where it was used', (issued['signer'], issued['terminal'], used['user']),
                ('alice bob', terminal, 'carol'))
    checks.within('the log verifies', vm.out('sekisho log verify'), 'OK')
