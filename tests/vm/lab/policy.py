# SPDX-License-Identifier: Apache-2.0
"""The terminal's policy, as an administrator brings it there."""
from . import office

FILE = '/etc/sekisho/sekisho.policy'
REGISTERED = 'TAX0001'          # the serial number of the stick the rule below is for
RULE = f'''rule tax-stick read-only {{
    usb 46f4:0001
    serial {REGISTERED}
    only storage
    reason "tax office, ledger T-0123"
}}
'''


def install(vm, rules=RULE, version=1):
    """Sign these rules and put them in force."""
    vm.out(f'sekisho policy install {office.policy(vm, version, rules)}')
