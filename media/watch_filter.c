/* SPDX-License-Identifier: Apache-2.0 */

#include "media/watch_filter.h"

#include "confine/capabilities.h"
#include "confine/filter.h"

#include <linux/capability.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/socket.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define CALL(name)                                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name)                                                             \
	}

static const struct filter_rule allowed[] = {
	/* The files that fanotify opened, and their names */
	CALL(read),
	CALL(pread64),
	CALL(close),
	CALL(statx),
	CALL(readlink),
	CALL(readlinkat),
	/* Read-only: no place of another's in the tree can be changed by these */
	CALL(fspick),
	{ SCMP_SYS(fsconfig), FILTER_EQUALS, 1, FSCONFIG_SET_FLAG },
	{ SCMP_SYS(fsconfig), FILTER_EQUALS, 1, FSCONFIG_CMD_RECONFIGURE },
	/* The list, whose file is open */
	CALL(write),
	CALL(fsync),
	CALL(unlinkat),
	/* sekishod, and the log */
	CALL(sendmsg),
	CALL(sendto),
	CALL(recvmsg),
	CALL(recvfrom),
	{ SCMP_SYS(socket), FILTER_EQUALS, 0, AF_UNIX },
	CALL(connect),
	/* Waiting, and the process itself */
	CALL(poll),
	CALL(ppoll),
	CALL(nanosleep),
	CALL(clock_nanosleep),
	CALL(getpid),
	CALL(gettid),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
};

int watch_filter_install(struct err *err)
{
	return filter_confine(CAPABILITY(CAP_SYS_ADMIN), allowed, N_ELEMENTS(allowed), err);
}
