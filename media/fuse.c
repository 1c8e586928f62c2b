/* SPDX-License-Identifier: Apache-2.0 */

#include "media/fuse.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"
#include "media/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define ATTRIBUTES                                                                                 \
	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW)

static int set_number(int fs_fd, const char *name, unsigned int number)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", number);
	return fsconfig(fs_fd, FSCONFIG_SET_STRING, name, text, 0);
}

static int configure(int fs_fd, const struct volume *volume, int fuse_fd, uid_t uid, gid_t gid,
		     bool writable)
{
	int sector = 512;
	int rc = fsconfig(fs_fd, FSCONFIG_SET_STRING, "source", volume->node, 0);

	(void)ioctl(volume->fd, BLKSSZGET, &sector);
	if (rc == 0)
		rc = set_number(fs_fd, "fd", (unsigned int)fuse_fd);
	if (rc == 0)
		rc = fsconfig(fs_fd, FSCONFIG_SET_STRING, "rootmode", "40000", 0);
	if (rc == 0)
		rc = set_number(fs_fd, "user_id", uid);
	if (rc == 0)
		rc = set_number(fs_fd, "group_id", gid);
	if (rc == 0)
		rc = set_number(fs_fd, "blksize", (unsigned int)sector);
	if (rc == 0)
		rc = fsconfig(fs_fd, FSCONFIG_SET_FLAG, "default_permissions", NULL, 0);
	/* Root must reach it too, to end it; who else may is what the modes say. */
	if (rc == 0)
		rc = fsconfig(fs_fd, FSCONFIG_SET_FLAG, "allow_other", NULL, 0);
	if (rc == 0 && !writable)
		rc = fsconfig(fs_fd, FSCONFIG_SET_FLAG, "ro", NULL, 0);
	return rc == 0 ? fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) : rc;
}

int fuse_mount(const struct volume *volume, int fuse_fd, uid_t uid, gid_t gid, bool writable,
	       int *ret_fd, struct err *err)
{
	unsigned int flags = ATTRIBUTES | (writable ? 0 : MOUNT_ATTR_RDONLY);
	cleanup_close int fs_fd = fsopen("fuseblk", FSOPEN_CLOEXEC);
	int mount_fd = -1;

	if (fs_fd >= 0 && configure(fs_fd, volume, fuse_fd, uid, gid, writable) == 0)
		mount_fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, flags);
	if (mount_fd < 0)
		return err_set(err, -errno, "mount %s (%s): %m", volume->node, "fuseblk");
	*ret_fd = mount_fd;
	return 0;
}

/* The control file system, also where nobody has mounted it. */
static int open_control(void)
{
	cleanup_close int fs_fd = fsopen("fusectl", FSOPEN_CLOEXEC);

	if (fs_fd < 0 || fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

bool fuse_abort(dev_t devnum)
{
	cleanup_close int control = open_control();
	cleanup_close int abort = -1;
	char path[32];

	if (control < 0)
		return false; /* the kernel has no FUSE */
	/* As the kernel itself writes a device number: 20 bits of minor. */
	(void)snprintf(path, sizeof(path), "%u/abort", major(devnum) << 20 | minor(devnum));
	abort = openat(control, path, O_WRONLY | O_CLOEXEC);
	if (abort >= 0 && write(abort, "1", 1) != 1)
		log_warning("%s: %m", path);
	return abort >= 0;
}
