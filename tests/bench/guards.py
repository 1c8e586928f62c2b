# SPDX-License-Identifier: Apache-2.0
"""Three terminals made from one saved Debian: with sekisho, with USBGuard, with neither."""
import pathlib
import re
import subprocess

from lab import office, stages, usb
from lab.machine import Machine

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEBS = ROOT / 'build-bench/peer-debs'


class Unguarded:
    name, daemon, unit, others = 'unguarded', None, None, ()

    def __init__(self):
        self.vm = Machine(f'bench-{self.name}')

    def begin(self):
        self.vm.wipe()
        stages.resume(self.vm, 'base')

    def load(self, count):
        """Put so many rules in force, of which none names what is plugged here."""

    def put(self, text, target):
        file = pathlib.Path(self.vm.path('rules'))
        file.write_text(text, encoding='ascii')
        self.vm.put(file, target)


class Guard(Unguarded):
    """One with a daemon."""

    def start(self):
        """Start the daemon anew: seconds until systemd has it started, until all devices are decided; its CPU."""
        times = self.vm.out(f'''systemctl stop {self.stops}; systemctl reset-failed; sync; sleep 2
before=$({self.decided}); n=$(ls -d /sys/bus/usb/devices/[0-9]*-[0-9]*[0-9] | grep -vc :)
a=$(date +%s%N); systemctl start {self.unit} || exit 1; b=$(date +%s%N)
until [ $(($({self.decided}) - before)) -ge $n ]; do sleep 0.05; done
c=$(date +%s%N); echo $((b-a)) $((c-a)) $(systemctl show -P CPUUsageNSec {self.unit})''', 300)
        return [int(word) / 1e9 for word in times.split()[-3:]]

    def memory(self, daemon=None):
        """Proportional share of memory, kB."""
        text = self.vm.out(f'cat /proc/$(pidof {daemon or self.daemon})/smaps_rollup')
        return int(re.search(r'^Pss:\s+(\d+) kB', text, re.M)[1])

    def switches(self, daemon=None):
        """How often its threads have given up the processor or lost it."""
        return int(self.vm.out(f"cat /proc/$(pidof {daemon or self.daemon})/task/*/status | "
                               "awk '/ctxt_switches/ { n += $2 } END { print n }'"))


class Sekisho(Guard):
    name, daemon, unit, stops = 'sekisho', 'sekishod', 'sekishod.service', 'sekishod.socket sekishod.service'
    others = ('sekisho-logd', 'sekisho-otpd')
    # Only what the log has is decided.
    decided = 'cat /var/lib/sekisho/audit/seg-*.jsonl | grep -cE \'"type":"(usb.static|device.(block|allow))"\''

    def begin(self):
        self.vm.wipe()
        stages.resume(self.vm, 'guarded')
        self.version = 0

    def load(self, count):
        self.version += 1
        rules = ''.join(f'rule stick-{n} read-only {{\n    usb 0951:{n & 0xffff:04x}\n    serial SN{n:08}\n'
                        '    only storage\n}\n' for n in range(count))
        self.put(f'policy city {{\n    version {self.version}\n}}\n{rules}', f'{office.FOLDER}/bench.policy')
        self.vm.out(f'cd {office.FOLDER} && rm -f bench.signed && sekisho policy sign bench.policy --key suzuki.key '
                    '--output bench.signed && sekisho policy install bench.signed', 300)


class UsbGuard(Guard):
    name, daemon, unit, stops = 'usbguard', 'usbguard-daemon', 'usbguard.service', 'usbguard.service'
    others = ()
    decided = 'usbguard list-devices 2>/dev/null | grep -vc "via-port .usb"'          # but root hubs

    def begin(self):
        """As Debian packages it: its default configuration, its rules below."""
        super().begin()
        self.vm.out('mkdir -p /root/debs')
        for deb in self.packages():
            self.vm.put(deb, f'/root/debs/{deb.name}')
        self.vm.out('DEBIAN_FRONTEND=noninteractive dpkg --force-unsafe-io -i /root/debs/*.deb 2>&1; '
                    'systemctl disable --now usbguard usbguard-dbus 2>&1; '
                    'dpkg-query -W -f=\'${Status}\' usbguard | grep -q "ok installed"', 300)
        self.version = self.vm.out("dpkg-query -W -f='${Version}' usbguard")

    def packages(self):
        names = subprocess.run(['bash', '-c', '. tools/packages.sh && echo ${peer_packages[@]}'], cwd=ROOT, check=True,
                               capture_output=True, text=True).stdout.split()
        if not DEBS.exists():
            DEBS.mkdir(parents=True)
            subprocess.run(['apt-get', '-qq', '-o', 'APT::Sandbox::User=root', 'download', *names], cwd=DEBS, check=True)
        return sorted(DEBS.glob('*.deb'))

    def load(self, count):
        rules = ''.join(f'allow id 0951:{n & 0xffff:04x} serial "SN{n:08}" with-interface equals {{ 08:06:50 }}\n'
                        for n in range(count - 2))
        self.put(rules + 'block with-interface one-of { 08:*:* }\nallow\n', '/etc/usbguard/rules.conf')
        self.vm.out('chmod 600 /etc/usbguard/rules.conf; rm -f /var/log/usbguard/*')


def stick(vm, ident):
    vm.plug('usb-storage', ident, drive=usb_medium(vm), serial='BENCH1')


def usb_medium(vm):
    """A medium for one stick at a time."""
    if not any(node['node-name'] == 'bench' for node in vm.qmp('query-named-block-nodes')):
        vm.disk('bench', 16)
    return 'bench'
