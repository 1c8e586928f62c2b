/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/confined.h"

#include "confine/capabilities.h"
#include "confine/daemon.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <seccomp.h>

/*
 * sysfs, markers and state are root's by owner and want no capability.  A
 * disk's read-only flag wants CAP_SYS_ADMIN, and opening a node of mode 0000
 * to read CAP_DAC_READ_SEARCH.
 */
#define CAPABILITIES (CAPABILITY(CAP_SYS_ADMIN) | CAPABILITY(CAP_DAC_READ_SEARCH))

#define IOCTL(number)                                                                              \
	{                                                                                          \
		SCMP_SYS(ioctl), FILTER_EQUALS, 1, number                                          \
	}

/* Every request that agent/enforce.c makes of a disk, and what it closes a node with. */
static const struct filter_rule extra[] = {
	IOCTL(BLKGETDISKSEQ),
	IOCTL(BLKROGET),
	IOCTL(BLKROSET),
	{ .call = SCMP_SYS(chmod) },
	{ .call = SCMP_SYS(fchmodat) },
	{ .call = SCMP_SYS(lgetxattr) },
	{ .call = SCMP_SYS(removexattr) },
};

int confined_begin(struct err *err)
{
	return confine_daemon(extra, sizeof(extra) / sizeof(extra[0]), CAPABILITIES, err);
}
