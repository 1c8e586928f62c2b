# SPDX-License-Identifier: Apache-2.0
"""`cp -r` of many small files to a medium: mounted and watched by sekisho-media, and mounted just so."""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import statistics
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


def copy(source, path):
    """Until it is all on the medium: milliseconds, and those of the processor that the copy itself took."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(["sh", "-c", f"cp -r {source} {path}/copy && sync -f {path}"], check=True, user=65534, group=65534, extra_groups=[])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (1000 * (time.monotonic() - start),
            1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))


def watcher():
    """The process that has fanotify open."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any("fanotify" in os.readlink(fd) for fd in (process / "fd").iterdir()):
                return int(process.name)
    return 0


def spent_ms(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def once(keeper, source, kind, watched):
    """The same mount in both, by the same program; in the one without, who watches is killed, and it stays as it is."""
    with keeper.keeper() as media:
        disk = media.disk(*MAKERS[kind], size=IMAGE)
        code, path, detail = media.mount(disk, kind, length=IMAGE)
        assert code == 0, detail
        pid = watcher()
        if not watched:
            os.kill(pid, signal.SIGKILL)
            assert media.links[path].recv(1) == b""
            media.forget(path)
        took, spent = copy(source, path)
        if watched:
            spent += spent_ms(pid)
            code, flags, counted, _ = media.settle(path)
            assert (code, flags, counted) == (0, 0, FILES), (code, flags, counted)
        assert media.unmount(disk, path)[0] == 0
        return took, spent


def measure(rounds, program):
    """Return: (metric, watched, unwatched, unit) of each file system, and a line about them."""
    sys.argv[1:] = [str(program)]
    import keeper  # it takes the program from the command line

    measured = []
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        os.chmod(folder, 0o755)
        tempfile.tempdir = folder  # images are in memory: what a disk does in between is not counted
        source = files(folder)
        for kind in kinds():
            pairs = [(once(keeper, source, kind, True), once(keeper, source, kind, False)) for _ in range(rounds)]
            for at, what in enumerate(("copy", "processor")):
                ours, peer = (statistics.median(run[at] for run in side) for side in zip(*pairs))
                measured.append((f"watch-{what}-{FILES}-{kind}", ours, peer, "ms"))
    return measured, (f"peer: the same mount, watched by nobody; {rounds} rounds, medians; cp -r of {FILES} files of "
                      f"{SIZE} bytes, and sync, on a loop device in memory;\nprocessor: of cp, sync and who watches")
