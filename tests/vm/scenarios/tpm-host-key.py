# SPDX-License-Identifier: Apache-2.0
"""A TPM seals the host key and no measurement matters; with another TPM envelopes alone let in, until the backup is back."""
import re

from lab import auditlog, checks, people, stages, tpm

LONG = True
CREDENTIAL = '/var/lib/sekisho/host-key.cred'
OTHER_HALF = '/var/lib/systemd/credential.secret'
LOOK_AGAIN = 'rm -rf /run/sekisho/host-key; systemctl restart sekisho-host-key sekisho-otpd'
BY_TPM, IN_VAIN = "sealed by this terminal's TPM", 'NOT protected by a TPM, though there is one'


def key_line(vm):
    return re.search(r'^(\S+) +key +(.*)$', vm.sh('sekisho status')[1], re.M).groups()


def logs_in(vm, user):
    people.leave(people.console(vm, user, vm.tokens[user].fresh_code(vm)))


def run(vm):
    boot = stages.ready('installed').boot()
    boot.disk = stages.overlay(boot.disk, vm.path('disk.qcow2'))
    boot.initrd = tpm.room(vm, boot.initrd)
    envelope = sealed(vm, boot)
    measured(vm, boot)
    replaced(vm, boot, envelope)


def start(vm, boot):
    stages.cold(vm, 'installed', *tpm.plug(vm), boot=boot)


def sealed(vm, boot):
    """A terminal that was set up without a TPM, and one that is set up with it; returns an envelope's code."""
    start(vm, boot)
    checks.same('what is said before', key_line(vm)[0], 'warning')
    checks.within('and why', key_line(vm)[1], IN_VAIN)
    logs_in(vm, 'alice')
    checks.true('without its libraries the TPM is of no use', vm.sh('sekisho key reseal')[0] != 0)
    tpm.libraries(vm)
    vm.out(f'mv {CREDENTIAL} /root/before; {LOOK_AGAIN}')
    checks.same('a key made now', key_line(vm), ('ok', BY_TPM))
    vm.out(f'mv /root/before {CREDENTIAL}; {LOOK_AGAIN}')
    vm.out('sekisho key reseal')
    checks.same('the key from before', key_line(vm), ('ok', BY_TPM))
    vm.out('cd /root && sekisho key generate suzuki && '
           'sekisho key backup --to "$(sekisho key show suzuki.key | head -n1)" > T.backup')
    code = vm.tokens['alice'].fresh_code(vm)
    printed = vm.out(f'printf "{code}\\n" | sekisho token envelope --count 1 --admin alice')
    checks.same('the log has it', auditlog.events(vm, 'token.restore')[-1]['action'], 'reseal')
    vm.power_off()
    return re.search(r'\b\w{4}(-\w{4}){3}\b', printed)[0]


def measured(vm, boot):
    """Another kernel, boot loader or firmware says so to the TPM; codes work on."""
    start(vm, boot)
    logs_in(vm, 'alice')
    before = vm.out('cat /sys/class/tpm/tpm0/pcr-sha256/{0,7,11}')
    vm.out(tpm.EXTEND)
    checks.true('the TPM has heard of it', vm.out('cat /sys/class/tpm/tpm0/pcr-sha256/{0,7,11}') != before)
    vm.out(LOOK_AGAIN)
    checks.same('the key', key_line(vm), ('ok', BY_TPM))
    logs_in(vm, 'bob')
    vm.sh(f'mv {OTHER_HALF} /root/half; {LOOK_AGAIN}')
    checks.within('without its half on the disk', vm.sh('sekisho status')[1], 'the host key does not open')
    vm.out(f'mv /root/half {OTHER_HALF}; systemctl start sekisho-host-key')     # as the system does by itself later
    checks.becomes('it is passed on', lambda: vm.sh('sekisho status | grep -c "users have a token"')[1].strip(), '1')
    logs_in(vm, 'bob')
    vm.power_off()


def replaced(vm, boot, envelope):
    """Another TPM: nothing but paper, then the backup."""
    tpm.replace(vm)
    start(vm, boot)
    checks.within('status', vm.sh('sekisho status')[1], 'the host key does not open on this terminal')
    checks.same('the code service runs', vm.out('systemctl is-active sekisho-otpd'), 'active')
    checks.refused('a code', people.console, vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    people.leave(people.console(vm, 'bob', envelope))
    vm.out('sekisho key restore /root/T.backup --key /root/suzuki.key && systemctl restart sekisho-otpd')
    checks.same('the key is back', key_line(vm), ('ok', BY_TPM))
    logs_in(vm, 'alice')
    checks.same('the log has it', auditlog.events(vm, 'token.restore')[-1]['action'], 'restore')
    checks.within('the log verifies', vm.out('sekisho log verify'), 'OK')
