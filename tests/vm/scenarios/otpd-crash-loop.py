# SPDX-License-Identifier: Apache-2.0
"""The code service is killed 50 times; then a login works."""
from lab import people, stages

CRASHES = '''for i in $(seq 50); do
  for try in $(seq 100); do pid=$(pgrep -x sekisho-otpd) && break; sleep 0.1; done
  kill -KILL $pid || exit 1
  while kill -0 $pid 2>/dev/null; do sleep 0.05; done
done'''


def run(vm):
    stages.resume(vm, 'guarded')
    vm.out('systemctl start sekisho-otpd')
    vm.out(CRASHES, 200)
    people.leave(people.console(vm, 'alice', vm.tokens['alice'].fresh_code(vm)))
