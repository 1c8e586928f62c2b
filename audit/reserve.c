/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/reserve.h"

#include "core/cleanup.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

bool reserve_make(int dirfd)
{
	cleanup_close int fd = -1;
	struct statfs disk;
	struct stat st;

	if (fstatat(dirfd, RESERVE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == RESERVE_SIZE)
		return true;
	if (fstatfs(dirfd, &disk) < 0 ||
	    (uint64_t)disk.f_bavail * (uint64_t)disk.f_bsize < UINT64_C(2) * RESERVE_SIZE)
		return false;
	fd = openat(dirfd, RESERVE_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	if (posix_fallocate(fd, 0, RESERVE_SIZE) == 0)
		return true;
	(void)unlinkat(dirfd, RESERVE_FILE, 0);
	return false;
}

bool reserve_release(int dirfd)
{
	return unlinkat(dirfd, RESERVE_FILE, 0) == 0;
}
