# SPDX-License-Identifier: Apache-2.0
"""Media are looked at and mounted through the real units: confined, for one person, seen by everybody."""
from lab import checks, stages

# The two questions as sekishod asks them; answers are printed with repr().
ASK = r'''
import os, socket, struct, sys, time
def ask(path, message, fds=()):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.connect(path)
        socket.send_fds(s, [message], list(fds))
        return s.recv(4096)
def ask_and_stay(path, message):
    """As sekishod does: without the connection what is mounted cannot be written to any more."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(path)
    s.send(message)
    answer = s.recv(4096)
    place = text(struct.unpack_from("=8xi4xQ256s", answer)[2])
    if place and os.fork() == 0:
        os.setsid()
        for fd in range(3):
            os.dup2(os.open("/dev/null", os.O_RDWR), fd)
        while " %s " % place in open("/proc/mounts").read():
            time.sleep(0.1)
        os._exit(0)
    return answer
def text(field):
    return field.split(b"\0")[0].decode()
def seq(node):
    return int(open("/sys/block/%s/diskseq" % os.path.basename(node)).read())
def found(node):
    fd = os.open(node, os.O_RDONLY)
    answer = ask("/run/sekisho/sock/media", struct.pack("=BBHIQ", 3, 96, 0, 1, seq(node)), [fd])
    code, medium, n = struct.unpack_from("=8siI16xI", answer)[1:]
    return code, medium, [answer[40 + 368 * i:][:368] for i in range(n)]
def probe(node):
    code, medium, volumes = found(node)
    print((code, medium, [text(v[16:48]) for v in volumes]))
def mount(node, number, uid):
    volume = found(node)[2][number]
    answer = ask_and_stay("/run/sekisho/sock/mount", struct.pack("=BBHIQQIIB7x", 3, 98, 0, 1, seq(node), os.stat(node).st_rdev, uid, uid, 1) + volume + bytes(32))
    code, devnum, path, detail = struct.unpack_from("=8xi4xQ256s256s", answer)
    print((code, os.minor(devnum), text(path), text(detail)))
def unmount(node, path, emergency=0):
    answer = ask("/run/sekisho/sock/mount", struct.pack("=BBHIQB7x256s", 3, 99, 0, 1, os.stat(node).st_rdev, emergency, path.encode()))
    code, path, detail = struct.unpack_from("=8xi12x256s256s", answer)
    print((code, text(detail)))
'''
PLACE = '/run/media/sekisho/data'


def asked(vm, call):
    return vm.out(f"python3 -c 'exec(open(\"/root/ask.py\").read()); {call}'")


def made(vm, maker):
    vm.out('truncate -s 40M /root/image')
    vm.out(f'{maker} /root/image')
    return vm.out('losetup -f --show /root/image').strip()


def for_a_person(vm, maker, kind):
    disk = made(vm, maker)
    uid = vm.out('id -u alice').strip()
    minor = int(vm.out(f'stat -c %T {disk}').strip(), 16)
    checks.same(f'{kind} is found', asked(vm, f'probe("{disk}")').strip(), f"(0, 1, ['{kind}'])")
    checks.same(f'{kind} is mounted', asked(vm, f'mount("{disk}", 0, {uid})').strip(), f"(0, {minor}, '{PLACE}', '')")
    options = vm.out(f'findmnt -no OPTIONS {PLACE}')
    for option in ('nosuid', 'nodev', 'noexec'):
        checks.within('the options', options, option)
    vm.out(f'su alice -c "echo hello >{PLACE}/file && cat {PLACE}/file"')
    status, said = vm.sh(f'su bob -c "cat {PLACE}/file >/dev/null"')
    if kind in ('vfat', 'ntfs'):
        checks.true('nobody else may look', status != 0, said)
    if kind == 'ntfs':
        checks.same('it is served without a right', vm.out('ps -C ntfs-3g -o user:20=').strip(), 'sekisho-serve')
        checks.within('nor a capability', vm.out('cat /proc/$(pidof ntfs-3g)/status'), 'CapEff:\t0000000000000000')
        checks.within('in its own unit', vm.out('cat /proc/$(pidof ntfs-3g)/cgroup'), 'sekisho-serve@')
    vm.out(f'systemd-run --unit=user --uid=alice --working-directory={PLACE} sleep 600')
    checks.becomes('it is in use', lambda: 'sleep (' in asked(vm, f'unmount("{disk}", "{PLACE}")'), True)
    vm.out('systemctl stop user')
    checks.becomes('it is unmounted', lambda: asked(vm, f'unmount("{disk}", "{PLACE}")').strip(), "(0, '')")
    status, _ = vm.sh(f'test -e {PLACE}')
    checks.true('its directory has gone', status != 0)
    vm.out(f'losetup -d {disk}')


def served_although_nobody_answers(vm):
    disk = made(vm, 'mkntfs -F -Q -q -L data')
    asked(vm, f'mount("{disk}", 0, 0)')
    vm.out(f'echo hello >{PLACE}/file; kill -STOP $(pidof ntfs-3g)')
    vm.out('systemctl restart sekishod')
    checks.becomes('an agent that starts anew is held up by nothing', lambda: vm.sh('sekisho devices')[0], 0)
    checks.same('an emergency waits for nobody', asked(vm, f'unmount("{disk}", "{PLACE}", 1)').strip(), "(0, '')")
    vm.out('kill -CONT $(pidof ntfs-3g)')
    checks.becomes('it ends by itself', lambda: vm.sh('pidof ntfs-3g')[0], 1)
    checks.same('and has written', vm.out(f'ntfscat {disk} file').strip(), 'hello')
    vm.out(f'losetup -d {disk}')


def every_partition(vm):
    vm.out('truncate -s 64M /root/image')
    vm.out(r"printf 'label: gpt\nsize=20MiB\nsize=20MiB\n' | sfdisk -q /root/image")
    disk = vm.out('losetup -P -f --show /root/image && udevadm settle').strip()
    uid = vm.out('id -u alice').strip()
    for number, label in (1, 'ONE'), (2, 'TWO'):
        vm.out(f'mkfs.vfat -n {label} {disk}p{number}')
    checks.same('both are found', asked(vm, f'probe("{disk}")').strip(), "(0, 1, ['vfat', 'vfat'])")
    for number, label in (1, 'ONE'), (2, 'TWO'):
        place = f'/run/media/sekisho/{label}'
        checks.within('it is mounted', asked(vm, f'mount("{disk}", {number - 1}, {uid})'), place)
        checks.same('from its own node', vm.out(f'findmnt -no SOURCE {place}').strip(), f'{disk}p{number}')
        checks.becomes('and unmounted', lambda: asked(vm, f'unmount("{disk}p{number}", "{place}")').strip(), "(0, '')")
    vm.out(f'losetup -d {disk}')


def run(vm):
    stages.resume(vm, 'guarded')
    with open(vm.path('ask.py'), 'w', encoding='utf-8') as script:
        script.write(ASK)
    vm.put(vm.path('ask.py'), '/root/ask.py')
    for_a_person(vm, 'mkfs.vfat -n data', 'vfat')
    for_a_person(vm, 'mkfs.ext4 -q -F -L data', 'ext4')
    for_a_person(vm, 'mkntfs -F -Q -q -L data', 'ntfs')
    served_although_nobody_answers(vm)
    every_partition(vm)
    checks.becomes('no instance is left', lambda: vm.out('systemctl list-units --all --no-legend "sekisho-media@*" "sekisho-mount@*" "sekisho-serve@*"').strip(), '')
    status, said = vm.sh("""runuser -u alice -- python3 -c 'import socket; socket.socket(1, 5).connect("/run/sekisho/sock/media")'""")
    checks.true('nobody else may ask', status != 0 and 'Permission denied' in said, said)
