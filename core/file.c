/* SPDX-License-Identifier: Apache-2.0 */

#include "core/file.h"

#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int file_open_trusted(int dirfd, const char *name, uid_t owner, int *ret_fd, struct err *err)
{
	cleanup_close int fd = -1;
	struct stat st;

	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", name);
	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "stat %s: %m", name);
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s is not a regular file", name);
	if ((st.st_uid != 0 && st.st_uid != owner) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, -EPERM,
			       "%s could have been changed by others than its owner; "
			       "remedy: chown root and chmod go-w it after a review",
			       name);

	*ret_fd = take_fd(&fd);
	return 0;
}

/* What makes a file or directory of a service's state its own and nobody else's. */
static int check_own(const char *name, const struct stat *st, struct err *err)
{
	if (st->st_uid != geteuid() || (st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, -EPERM,
			       "%s is not this service's alone; remedy: after a review, chown it "
			       "to the service and chmod go= it",
			       name);
	if (!S_ISDIR(st->st_mode) && st->st_nlink != 1)
		return err_set(err, -EMLINK,
			       "%s has other names (hard links); remedy: after a review, remove "
			       "those",
			       name);
	return 0;
}

/* Hands over what was opened, if it is this process's alone. */
static int take_own(int *fd, mode_t kind, const char *name, int *ret_fd, struct err *err)
{
	struct stat st;
	int rc;

	if (fstat(*fd, &st) < 0)
		return err_set(err, -errno, "stat %s: %m", name);
	if ((st.st_mode & S_IFMT) != kind)
		return err_set(err, -EINVAL, "%s is not a regular file", name);
	rc = check_own(name, &st, err);
	if (rc == 0)
		*ret_fd = take_fd(fd);
	return rc;
}

int file_open_own(int dirfd, const char *name, int flags, int *ret_fd, struct err *err)
{
	cleanup_close int fd = openat(dirfd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && errno == ELOOP)
		return err_set(err, -ELOOP,
			       "%s is a symbolic link; remedy: after a review, put the file itself "
			       "there",
			       name);
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", name);
	return take_own(&fd, S_IFREG, name, ret_fd, err);
}

int file_open_own_dir(const char *path, int *ret_fd, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOTDIR)
		return err_set(err, -ENOTDIR,
			       "%s is a symbolic link or a file; remedy: after a review, put the "
			       "directory itself there",
			       path);
	if (fd < 0)
		return err_set(err, -errno, "%s: %m", path);
	return take_own(&fd, S_IFDIR, path, ret_fd, err);
}

/* Reads to the end of the file or to @max + 1 bytes, whichever comes first. */
static ssize_t read_up_to(int fd, char *out, size_t max)
{
	size_t len = 0;

	while (len <= max) {
		ssize_t n = read(fd, out + len, max + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* All of a file that is open. */
static int read_whole(int fd, const char *name, size_t max, char **ret, size_t *ret_len,
		      struct err *err)
{
	cleanup_free char *text = NULL;
	struct stat st;
	ssize_t len;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "stat %s: %m", name);
	if (st.st_size < 0 || (size_t)st.st_size > max)
		return err_set(err, -EFBIG, "%s is larger than the limit of %zu bytes", name, max);

	/* The size is a hint only: the file may grow, up to the limit. */
	text = malloc(max + 2);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	len = read_up_to(fd, text, max);
	if (len < 0) {
		errno = (int)-len;
		return err_set(err, (int)len, "read %s: %m", name);
	}
	if ((size_t)len > max)
		return err_set(err, -EFBIG, "%s is larger than the limit of %zu bytes", name, max);

	text[len] = '\0';
	*ret_len = (size_t)len;
	*ret = take_ptr(&text);
	return 0;
}

int file_read_trusted(int dirfd, const char *name, uid_t owner, size_t max, char **ret,
		      size_t *ret_len, struct err *err)
{
	cleanup_close int fd = -1;
	int rc = file_open_trusted(dirfd, name, owner, &fd, err);

	return rc < 0 ? rc : read_whole(fd, name, max, ret, ret_len, err);
}

int file_read_own(int dirfd, const char *name, size_t max, char **ret, size_t *ret_len,
		  struct err *err)
{
	cleanup_close int fd = -1;
	int rc = file_open_own(dirfd, name, O_RDONLY, &fd, err);

	return rc < 0 ? rc : read_whole(fd, name, max, ret, ret_len, err);
}

int file_read_attribute(int dirfd, const char *name, char *out, size_t size)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, out, size - 1);
	if (n < 0)
		return -errno;
	if (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return 0;
}

int file_write_all(int fd, const void *contents, size_t len)
{
	const char *pos = contents;

	while (len > 0) {
		ssize_t n = write(fd, pos, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		pos += n;
		len -= (size_t)n;
	}
	return 0;
}

static int sync_directory_of(int dirfd, const char *name)
{
	char copy[PATH_MAX];
	cleanup_close int fd = -1;

	if (strlen(name) >= sizeof(copy))
		return -ENAMETOOLONG;
	strcpy(copy, name);
	fd = openat(dirfd, dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int write_new(int dirfd, const char *temp, const void *contents, size_t len, mode_t mode)
{
	cleanup_close int fd = -1;
	int rc;

	/* One that a crash left goes; what somebody put there instead is never written to. */
	if (unlinkat(dirfd, temp, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode) < 0)
		return -errno;
	rc = file_write_all(fd, contents, len);
	if (rc < 0)
		return rc;
	return fsync(fd) < 0 ? -errno : 0;
}

int file_replace(int dirfd, const char *name, const void *contents, size_t len, mode_t mode,
		 struct err *err)
{
	cleanup_free char *temp = NULL;
	int rc;

	if (asprintf(&temp, "%s.new", name) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	rc = write_new(dirfd, temp, contents, len, mode);
	if (rc == 0 && renameat(dirfd, temp, dirfd, name) < 0)
		rc = -errno;
	if (rc == 0)
		rc = sync_directory_of(dirfd, name);
	if (rc < 0) {
		(void)unlinkat(dirfd, temp, 0);
		errno = -rc;
		return err_set(err, rc, "write %s: %m", name);
	}
	return 0;
}

int file_device(int dirfd, const char *name, int flags, dev_t *ret)
{
	struct statx found;

	if (statx(dirfd, name, flags | AT_STATX_DONT_SYNC, STATX_TYPE, &found) < 0)
		return -errno;
	*ret = makedev(found.stx_dev_major, found.stx_dev_minor);
	return 0;
}

DIR *file_list(int dirfd, const char *name)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		(void)take_fd(&fd); /* now the stream's */
	return dir;
}

int file_lock(int dirfd, const char *name, int *ret_fd)
{
	cleanup_close int fd =
		openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}
