/* SPDX-License-Identifier: Apache-2.0 */

#include "media/unmount.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "media/mapping.h"
#include "media/place.h"
#include "media/users.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int busy(const struct ipc_media_unmount *request, struct err *err)
{
	char names[IPC_TEXT_MAX];

	users_of(request->devnum, names, sizeof(names));
	return err_set(err, -EBUSY, "the medium is in use by %s; remedy: close it there",
		       *names ? names : "-");
}

/* Return: 0, -EBUSY: somebody has a file open for writing. */
static int write_out(int dirfd)
{
	cleanup_close int fs_fd = -1;

	if (syncfs(dirfd) < 0)
		return -errno;
	fs_fd = fspick(dirfd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	if (fs_fd < 0 || fsconfig(fs_fd, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
	    fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

/* The descriptor is closed again before unmounting: it would be in the way. */
static int settle(int root_fd, const char *name, const struct ipc_media_unmount *request,
		  struct err *err)
{
	cleanup_close int dirfd =
		openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	int rc;

	if (dirfd < 0)
		return err_set(err, -errno, "open %s: %m", request->path);
	if (fstat(dirfd, &st) < 0 || st.st_dev != request->devnum)
		return err_set(err, -ENODEV, "%s is not where this medium is mounted",
			       request->path);
	rc = write_out(dirfd);
	if (rc == 0 || request->emergency)
		return 0;
	if (rc == -EBUSY)
		return busy(request, err);
	errno = -rc;
	return err_set(err, rc, "%s cannot be written to the medium: %m", request->path);
}

int unmount_medium(const struct ipc_media_unmount *request, struct err *err)
{
	const char *name = place_of(request->path);
	int flags = UMOUNT_NOFOLLOW | (request->emergency ? MNT_DETACH : 0);
	cleanup_close int root_fd = -1;
	int rc;

	if (!name)
		return err_set(err, -EINVAL, "%s is not where this medium is mounted",
			       request->path);
	rc = place_open_root(&root_fd, err);
	if (rc == 0)
		rc = settle(root_fd, name, request, err);
	if (rc < 0)
		return rc;
	if (umount2(request->path, flags) < 0)
		return errno == EBUSY ? busy(request, err)
				      : err_set(err, -errno, "unmount %s: %m", request->path);
	(void)unlinkat(root_fd, name, AT_REMOVEDIR);
	return mapping_close((dev_t)request->devnum, request->emergency, err);
}
