/* SPDX-License-Identifier: Apache-2.0 */

#include "media/disk.h"

#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

int disk_check(int fd, uint64_t wanted, struct err *err)
{
	struct stat st;
	uint64_t diskseq = 0;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "fstat: %m");
	if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETDISKSEQ, &diskseq) < 0)
		return err_set(err, -errno, "BLKGETDISKSEQ: %m");
	if (diskseq != wanted)
		return err_set(err, -ENODEV, "another medium is in the drive by now");
	return 0;
}

int disk_open(const char *node, dev_t devnum, uint64_t diskseq, int *ret_fd, struct err *err)
{
	cleanup_close int fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	int rc;

	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", node);
	if (fstat(fd, &st) < 0 || !S_ISBLK(st.st_mode) || st.st_rdev != devnum)
		return err_set(err, -ENODEV, "another medium is in the drive by now");
	rc = disk_check(fd, diskseq, err);
	if (rc == 0)
		*ret_fd = take_fd(&fd);
	return rc;
}
