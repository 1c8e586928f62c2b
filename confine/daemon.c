/* SPDX-License-Identifier: Apache-2.0 */

#include "confine/daemon.h"

#include "confine/capabilities.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define CALL(name)                                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name)                                                             \
	}

static const struct filter_rule allowed[] = {
	/* Files */
	CALL(open),
	CALL(openat),
	CALL(close),
	CALL(read),
	CALL(pread64),
	CALL(readv),
	CALL(write),
	CALL(pwrite64),
	CALL(writev),
	CALL(lseek),
	CALL(stat),
	CALL(lstat),
	CALL(fstat),
	CALL(newfstatat),
	CALL(statx),
	CALL(statfs),
	CALL(fstatfs),
	CALL(access),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(readlink),
	CALL(readlinkat),
	CALL(getdents64),
	CALL(getcwd),
	CALL(fcntl),
	CALL(flock),
	CALL(fsync),
	CALL(fdatasync),
	CALL(ftruncate),
	CALL(fadvise64),
	CALL(fchmod),
	CALL(rename),
	CALL(renameat),
	CALL(renameat2),
	CALL(unlink),
	CALL(unlinkat),
	CALL(mkdir),
	CALL(mkdirat),
	CALL(umask),
	CALL(inotify_init1),
	CALL(inotify_add_watch),
	CALL(inotify_rm_watch),
	/* Sockets: of this machine, and the announcements of udev */
	{ SCMP_SYS(socket), FILTER_EQUALS, 0, AF_UNIX },
	{ SCMP_SYS(socket), FILTER_EQUALS, 0, AF_NETLINK },
	CALL(connect),
	CALL(accept4),
	CALL(sendto),
	CALL(sendmsg),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(getsockopt),
	CALL(setsockopt),
	CALL(getsockname),
	CALL(getpeername),
	CALL(shutdown),
	CALL(pipe2), /* one that a passphrase passes by in */
	/* Waiting */
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),
	CALL(poll),
	CALL(ppoll),
	CALL(select),
	CALL(pselect6),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(timerfd_gettime),
	CALL(signalfd4),
	CALL(eventfd2),
	CALL(nanosleep),
	CALL(clock_nanosleep),
	CALL(clock_gettime),
	CALL(clock_getres),
	CALL(gettimeofday),
	CALL(time),
	CALL(futex),
	/* Memory.  A module that looks up names is loaded when the first one is asked for. */
	CALL(brk),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(mlock),
	CALL(munlock),
	{ SCMP_SYS(mmap), FILTER_LACKS, 2, PROT_EXEC },
	{ SCMP_SYS(mmap), FILTER_LACKS, 2, PROT_WRITE },
	{ SCMP_SYS(mprotect), FILTER_LACKS, 2, PROT_EXEC },
	/* Itself */
	CALL(getpid),
	CALL(getppid),
	CALL(gettid),
	CALL(getsid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(getgroups),
	CALL(uname),
	CALL(sysinfo),
	CALL(getrandom),
	CALL(sched_yield),
	CALL(sched_getaffinity),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
#ifdef SEKISHO_SANITIZED
	CALL(clone),
	CALL(ptrace),
	CALL(wait4),
	CALL(prctl),
	CALL(sigaltstack),
	CALL(prlimit64),
	CALL(getdents),
	CALL(tkill),
	CALL(kill),
	CALL(tgkill),
#endif
};

/* No part of a daemon, and no library it uses, has an honest use for these. */
static const struct filter_rule deadly[] = {
	CALL(execve),
	CALL(execveat),
	CALL(fork),
	CALL(vfork),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
#ifndef SEKISHO_SANITIZED
	CALL(ptrace),
#endif
	CALL(mount),
	CALL(umount2),
	CALL(move_mount),
	CALL(open_tree),
	CALL(fsopen),
	CALL(fsconfig),
	CALL(fsmount),
	CALL(mount_setattr),
	CALL(pivot_root),
	CALL(chroot),
	CALL(setns),
	CALL(unshare),
	CALL(mknod),
	CALL(mknodat),
	CALL(open_by_handle_at),
	CALL(init_module),
	CALL(finit_module),
	CALL(delete_module),
	CALL(kexec_load),
	CALL(kexec_file_load),
	CALL(bpf),
	CALL(perf_event_open),
	CALL(userfaultfd),
	CALL(io_uring_setup),
	CALL(iopl),
	CALL(ioperm),
	CALL(reboot),
	CALL(swapon),
	CALL(swapoff),
	CALL(settimeofday),
	CALL(clock_settime),
};

int confine_daemon(const struct filter_rule *extra, size_t n_extra, uint64_t capabilities,
		   struct err *err)
{
	const struct filter_list lists[] = {
		{ allowed, N_ELEMENTS(allowed), FILTER_ALLOW },
		{ extra, n_extra, FILTER_ALLOW },
		{ deadly, N_ELEMENTS(deadly), FILTER_KILL },
	};
	int rc = capabilities_keep(capabilities, err);

	/* Else the kernel fills what was given back to it up again, to pages of 2 MiB. */
	(void)prctl(PR_SET_THP_DISABLE, 1UL, 0UL, 0UL, 0UL);
	return rc < 0 ? rc : filter_load(lists, N_ELEMENTS(lists), ENOSYS, err);
}
