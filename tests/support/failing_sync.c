/* SPDX-License-Identifier: Apache-2.0 */

/* Preloaded into a daemon: each time the file that FAILING_SYNC names is there, one fdatasync()
 * fails. */

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	const char *path = getenv("FAILING_SYNC");

	if (path && unlink(path) == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}
