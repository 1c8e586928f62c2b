# SPDX-License-Identifier: Apache-2.0
"""The graphical greeter asks for the password and for 認証コード, and lets in with both alone; its pictures are kept."""
from lab import auditlog, checks, screen, stages

GREETER = '''mkdir -p /usr/share/xsessions
printf '[Desktop Entry]\\nType=Application\\nName=lab\\nExec=sleep infinity\\n' >/usr/share/xsessions/lab.desktop
printf '[Seat:*]\\ngreeter-hide-users=true\\nuser-session=lab\\n' >/etc/lightdm/lightdm.conf
printf 'language ja\\nhelpdesk 1234\\n' >/etc/sekisho/terminal.conf
systemctl start lightdm'''


def run(vm):
    stages.cold(vm, 'guarded', *screen.DISPLAY)
    vm.out(GREETER, 120)
    alice = vm.tokens['alice']
    checks.becomes('the greeter', lambda: sessions(vm), ['lightdm'], timeout=120)
    screen.read_until(vm, 'LogIn')
    screen.type_line(vm, 'alice')
    password(vm, 'alice')
    screen.read_until(vm, '認証コード')         # the greeter never shows the first prompt, and each other
    screen.picture(vm, 'greeter.png')
    screen.type_line(vm, '000000')
    checks.becomes('the refusal', lambda: results(vm), ['wrong'], timeout=60)
    screen.read_until(vm, 'incorrect')          # the greeter says it in its own words, whatever PAM's are
    screen.picture(vm, 'refused.png')
    checks.same('who is in', sessions(vm), ['lightdm'])

    password(vm, 'alice')                       # the name stays
    screen.type_line(vm, alice.fresh_code(vm))
    checks.becomes('who is in', lambda: sessions(vm), ['alice'], timeout=120)
    entry = auditlog.events(vm, 'mfa.success')[-1]
    checks.same('the log', (entry['user'], entry['service']), ('alice', 'lightdm'))


def password(vm, word):
    """Type it when PAM has asked for it: then there is a process for this login beside the greeter's own."""
    checks.becomes('the login', lambda: vm.sh("pgrep -fc 'lightdm --session-child'")[1].strip(), '2', timeout=60)
    vm.out('sleep 3')
    screen.type_line(vm, word)
    vm.out('sleep 3')


def sessions(vm):
    return [line.split()[2] for line in vm.out('loginctl list-sessions --no-legend').splitlines() if 'seat0' in line]


def results(vm):
    return [entry['result'] for entry in auditlog.events(vm, 'mfa.fail')]
