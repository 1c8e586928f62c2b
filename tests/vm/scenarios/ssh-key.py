# SPDX-License-Identifier: Apache-2.0
"""A key never suffices for sshd: with password and code it does; an sshd that takes it alone is refused by the account line."""
import subprocess

from lab import checks, people, stages

ONLY_THE_KEY = """sed -i 's/^AuthenticationMethods.*/AuthenticationMethods publickey/' /etc/ssh/sshd_config.d/10-sekisho.conf
systemctl restart ssh"""


def run(vm):
    stages.resume(vm, 'guarded')
    alice, key = vm.tokens['alice'], vm.path('key')
    subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key], check=True)
    vm.put(key + '.pub', '/root/key.pub')
    vm.out('install -d -m 700 -o alice ~alice/.ssh; install -m 600 -o alice /root/key.pub ~alice/.ssh/authorized_keys')

    people.leave(people.ssh(vm, 'alice', alice.fresh_code(vm), key=key))
    checks.refused('the key, and a used code', people.ssh, vm, 'alice', code=alice.last_code(), key=key)
    checks.refused('the key, and no password', people.ssh, vm, 'alice', code=alice.fresh_code(vm), password='wrong', key=key)

    vm.out(ONLY_THE_KEY)
    checks.refused('the key alone', people.ssh, vm, 'alice', key=key)
    checks.within('why', vm.out('journalctl -t sshd --since -2min'), 'nobody was asked for a code')
    vm.out('rm /etc/ssh/sshd_config.d/10-sekisho.conf; systemctl restart ssh')
    checks.refused("the key alone with sshd's own settings", people.ssh, vm, 'alice', key=key)
    people.leave(people.console(vm, 'alice', alice.fresh_code(vm)))
