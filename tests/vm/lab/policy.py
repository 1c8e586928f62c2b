# SPDX-License-Identifier: Apache-2.0
"""The terminal's policy, as an administrator edits it."""
import base64

FILE = '/etc/sekisho/sekisho.policy'
REGISTERED = 'TAX0001'          # the serial number of the stick the rule below is for
RULE = f'''rule tax-stick read-only {{
	usb 46f4:0001
	serial {REGISTERED}
	only storage
}}
'''


def append(vm, text):
    vm.out(f'echo {base64.b64encode(text.encode()).decode()} | base64 -d >>{FILE}; systemctl reload sekishod')
