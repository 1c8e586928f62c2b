/* SPDX-License-Identifier: Apache-2.0 */

#include "media/unmount.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "media/fuse.h"
#include "media/mapping.h"
#include "media/place.h"
#include "media/users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <unistd.h>

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

/* The program that served it has ended: there is nobody left to write anything. */
static int orphaned(const char *path)
{
	log_warning("%s: what served this medium has ended before it was unmounted", path);
	return 0;
}

/*
 * A program that serves it may never answer: nothing is locked here, and in an
 * emergency nothing is asked that it would have to answer.  The descriptor is
 * closed again before unmounting: it would be in the way.
 */
static int settle(const struct ipc_media_unmount *request, struct err *err)
{
	cleanup_close int place =
		open(request->path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_close int dirfd = -1;
	bool is_aborted = request->emergency && fuse_abort(request->devnum);
	dev_t found = 0;
	int rc;

	if (place < 0)
		return err_set(err, -errno, "open %s: %m", request->path);
	if (file_device(place, "", AT_EMPTY_PATH, &found) < 0 || found != request->devnum)
		return err_set(err, -ENODEV, "%s is not where this medium is mounted",
			       request->path);
	if (is_aborted)
		return 0;
	dirfd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0 && errno == ENOTCONN)
		return orphaned(request->path);
	rc = dirfd < 0 ? -errno : write_out(dirfd);
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
	struct err ignored = { 0 };
	int rc;

	if (!name)
		return err_set(err, -EINVAL, "%s is not where this medium is mounted",
			       request->path);
	rc = settle(request, err);
	if (rc < 0)
		return rc;
	if (umount2(request->path, flags) < 0)
		return errno == EBUSY ? busy(request, err)
				      : err_set(err, -errno, "unmount %s: %m", request->path);
	/* One that is left there is used again. */
	if (place_open_root(&root_fd, &ignored) == 0)
		(void)unlinkat(root_fd, name, AT_REMOVEDIR);
	return mapping_close((dev_t)request->devnum, request->emergency, err);
}
