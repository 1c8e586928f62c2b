/* SPDX-License-Identifier: Apache-2.0 */

/* What is left to a process that has confined itself, tried in one of its own. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/confined.h"
#include "confine/capabilities.h"
#include "confine/daemon.h"
#include "core/err.h"

#define DONE 0

static int begin_daemon(struct err *err)
{
	return confine_daemon(NULL, 0, 0, err);
}

/* 0 for a call that was done, else its errno, else 128 and the signal that ended it. */
static int outcome(int (*begin)(struct err *err), long (*act)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		struct err err = { 0 };

		if (begin(&err) < 0)
			_exit(127);
		_exit(act() < 0 ? errno : DONE);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static long read_a_file(void)
{
	char text[16];
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	return read(fd, text, sizeof(text));
}

static long ask_another_daemon(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

static long listen_to_udev(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 15);
}

/* As the C library does for a module of NSS. */
static long load_a_library(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0;
}

Test(confine, leaves_what_a_daemon_does)
{
	cr_expect_eq(outcome(begin_daemon, read_a_file), DONE);
	cr_expect_eq(outcome(begin_daemon, ask_another_daemon), DONE);
	cr_expect_eq(outcome(begin_daemon, listen_to_udev), DONE);
	cr_expect_eq(outcome(begin_daemon, load_a_library), DONE);
}

static long ask_the_network(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long write_what_runs(void)
{
	return mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}

static long run_what_was_written(void)
{
	void *page = mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long change_owner(void)
{
	return syscall(SYS_fchownat, AT_FDCWD, "/nonexistent", 0, 0, 0);
}

/* 'x' is no terminal: whoever gets as far as the kernel is told EBADF. */
static long ask_a_terminal(void)
{
	return ioctl(-1, 0x5401); /* TCGETS */
}

static long set_read_only(void)
{
	return ioctl(-1, BLKROSET, NULL);
}

static long ask_a_disk_scsi(void)
{
	return ioctl(-1, 0x2285, NULL); /* SG_IO */
}

Test(confine, answers_as_an_old_kernel_for_the_rest)
{
	cr_expect_eq(outcome(begin_daemon, ask_the_network), ENOSYS);
	cr_expect_eq(outcome(begin_daemon, write_what_runs), ENOSYS);
	cr_expect_eq(outcome(begin_daemon, run_what_was_written), ENOSYS);
	cr_expect_eq(outcome(begin_daemon, change_owner), ENOSYS);
	cr_expect_eq(outcome(begin_daemon, set_read_only), ENOSYS);
}

Test(confine, the_agent_asks_disks_for_three_things)
{
	cr_expect_eq(outcome(confined_begin, set_read_only), EBADF);
	cr_expect_eq(outcome(confined_begin, ask_a_terminal), ENOSYS);
	cr_expect_eq(outcome(confined_begin, ask_a_disk_scsi), ENOSYS);
}

static long become_another_program(void)
{
	return execl("/bin/true", "true", NULL);
}

static long mount_something(void)
{
	return mount("none", "/nonexistent", "tmpfs", 0, NULL);
}

static long load_a_module(void)
{
	return syscall(SYS_finit_module, -1, "", 0);
}

static long leave_for_another_namespace(void)
{
	return unshare(CLONE_NEWNS);
}

Test(confine, ends_what_only_an_intruder_tries)
{
	cr_expect_eq(outcome(begin_daemon, become_another_program), 128 + SIGSYS);
	cr_expect_eq(outcome(begin_daemon, mount_something), 128 + SIGSYS);
	cr_expect_eq(outcome(begin_daemon, load_a_module), 128 + SIGSYS);
	cr_expect_eq(outcome(begin_daemon, leave_for_another_namespace), 128 + SIGSYS);
}

static int begin_nothing(struct err *err)
{
	(void)err;
	return 0;
}

static int keep_none(struct err *err)
{
	return capabilities_keep(0, err);
}

static int keep_one(struct err *err)
{
	return capabilities_keep(CAPABILITY(CAP_DAC_READ_SEARCH), err);
}

static long read_what_is_nobodys(void)
{
	int fd = open("/proc/self/fd/9", O_RDONLY | O_CLOEXEC);

	return fd;
}

static long write_what_is_nobodys(void)
{
	return open("/proc/self/fd/9", O_WRONLY | O_CLOEXEC);
}

Test(confine, root_keeps_the_capabilities_that_are_named)
{
	char path[] = "/tmp/sekisho-confine-XXXXXX";
	int fd = mkstemp(path);

	if (geteuid() != 0)
		cr_skip("only root has capabilities to give up");
	cr_assert(fd >= 0 && fchmod(fd, 0) == 0 && dup2(fd, 9) == 9);
	(void)unlink(path);
	cr_expect_eq(outcome(begin_nothing, write_what_is_nobodys), DONE);
	cr_expect_eq(outcome(keep_one, read_what_is_nobodys), DONE);
	cr_expect_eq(outcome(keep_one, write_what_is_nobodys), EACCES);
	cr_expect_eq(outcome(keep_none, read_what_is_nobodys), EACCES);
}
