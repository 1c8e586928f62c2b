/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/output.h"

#include "audit/reserve.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The segment ends at its last checkpoint, or never was when it has none. */
static void abandon_segment(struct output *output)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(output->first, name);
	if (output->end == 0)
		(void)unlinkat(output->dirfd, name, 0);
	else
		(void)!ftruncate(output->fd, (off_t)output->end);
	(void)close(take_fd(&output->fd));
}

static int begin_segment(struct output *output, uint64_t first, struct err *err)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(first, name);
	output->fd = openat(output->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			    0640);
	if (output->fd < 0)
		return err_set(err, -errno, "create %s: %m", name);
	output->first = first;
	output->end = 0;
	return 0;
}

/* One write, one fdatasync; a new segment's name must be durable too. */
static int write_durably(struct output *output, const char *text, size_t len)
{
	bool is_new = output->end == 0;
	int rc = 0;

	if (lseek(output->fd, (off_t)output->end, SEEK_SET) < 0)
		return -errno;
	rc = file_write_all(output->fd, text, len);
	if (rc == 0 && fdatasync(output->fd) < 0)
		rc = -errno;
	if (rc == 0 && is_new && fsync(output->dirfd) < 0)
		rc = -errno;
	if (rc == 0)
		output->end += len;
	return rc;
}

static int write_once(struct output *output, const struct segment_head *state, char *text,
		      size_t len, struct err *err)
{
	char head[SEGMENT_HEAD_MAX];
	size_t head_len = 0;
	int rc;

	if (output->fd < 0) {
		rc = begin_segment(output, state->tree.size, err);
		if (rc < 0)
			return rc;
	}
	if (output->end == 0) {
		head_len = segment_head_format(state, head);
		memcpy(text - head_len, head, head_len);
	}
	rc = write_durably(output, text - head_len, len + head_len);
	if (rc < 0) {
		errno = -rc;
		(void)err_set(err, rc,
			      "write the log: %m; remedy: make room on, or replace, the disk of "
			      "/var/lib/sekisho");
	}
	return rc;
}

static bool is_full(int rc)
{
	return rc == -ENOSPC || rc == -EDQUOT;
}

/* The segment as it was before the write, if it still can be used. */
static void undo(struct output *output, int rc)
{
	if (output->fd < 0)
		return;
	if (is_full(rc) && output->end > 0) {
		(void)!ftruncate(output->fd, (off_t)output->end);
		return;
	}
	if (!is_full(rc))
		output->failure = -rc;
	abandon_segment(output);
}

int output_write(struct output *output, const struct segment_head *state, char *text, size_t len,
		 struct err *err)
{
	int rc = write_once(output, state, text, len, err);

	for (int again = 1; rc < 0; again--) {
		bool freed = false;

		undo(output, rc);
		if (is_full(rc)) {
			freed = reserve_release(output->dirfd);
			output->is_short = true;
		}
		if (again == 0 || (is_full(rc) && !freed))
			return rc;
		rc = write_once(output, state, text, len, err);
	}
	return 0;
}

void output_rotate(struct output *output, uint64_t max)
{
	if (output->fd >= 0 && output->end >= max)
		(void)close(take_fd(&output->fd));
}
