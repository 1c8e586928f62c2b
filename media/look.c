/* SPDX-License-Identifier: Apache-2.0 */

#include "media/look.h"

#include "core/err.h"
#include "media/content.h"
#include "media/layout.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 2048 /* bytes, of an optical disc */
#define RUN_OUT 2  /* blocks behind the last of a disc written track at once */

static int size_of(int fd, uint64_t *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISBLK(st.st_mode))
		return ioctl(fd, BLKGETSIZE64, ret) < 0 ? -errno : 0;
	*ret = (uint64_t)st.st_size;
	return 0;
}

static bool can_read(int fd, uint64_t at)
{
	char byte;

	return pread(fd, &byte, 1, (off_t)at) == 1;
}

/* The drive counts blocks that cannot be read; libblkid gives up at the first of them. */
static uint64_t without_run_out(int fd, uint64_t size)
{
	if (size <= RUN_OUT * BLOCK || can_read(fd, size - 1))
		return size;
	return size - RUN_OUT * BLOCK;
}

static int look_everywhere(int fd, const struct layout *layout, struct content *content)
{
	const struct area whole = { .length = content->found->size };
	bool any;
	int rc = content_add(content, fd, &whole, &any);

	for (size_t i = 0; rc == 0 && i < layout->n; i++) {
		rc = content_add(content, fd, &layout->areas[i], &any);
		if (rc == 0 && !any)
			content->found->medium |= IPC_MEDIUM_PLAIN;
	}
	if (rc == 0 && layout->has_table)
		rc = layout_room_is_used(fd, content->found->size, layout);
	/* Nothing at all is found on an empty disk, also where it has a table without entries. */
	if (rc > 0 || layout->is_odd || content->found->medium == IPC_MEDIUM_UNKNOWN)
		content->found->medium |= IPC_MEDIUM_PLAIN;
	return rc < 0 ? rc : 0;
}

static int fail(struct err *err, int rc)
{
	errno = -rc;
	return err_set(err, rc, "the medium cannot be read: %m");
}

int media_look(int fd, struct ipc_media_found *ret, struct err *err)
{
	struct ipc_media_found found = { .header = ret->header };
	struct content content = { .found = &found };
	struct layout layout;
	int rc = size_of(fd, &found.size);

	if (rc == 0 && found.size == 0)
		rc = -ENOMEDIUM;
	if (rc < 0)
		return fail(err, rc);
	found.size = without_run_out(fd, found.size);
	rc = layout_read(fd, found.size, &layout);
	if (rc == 0)
		rc = look_everywhere(fd, &layout, &content);
	if (rc < 0)
		return fail(err, rc);
	found.n_partitions = (uint32_t)layout.n;
	*ret = found;
	return 0;
}
