# SPDX-License-Identifier: Apache-2.0
"""A TPM seals the host key and no measurement matters; with another TPM envelopes alone let in, until the backup is back."""
import re

from lab import auditlog, checks, people, stages, tpm

LONG = SOAK = True
CREDENTIAL = '/var/lib/sekisho/host-key.cred'
LOOK_AGAIN = 'rm -rf /run/sekisho/host-key; systemctl restart sekisho-host-key sekisho-otpd'
BY_TPM, IN_VAIN = "sealed by this terminal's TPM", 'NOT protected by a TPM, though there is one'
PCRS = 'cd /sys/class/tpm/tpm0/pcr-sha256 && cat 0 7 11'


def run(vm):
    boot = stages.ready('installed').boot()
    boot.disk = stages.overlay(boot.disk, vm.path('disk.qcow2'))
    ramdisk = tpm.make_room(vm, boot)

    stages.cold(vm, 'installed', *ramdisk, *tpm.plug(vm), boot=boot)
    envelope = sealed(vm)
    vm.power_off()
    stages.cold(vm, 'installed', *ramdisk, *tpm.plug(vm), boot=boot)
    measured(vm)
    vm.power_off()
    tpm.replace(vm)
    stages.cold(vm, 'installed', *ramdisk, *tpm.plug(vm), boot=boot)
    replaced(vm, envelope)


def key_line(vm):
    line = re.search(r'^(\S+) +key +(.*)$', vm.sh('sekisho status')[1], re.M)
    return line.groups() if line else ('unknown', '')


def logs_in(vm, user):
    people.leave(people.console(vm, user, vm.tokens[user].fresh_code(vm)))


def sealed(vm):
    """A terminal that was set up without a TPM, and one that is set up with it; returns an envelope's code."""
    state, why = key_line(vm)
    checks.same('what is said before', state, 'warning')
    checks.within('and why', why, IN_VAIN)
    checks.true('without its libraries the TPM is of no use', vm.sh('sekisho key reseal')[0] != 0)
    tpm.libraries(vm)
    vm.out(f'mv {CREDENTIAL} /root/before; {LOOK_AGAIN}')
    checks.same('a key made now', key_line(vm), ('ok', BY_TPM))
    vm.out(f'mv /root/before {CREDENTIAL}; {LOOK_AGAIN}; sekisho key reseal')
    checks.same('the key from before', key_line(vm), ('ok', BY_TPM))
    checks.same('the log has it', auditlog.events(vm, 'token.restore')[-1]['action'], 'reseal')
    vm.out('cd /root && sekisho key generate suzuki && '
           'sekisho key backup --to "$(sekisho key show suzuki.key | head -n1)" > T.backup')
    code = vm.tokens['alice'].fresh_code(vm)
    printed = vm.out(f"printf '{code}\\n' | sekisho token envelope --count 1 --admin alice")
    return re.search(r'^ +(\S{4}-\S{4}-\S{4}-\S{4})$', printed, re.M)[1]


def measured(vm):
    """The same TPM after a start; then it hears of another kernel, boot loader and firmware."""
    logs_in(vm, 'alice')
    before = vm.out(PCRS)
    vm.out(tpm.EXTEND)
    checks.true('the TPM has heard of it', vm.out(PCRS) != before)
    vm.out(LOOK_AGAIN)
    checks.same('the key', key_line(vm), ('ok', BY_TPM))
    logs_in(vm, 'bob')


def replaced(vm, envelope):
    """Another TPM: nothing but paper, then the backup."""
    checks.within('status', vm.sh('sekisho status')[1], 'the host key does not open on this terminal')
    checks.within('the journal', vm.sh('journalctl -b -u sekisho-host-key')[1], 'another TPM')
    checks.refused('a code', people.console, vm, 'alice', vm.tokens['alice'].fresh_code(vm))
    people.leave(people.console(vm, 'bob', envelope))
    vm.out('sekisho key restore /root/T.backup --key /root/suzuki.key && systemctl restart sekisho-otpd')
    checks.same('the key is back', key_line(vm), ('ok', BY_TPM))
    logs_in(vm, 'alice')
    checks.same('the log has it', auditlog.events(vm, 'token.restore')[-1]['action'], 'restore')
    checks.within('the log verifies', vm.out('sekisho log verify'), 'OK')
