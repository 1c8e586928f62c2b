/* SPDX-License-Identifier: Apache-2.0 */

#include "media/filter.h"

#include "confine/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkzoned.h>
#include <linux/cdrom.h>
#include <linux/fd.h>
#include <linux/fs.h>
#include <seccomp.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define CALL(name)                                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name)                                                             \
	}
#define IOCTL(number)                                                                              \
	{                                                                                          \
		SCMP_SYS(ioctl), FILTER_EQUALS, 1, number                                          \
	}

static const struct filter_rule allowed[] = {
	CALL(read),
	CALL(pread64),
	CALL(lseek),
	CALL(fadvise64),
	CALL(close),
	CALL(sendmsg),
	CALL(write),
	CALL(fstat),
	CALL(gettid),
	/* One call for both: fstat() is this with an empty path. */
	{ SCMP_SYS(newfstatat), FILTER_EQUALS, 3, AT_EMPTY_PATH },
	/* What libblkid asks a disk; none of them changes anything. */
	IOCTL(BLKGETSIZE64),
	IOCTL(BLKGETSIZE),
	IOCTL(BLKSSZGET),
	IOCTL(BLKGETZONESZ),
	IOCTL(FDGETFDCSTAT),
	IOCTL(BLKIOMIN),
	IOCTL(BLKPBSZGET),
	IOCTL(CDROM_GET_CAPABILITY),
	IOCTL(CDROM_LAST_WRITTEN),
};

/* What libblkid does to learn from sysfs whether this is a whole disk. */
static const struct filter_rule refused[] = {
	CALL(open),
	CALL(openat),
	CALL(access),
	CALL(faccessat),
	CALL(stat),
	CALL(faccessat2),
	CALL(readlinkat),
	CALL(readlink),
	CALL(lstat),
	CALL(statx),
	{ SCMP_SYS(newfstatat), FILTER_EQUALS, 3, 0 },
};

int filter_install(struct err *err)
{
	const struct filter_list lists[] = {
		FILTER_BASICS,
		{ allowed, N_ELEMENTS(allowed), FILTER_ALLOW },
		{ refused, N_ELEMENTS(refused), EACCES },
	};

	return filter_load(lists, N_ELEMENTS(lists), FILTER_KILL, err);
}
