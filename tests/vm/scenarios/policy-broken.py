# SPDX-License-Identifier: Apache-2.0
"""With a broken policy nothing opens, and `sekisho status` says file, line and column."""
import re

from lab import auditlog, checks, policy, stages, usb


def run(vm):
    stages.resume(vm, 'guarded')
    policy.append(vm, policy.RULE + 'rule broken sometimes {\n}\n')
    checks.becomes('the refusal is in the log', lambda: len(auditlog.events(vm, 'policy.reject')), 1)
    status, text = vm.sh('sekisho status')
    checks.true('status shows the place', re.search(re.escape(policy.FILE) + r':\d+:\d+', text), text)
    checks.same('its exit status', status, 1)
    usb.stick(vm, serial=policy.REGISTERED)
    usb.shut(vm, usb.STICK)
