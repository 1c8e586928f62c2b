# SPDX-License-Identifier: Apache-2.0
"""`cp -r` of many small files to a medium: mounted and watched by sekisho-media, and mounted just so."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))
FILES, SIZE = 10000, 4096
IMAGE = 200 << 20
INSIDE = "SEKISHO_BENCH_NAMESPACE"
MAKERS = {"ext4": ("mkfs.ext4", "-q", "-F", "-E", "root_owner=0:0,lazy_itable_init=0"), "vfat": ("mkfs.vfat",),
          "exfat": ("mkfs.exfat", "-q"), "ntfs": ("mkfs.ntfs", "-Q", "-F", "-q")}


def enter():
    """In a mount namespace of its own, where nothing is seen of it outside."""
    if not os.environ.get(INSIDE):
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"',
                              "sh", sys.executable, *sys.argv])


def kinds():
    """Which the kernel has: a module that is not loaded yet counts after an attempt."""
    for kind in MAKERS:
        subprocess.run(["modprobe", "-q", kind], check=False, capture_output=True)
    known = pathlib.Path("/proc/filesystems").read_text(encoding="ascii").split()
    return [kind for kind in ("ext4", "vfat", "exfat") if kind in known and shutil.which(MAKERS[kind][0])]


def files(folder):
    source = pathlib.Path(folder, "source")
    for number in range(FILES):
        path = source / str(number // 100) / f"{number}.dat"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(SIZE))
    return source


def copy_ms(source, path):
    """Until it is all on the medium."""
    start = time.monotonic()
    subprocess.run(["sh", "-c", f"cp -r {source} {path}/copy && sync -f {path}"], check=True, user=65534, group=65534, extra_groups=[])
    return 1000 * (time.monotonic() - start)


def once(keeper, source, kind, watched):
    """The same mount in both, by the same program; for the one without, who watches is let go of, and it stays as it is."""
    with keeper.keeper() as media:
        disk = media.disk(*MAKERS[kind], size=IMAGE)
        code, path, detail = media.mount(disk, kind, length=IMAGE)
        assert code == 0, detail
        if not watched:
            pid = next(int(p.name) for p in pathlib.Path("/proc").glob("[0-9]*")
                       if any("fanotify" in link for link in links(p)))
            os.kill(pid, 9)
            assert media.links[path].recv(1) == b""
            media.forget(path)
        took = copy_ms(source, path)
        if watched:
            code, flags, counted, _ = media.settle(path)
            assert (code, flags, counted) == (0, 0, FILES), (code, flags, counted)
        assert media.unmount(disk, path)[0] == 0
        return took


def links(process):
    found = []
    try:
        for fd in (process / "fd").iterdir():
            found.append(os.readlink(fd))
    except OSError:
        pass
    return found


def measure(rounds, program):
    sys.argv[1:] = [str(program)]
    import keeper  # it takes the program from the command line

    figures = []
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        os.chmod(folder, 0o755)
        source = files(folder)
        for kind in kinds():
            pairs = [(once(keeper, source, kind, True), once(keeper, source, kind, False)) for _ in range(rounds)]
            figures.append((kind, pairs))
    return figures
