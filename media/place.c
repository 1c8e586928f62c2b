/* SPDX-License-Identifier: Apache-2.0 */

#include "media/place.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define NAMES_MAX 99

/* As long as the name is, "-99" must still fit behind it. */
#define STEM_MAX (PLACE_NAME_MAX - 4)

static bool is_plain(const char *text, size_t len)
{
	return len > 1 || isalnum((unsigned char)*text) || strchr("-_.+ ", *text);
}

void place_name(char *out, const char *label, const char *node)
{
	const char *last = strrchr(node, '/');
	const char *text = *label ? label : last ? last + 1 : node;
	size_t left = strlen(text);
	size_t used = 0;

	while (left > 0) {
		uint32_t c;
		size_t n = text_next(text, left, &c);
		bool keep = n > 0 && !text_is_unsafe(c) && is_plain(text, n);

		n = n ? n : 1;
		if (used + n > STEM_MAX)
			break;
		if (keep)
			memcpy(out + used, text, n);
		else
			out[used] = '_';
		used += keep ? n : 1;
		text += n;
		left -= n;
	}
	out[used] = '\0';
	if (*out == '.' || *out == '-' || *out == ' ' || *out == '\0')
		*out = '_'; /* hidden, an option, or nothing to see */
	if (used == 0)
		out[1] = '\0';
}

int place_open_root(int *ret_fd, struct err *err)
{
	cleanup_close int fd = -1;
	struct stat st;

	if ((mkdir("/run/media", 0755) < 0 || mkdir(PLACE_ROOT, 0755) < 0) && errno == EEXIST)
		(void)mkdir(PLACE_ROOT, 0755);
	fd = open(PLACE_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "open %s: %m", PLACE_ROOT);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, -EPERM,
			       "%s could have been changed by others than its owner; "
			       "remedy: chown root and chmod go-w it after a review",
			       PLACE_ROOT);
	if (flock(fd, LOCK_EX) < 0)
		return err_set(err, -errno, "lock %s: %m", PLACE_ROOT);
	*ret_fd = take_fd(&fd);
	return 0;
}

/* One that was left behind is empty and no mount point: it can be removed, and is. */
static int make(int root_fd, const char *name)
{
	if (mkdirat(root_fd, name, 0755) == 0)
		return 0;
	if (errno == EEXIST && unlinkat(root_fd, name, AT_REMOVEDIR) == 0 &&
	    mkdirat(root_fd, name, 0755) == 0)
		return 0;
	return errno == EBUSY || errno == ENOTEMPTY || errno == ENOTDIR ? -EEXIST : -errno;
}

int place_make(int root_fd, char *name, struct err *err)
{
	size_t len = strlen(name);
	int rc = make(root_fd, name);

	for (unsigned int i = 2; rc == -EEXIST && i <= NAMES_MAX; i++) {
		(void)snprintf(name + len, PLACE_NAME_MAX - len, "-%u", i);
		rc = make(root_fd, name);
	}
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "mkdir %s/%s: %m", PLACE_ROOT, name);
	}
	return 0;
}

void place_clear(const char *path)
{
	(void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	(void)rmdir(path);
}

const char *place_of(const char *path)
{
	size_t len = strlen(PLACE_ROOT "/");
	const char *name = path + len;

	if (strncmp(path, PLACE_ROOT "/", len) != 0 || *name == '\0' || *name == '.' ||
	    strchr(name, '/'))
		return NULL;
	return name;
}
