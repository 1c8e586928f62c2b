# SPDX-License-Identifier: Apache-2.0
"""A TPM 2 of software for a machine that is booted with it, and what Debian needs to use one."""
import glob
import os
import shutil
import subprocess
import time

from . import paths

# The guest has no network, and no other scenario wants these: they are no part of its image.
LIBRARIES = ('tpm-udev', 'libtss2-mu0', 'libtss2-rc0', 'libtss2-sys1', 'libtss2-tcti-cmd0', 'libtss2-tcti-device0',
             'libtss2-tcti-mssim0', 'libtss2-tcti-swtpm0', 'libtss2-esys-3.0.2-0')
RAMDISK = 0x10000000    # physical address: behind the kernel, far below the firmware's tables
ROOM_MB = 32
_running = {}           # by the machine's name
# TPM2_PCR_Extend of the SHA-256 bank with the null password, which is what measuring something is.
EXTEND = '''python3 - <<'X'
import os, struct
tpm = os.open('/dev/tpmrm0', os.O_RDWR)
for pcr in range(16):
    body = struct.pack('>IIIHBHIH32s', pcr, 9, 0x40000009, 0, 0, 0, 1, 11, b'measured'.ljust(32))
    os.write(tpm, struct.pack('>HII', 0x8002, 10 + len(body), 0x182) + body)
    assert struct.unpack('>I', os.read(tpm, 4096)[6:10])[0] == 0, pcr
X'''


def make_room(vm, boot):
    """Move the initial ramdisk out of the tables' way; returns what QEMU has to be told.

    With -kernel QEMU leaves 160 KiB above the ramdisk for the firmware's tables (acpi_data_size). With a TPM there is a
    log of 64 KiB more: the ramdisk's end then lies on the ACPI tables, and the guest finds neither them nor the TPM.
    What initrdmem= names is not kept from being allocated; memmap= does that, and the kernel copies the ramdisk out of it.
    """
    ramdisk, boot.initrd = boot.initrd, vm.path('no-initrd')
    open(boot.initrd, 'w').close()
    boot.cmdline += f' initrdmem={RAMDISK:#x},{os.path.getsize(ramdisk):#x} memmap={ROOM_MB}M${RAMDISK:#x}'
    return '-device', f'loader,file={ramdisk},addr={RAMDISK:#x},force-raw=on'


def _ended(vm):
    """The TPM ends a moment after its machine."""
    if vm.name in _running:
        _running.pop(vm.name).wait(10)


def replace(vm):
    """The machine gets another TPM at its next start."""
    _ended(vm)
    shutil.rmtree(vm.path('tpm'))


def plug(vm):
    """Start the machine's TPM, which ends with it; returns what QEMU has to be told."""
    control = vm.path('tpm.sock')
    _ended(vm)
    os.makedirs(vm.path('tpm'), exist_ok=True)
    if os.path.exists(control):
        os.unlink(control)
    with open(vm.path('tpm.log'), 'a') as log:
        _running[vm.name] = subprocess.Popen(
            ['swtpm', 'socket', '--tpm2', '--terminate', '--tpmstate', f'dir={vm.path("tpm")}',
             '--ctrl', f'type=unixio,path={control}'],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    end = time.time() + 10
    while not os.path.exists(control):
        assert time.time() < end, f'swtpm does not start: {vm.read("tpm.log")}'
        time.sleep(0.05)
    return ('-chardev', f'socket,id=tpm,path={control}', '-tpmdev', 'emulator,id=tpm,chardev=tpm',
            '-device', 'tpm-crb,tpmdev=tpm')


def libraries(vm):
    """Install what systemd needs to use a TPM, from the host's apt sources."""
    _install(vm, LIBRARIES)


def tools(vm):
    """The same and tpm2-tools, with all that they need and the guest does not have."""
    needed = subprocess.run(['apt-cache', 'depends', '--recurse', '--important', '--no-conflicts', '--no-breaks',
                             '--no-replaces', '--no-enhances', 'tpm2-tools'],
                            check=True, capture_output=True, text=True).stdout.splitlines()
    present = set(vm.out("dpkg-query -W -f '${Package}\\n'").split())
    _install(vm, sorted({name for name in needed if name[0].isalpha()} - present))


def _install(vm, packages):
    folder = os.path.join(paths.CACHE, 'tpm-packages')
    os.makedirs(folder, exist_ok=True)
    missing = [name for name in packages if not glob.glob(os.path.join(folder, f'{name}_*.deb'))]
    if missing:
        subprocess.run(['apt-get', '-qq', '-o', 'APT::Sandbox::User=root', 'download', *missing], cwd=folder, check=True)
    vm.out('mkdir -p /root/tpm')
    for name in packages:
        for deb in glob.glob(os.path.join(folder, f'{name}_*.deb')):
            vm.put(deb, f'/root/tpm/{os.path.basename(deb)}')
    vm.out('dpkg -i /root/tpm/*.deb 2>&1', 600)
