/* SPDX-License-Identifier: Apache-2.0 */

#include "media/list_filter.h"

#include "confine/capabilities.h"
#include "confine/filter.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define CALL(name)                                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name)                                                             \
	}

static const struct filter_rule allowed[] = {
	/* Files on the medium, to read */
	{ SCMP_SYS(openat), FILTER_LACKS, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC },
	CALL(getdents64),
	CALL(newfstatat),
	CALL(fstat),
	CALL(fcntl),
	CALL(lseek),
	CALL(read),
	CALL(close),
	/* The list, whose file is open */
	CALL(write),
	CALL(fsync),
	CALL(unlinkat),
	/* sekishod, and the journal */
	CALL(sendmsg),
	CALL(sendto),
	CALL(poll),
	CALL(ppoll),
	/* The process itself */
	CALL(getpid),
	CALL(gettid),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
};

int list_filter_install(struct err *err)
{
	/* Of a person's files on ext4, too. */
	return filter_confine(CAPABILITY(CAP_DAC_OVERRIDE), allowed, N_ELEMENTS(allowed), err);
}
