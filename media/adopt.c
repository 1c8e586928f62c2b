/* SPDX-License-Identifier: Apache-2.0 */

#include "media/adopt.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "media/mapping.h"
#include "media/place.h"
#include "media/volume.h"
#include "media/watch.h"

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

/* Where it is mounted, -1: nowhere.  A program that serves another one is asked nothing. */
static int find(dev_t devnum, char *name, struct err *err)
{
	cleanup_close int root_fd = -1;
	cleanup_closedir DIR *dir =
		place_open_root(&root_fd, err) < 0 ? NULL : file_list(root_fd, ".");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_close int fd = -1;
		dev_t found = 0;

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= PLACE_NAME_MAX)
			continue;
		fd = openat(root_fd, entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 || file_device(fd, "", AT_EMPTY_PATH, &found) < 0 || found != devnum)
			continue;
		strcpy(name, entry->d_name);
		return take_fd(&fd);
	}
	return -1;
}

/*
 * Unlocked, and mounted nowhere: one of us was killed in between.  What is just
 * being unlocked is held open, and stays.
 */
static void close_left(dev_t holder)
{
	struct err why = { 0 };

	if (holder != 0 && mapping_close(holder, false, &why) < 0)
		log_warning("%s", why.text);
}

/* Of what is mounted to be written to, somebody has to see what is. */
static int take_up(const struct volume *volume, int dirfd, const struct ipc_media_mount *request,
		   const struct ipc_media_mounted *answer, struct watch *watch, struct err *err)
{
	if (!request->writable)
		return 0;
	return watch_take_over(watch, dirfd, request, volume->node, (dev_t)answer->devnum,
			       answer->path, err);
}

int adopt_volume(const struct volume *volume, const struct ipc_media_mount *request,
		 struct ipc_media_mounted *answer, struct watch *watch, struct err *err)
{
	const dev_t candidates[] = { volume->devnum, holder_of(volume->devnum) };
	char name[PLACE_NAME_MAX];

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		cleanup_close int fd = candidates[i] == 0 ? -1 : find(candidates[i], name, err);
		struct stat st;

		if (err->code < 0)
			return err->code;
		if (fd < 0)
			continue;
		answer->devnum = candidates[i];
		(void)snprintf(answer->path, sizeof(answer->path), "%s/%s", PLACE_ROOT, name);
		if (fstat(fd, &st) == 0 && st.st_uid == request->uid &&
		    (request->writable || !is_writable(fd)))
			return take_up(volume, fd, request, answer, watch, err);
		return err_set(err, -EEXIST, "%s is mounted at %s for somebody else", volume->node,
			       answer->path);
	}
	close_left(candidates[1]);
	return -ENOENT;
}
