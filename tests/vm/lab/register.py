# SPDX-License-Identifier: Apache-2.0
"""The register of media, as the office signs it, and people who ask for permits."""
import re

from . import checks, office

APPROVERS = {'tax': 'bob', 'welfare': 'carol'}


def enrol(vm, zone='mynumber'):
    """Another order, by which suzuki signs registers and permits as well."""
    vm.out(f"sekisho order install {office.order(vm, 2, zone, rights='policy order register permit')}")


def medium(number, serial, encryption='luks2', section='tax'):
    return (f'medium {number} {{\n    kind usb-stick\n    usb 46f4:0001\n    serial {serial}\n    section {section}\n'
            f'    zone mynumber\n    classification 3A 2 2\n    encryption {encryption}\n}}\n')


def install(vm, media, version=1, events=''):
    """Sign these and put them in force."""
    sections = ''.join(f'section {name} {{\n    approver {who}\n}}\n' for name, who in APPROVERS.items())
    office.write(vm, 'city.register', f'register city {{\n    version {version}\n    expires 2099-03-31\n}}\n'
                 f'{sections}{"".join(media)}{events}')
    vm.out(f'cd {office.FOLDER} && rm -f city.register.signed && sekisho media sign city.register --key suzuki.key && '
           'sekisho media install city.register.signed')


def as_(vm, user, command, typed=''):
    """(exit status, what was printed) of somebody's command."""
    return vm.sh(f"printf '{typed}' | runuser -u {user} -- {command} 2>&1", timeout=100)


def moment(vm, minutes):
    """So many minutes from now, as people write it."""
    return vm.out(f"date -d '{minutes} minutes' +%Y-%m-%dT%H:%M").strip()


def ask(vm, number, begin=0, end=120, user='alice', more='--write'):
    """Ask for a permit; returns its number."""
    status, said = as_(vm, user, f'sekisho permit request --purpose tax --classification 3A --medium {number} '
                       f'--from {moment(vm, begin)} --until {moment(vm, end)} {more}')
    checks.same(f'asked for: {said}', status, 0)
    return re.search(r'Permit (\S+)', said)[1]


def approve(vm, permit, approver='bob', user='alice', code=None):
    """(exit status, what was printed)."""
    return as_(vm, user, f'sekisho permit approve {permit} --approver {approver}',
               f'{code or vm.tokens[approver].fresh_code(vm)}\\n')
