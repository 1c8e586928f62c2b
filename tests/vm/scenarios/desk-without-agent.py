# SPDX-License-Identifier: Apache-2.0
"""A help desk machine without a guard: sticks work there, no agent runs, and its digits let somebody in at a terminal."""
import re

from lab import auditlog, checks, installing, paths, people, stages, usb
from lab.machine import Machine

LONG = True
AGENT = 'systemctl is-active sekishod.socket sekishod.service || true'


def run(vm):
    stages.resume(vm, 'guarded')
    desk = Machine(vm.name + '-office')
    desk.wipe()
    try:
        stages.resume(desk, 'base')
        set_up(desk)
        has_no_guard(desk)
        answers(vm, desk)
        is_none_any_more(desk)
    finally:
        desk.stop()


def set_up(desk):
    # A desk needs nothing in its initial ramdisk, and packing one takes an emulated processor minutes.
    desk.out("sed -i 's/^update_initramfs=.*/update_initramfs=no/' /etc/initramfs-tools/update-initramfs.conf")
    installing.install(desk, paths.package())
    talk = people.console(desk, 'root')
    for user in 'alice', 'bob':
        desk.out(f'usermod -aG sekisho-admin {user}')
        desk.tokens[user] = installing.enrol(desk, talk, user)
    people.leave(talk)
    code = desk.tokens['alice'].fresh_code(desk)
    checks.within('set-up', desk.out(f"printf '{code}\\n' | sekisho setup --desk --admin alice"), 'no guard')


def has_no_guard(desk):
    checks.same('the agent', desk.out(AGENT), 'inactive\ninactive')
    desk.sh('systemctl start sekishod.socket sekishod.service; systemctl restart sekishod')
    checks.same('started by hand', desk.out(AGENT), 'inactive\ninactive')
    status, text = desk.sh('sekisho status')
    checks.true('status', status == 0 and 'help desk machine, NO GUARD' in text and 'OPEN' not in text, text)
    checks.true('doctor calls it weak', 'help desk machine' in desk.sh('sekisho doctor')[1])
    checks.same('PAM', desk.sh('grep -l sekisho /etc/pam.d/*')[1], '')
    usb.stick(desk)
    checks.becomes('a stick works', lambda: '/dev/sda' in usb.nodes(desk), True)
    people.leave(people.console(desk, 'bob'))


def answers(vm, desk):
    key = desk.out('sekisho token desk')
    escrow = vm.out(f"sekisho token escrow --to '{key}'")
    desk.out(f"printf '%s\\n' '{escrow}' >/root/terminal.escrow")
    until = desk.out("[ $(date +%H) = 23 ] && echo 23:59 || date -d '1 hour' +%H:%M").strip()
    terminal, number = people.number_shown(vm, 'carol')
    alice, bob = (desk.tokens[name].fresh_code(desk) for name in ('alice', 'bob'))
    made = desk.out(f"printf '{number}\\n{alice}\\n{bob}\\n' | sekisho token temporary carol --until {until} "
                    '--escrow /root/terminal.escrow --issuer alice --approver bob')
    talk = people.console(vm, 'carol', re.search(r'\d{4} \d{4} \d{4} \d{4}', made)[0])
    checks.within('who is in', talk.ask('id -un'), 'carol')
    people.leave(talk)
    issued, used = auditlog.events(desk, 'code.issue')[-1], auditlog.events(vm, 'code.temporary')[-1]
    checks.same('one number in both logs', (issued['ticket'], used['ticket']), (number, number))
    checks.same('who, and where', (issued['signer'], issued['terminal'], used['user']), ('alice bob', terminal, 'carol'))
    checks.same('no agent took part', auditlog.events(desk, 'agent.')[-1]['type'], 'agent.stop')
    for machine in vm, desk:
        checks.within('the log verifies', machine.out('sekisho log verify'), 'OK')


def is_none_any_more(desk):
    desk.out('sekisho setup --remove')
    checks.same('the agent', desk.out(AGENT), 'active\nactive')
    checks.within('status', desk.sh('sekisho status')[1], 'NOT SET UP')
