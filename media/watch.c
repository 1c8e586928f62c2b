/* SPDX-License-Identifier: Apache-2.0 */

#include "media/watch.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "ipc/connect.h"
#include "media/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#define TAKE_OVER_MS 10000 /* what the one before may take to say what it has counted */

static int open_stat(struct watch *watch)
{
	char path[64];
	char line[256];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", major(watch->devnum),
		       minor(watch->devnum));
	watch->stat = open(path, O_RDONLY | O_CLOEXEC);
	if (watch->stat < 0)
		return -errno;
	n = pread(watch->stat, line, sizeof(line) - 1, 0);
	if (n < 0)
		return -errno;
	line[n] = '\0';
	return written_bytes(line, &watch->before);
}

/*
 * "." and not the descriptor alone: for that Linux 6.1 wants another kind of
 * descriptor.  Return: a group that has the mark, or an error.
 */
static int mark(int mount_fd, unsigned int how)
{
	cleanup_close int group =
		fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | how,
			      O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK | O_NOATIME);

	if (group < 0 || fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_CLOSE_WRITE,
				       mount_fd, ".") < 0)
		return -errno;
	return take_fd(&group);
}

/* Not every file system can say what identifies a file: exFAT and FUSE hand it out instead. */
static int begin(struct watch *watch, int mount_fd, bool opens)
{
	watch->opens = opens;
	watch->group = mark(mount_fd, opens ? 0 : FAN_REPORT_FID);
	if (!opens && watch->group < 0) {
		watch->opens = true;
		watch->group = mark(mount_fd, 0);
	}
	return watch->group < 0 ? watch->group : 0;
}

int watch_mark(struct watch *watch, int mount_fd, const char *node, dev_t devnum,
	       const struct ipc_media_mount *request, struct err *err)
{
	int rc = begin(watch, mount_fd, request->lists);

	watch->devnum = devnum;
	(void)snprintf(watch->node, sizeof(watch->node), "%s", node);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc,
			       "%s is not mounted: what is written to it cannot be watched: %m",
			       node);
	}
	rc = open_stat(watch);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc,
			       "%s is not mounted: how much is written to it cannot be told: %m",
			       node);
	}
	return request->lists ? listing_open(request->record_key, &watch->listing, err) : 0;
}

static int address(dev_t devnum, struct sockaddr_un *at)
{
	int n;

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(at->sun_path, sizeof(at->sun_path), WATCH_DIR "/%u:%u", major(devnum),
		     minor(devnum));
	return n < (int)sizeof(at->sun_path) ? 0 : -ENAMETOOLONG;
}

/* One that is left there belongs to nobody: who has taken over what it stood for comes here. */
static int listen_there(struct watch *watch)
{
	struct sockaddr_un at;
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = fd < 0 ? -errno : address(watch->devnum, &at);

	if (rc < 0)
		return rc;
	(void)mkdir("/run/sekisho", 0755);
	if (mkdir(WATCH_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	(void)unlink(at.sun_path);
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0)
		return -errno;
	watch->listener = take_fd(&fd);
	return 0;
}

int watch_hold(struct watch *watch, int mount_fd, const char *path, struct err *err)
{
	int rc = 0;

	(void)snprintf(watch->path, sizeof(watch->path), "%s", path);
	watch->tree = open_tree(mount_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	rc = watch->tree < 0 ? -errno : listen_there(watch);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "%s cannot be kept under watch: %m", watch->node);
	}
	return 0;
}

static int reconfigure(int tree, const char *access)
{
	/* Anew each time: one that has failed once does nothing any more. */
	cleanup_close int fs_fd = fspick(tree, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

	if (fs_fd < 0 || fsconfig(fs_fd, FSCONFIG_SET_FLAG, access, NULL, 0) < 0 ||
	    fsconfig(fs_fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

int watch_make_read_only(const struct watch *watch)
{
	return reconfigure(watch->tree, "ro");
}

/* Return: 1 when somebody watched, and does no more; 0: nobody did; or an error. */
static int end_the_one_before(dev_t devnum)
{
	cleanup_close int fd = -1;
	struct sockaddr_un at;
	struct pollfd gone = { .events = POLLIN };
	int rc = address(devnum, &at);

	if (rc == 0)
		rc = ipc_connect(at.sun_path, &fd);
	if (rc == -ENOENT || rc == -ECONNREFUSED)
		return 0;
	if (rc < 0)
		return rc;
	gone.fd = fd;
	return poll(&gone, 1, TAKE_OVER_MS) == 1 ? 1 : -ETIMEDOUT;
}

static bool is_read_only(int dirfd)
{
	struct statvfs fs;

	return fstatvfs(dirfd, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

int watch_take_over(struct watch *watch, int dirfd, const struct ipc_media_mount *request,
		    const char *node, dev_t devnum, const char *path, struct err *err)
{
	int rc = watch_mark(watch, dirfd, node, devnum, request, err);
	int was_watched;

	if (rc < 0)
		return rc;
	was_watched = end_the_one_before(devnum);
	rc = watch_hold(watch, dirfd, path, err);
	if (rc < 0)
		return rc;
	if (was_watched <= 0 && !is_read_only(dirfd)) {
		(void)watch_make_read_only(watch);
		return err_set(err, -EOWNERDEAD,
			       "%s could be written to while nobody watched; "
			       "remedy: see what is on it",
			       path);
	}
	/* A disc, or what Windows has not finished with: it never was writable, and stays as it is.
	 */
	if (is_read_only(dirfd) && reconfigure(watch->tree, "rw") < 0)
		watch_close(watch);
	return 0;
}

static void drop(int *fd)
{
	closep(fd);
	*fd = -1;
}

void watch_let_go(struct watch *watch)
{
	drop(&watch->group);
	drop(&watch->tree);
	drop(&watch->listener);
}

void watch_close(struct watch *watch)
{
	watch_let_go(watch);
	drop(&watch->stat);
	listing_free(watch->listing);
	written_deinit(&watch->written);
	*watch = WATCH_NONE;
}
