/* SPDX-License-Identifier: Apache-2.0 */

#include "media/adopt.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "media/place.h"
#include "media/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#define DEVNUM_TEXT_MAX 32

/* "8:1" of what device mapper made from a volume; one at most, as nobody else may open it. */
static dev_t holder_of(dev_t devnum)
{
	char path[64];
	char text[DEVNUM_TEXT_MAX];
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *entry;
	unsigned int major, minor;

	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/holders", major(devnum),
		       minor(devnum));
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		cleanup_close int holder =
			openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (entry->d_name[0] != '.' && holder >= 0 &&
		    file_read_attribute(holder, "dev", text, sizeof(text)) >= 0 &&
		    sscanf(text, "%u:%u", &major, &minor) == 2)
			return makedev(major, minor);
	}
	return 0;
}

static bool is_writable(int dirfd)
{
	struct statvfs fs;

	return fstatvfs(dirfd, &fs) < 0 || !(fs.f_flag & ST_RDONLY);
}

static bool find(int root_fd, dev_t devnum, char *name, bool *ret_writable, uid_t *ret_owner)
{
	cleanup_closedir DIR *dir = file_list(root_fd, ".");
	const struct dirent *entry;
	struct stat st;

	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		cleanup_close int fd = -1;

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= PLACE_NAME_MAX)
			continue;
		fd = openat(root_fd, entry->d_name,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != devnum)
			continue;
		strcpy(name, entry->d_name);
		*ret_writable = is_writable(fd);
		*ret_owner = st.st_uid;
		return true;
	}
	return false;
}

int adopt_volume(const struct volume *volume, const struct ipc_media_mount *request,
		 struct ipc_media_mounted *answer, struct err *err)
{
	const dev_t candidates[] = { volume->devnum, holder_of(volume->devnum) };
	char name[PLACE_NAME_MAX];
	cleanup_close int root_fd = -1;
	bool writable = false;
	uid_t owner = 0;
	int rc = place_open_root(&root_fd, err);

	for (size_t i = 0; rc == 0 && i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		if (candidates[i] == 0 || !find(root_fd, candidates[i], name, &writable, &owner))
			continue;
		answer->devnum = candidates[i];
		(void)snprintf(answer->path, sizeof(answer->path), "%s/%s", PLACE_ROOT, name);
		if (owner == request->uid && (request->writable || !writable))
			return 0;
		return err_set(err, -EEXIST, "%s is mounted at %s for somebody else", volume->node,
			       answer->path);
	}
	return rc < 0 ? rc : -ENOENT;
}
