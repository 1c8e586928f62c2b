/* SPDX-License-Identifier: Apache-2.0 */

#include "media/filter.h"

#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkzoned.h>
#include <linux/cdrom.h>
#include <linux/fd.h>
#include <linux/fs.h>
#include <seccomp.h>
#include <sys/mman.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const int allowed[] = {
	SCMP_SYS(read),   SCMP_SYS(pread64),    SCMP_SYS(lseek),           SCMP_SYS(fadvise64),
	SCMP_SYS(brk),    SCMP_SYS(munmap),     SCMP_SYS(mremap),          SCMP_SYS(madvise),
	SCMP_SYS(close),  SCMP_SYS(sendmsg),    SCMP_SYS(write),           SCMP_SYS(clock_gettime),
	SCMP_SYS(fstat),  SCMP_SYS(getrandom),  SCMP_SYS(rt_sigreturn),    SCMP_SYS(futex),
	SCMP_SYS(gettid), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall),
};

/* EACCES: what libblkid does to learn from sysfs whether this is a whole disk. */
static const int refused[] = {
	SCMP_SYS(open),  SCMP_SYS(openat),     SCMP_SYS(access),     SCMP_SYS(faccessat),
	SCMP_SYS(stat),  SCMP_SYS(faccessat2), SCMP_SYS(readlinkat), SCMP_SYS(readlink),
	SCMP_SYS(lstat), SCMP_SYS(statx),
};

/* What libblkid asks a disk; none of them changes anything. */
static const unsigned int ioctls[] = {
	BLKGETSIZE64, BLKGETSIZE,           BLKSSZGET,
	BLKGETZONESZ, FDGETFDCSTAT,         BLKIOMIN,
	BLKPBSZGET,   CDROM_GET_CAPABILITY, CDROM_LAST_WRITTEN,
};

DEFINE_CLEANUP(scmp_filter_ctx, seccomp_release)
#define cleanup_filter cleanup_with(seccomp_releasep)

static int add_rules(scmp_filter_ctx filter)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_ELEMENTS(allowed); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; rc == 0 && i < N_ELEMENTS(refused); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	for (size_t i = 0; rc == 0 && i < N_ELEMENTS(ioctls); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				      SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, ioctls[i]));
	/* One call for both: fstat() is this with an empty path. */
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
				      SCMP_A3(SCMP_CMP_MASKED_EQ, UINT32_MAX, AT_EMPTY_PATH));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1,
				      SCMP_A3(SCMP_CMP_MASKED_EQ, UINT32_MAX, 0));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

int filter_install(struct err *err)
{
	cleanup_filter scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = filter ? add_rules(filter) : -ENOMEM;

	if (rc == 0)
		rc = seccomp_load(filter); /* sets no_new_privs first */
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "the system call filter cannot be installed: %m");
	}
	return 0;
}
