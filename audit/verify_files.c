/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_files.h"

#include "audit/line.h"
#include "audit/segment.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* The time is that of the inode: its number may be given away again. */
struct file {
	uint64_t inode; /* 0: in neither form */
	int64_t sec;
	int64_t nsec;
};

struct verify_files {
	uint64_t *firsts;
	struct file *list;
	size_t n;
};

static struct file look(int dirfd, uint64_t first)
{
	char name[SEGMENT_NAME_LEN + sizeof(LINE_PACKED_SUFFIX)];
	struct stat st;

	segment_name_format(first, name);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		strcat(name, LINE_PACKED_SUFFIX);
		if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return (struct file){ 0 };
	}
	return (struct file){ st.st_ino, st.st_ctim.tv_sec, st.st_ctim.tv_nsec };
}

int verify_files_look(int dirfd, struct verify_files **ret, struct err *err)
{
	cleanup_verify_files struct verify_files *files = calloc(1, sizeof(*files));
	int rc;

	if (!files)
		return err_set(err, -ENOMEM, "out of memory");
	rc = segment_list(dirfd, &files->firsts, &files->n, err);
	if (rc < 0)
		return rc;
	files->list = calloc(files->n + 1, sizeof(*files->list));
	if (!files->list)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < files->n; i++)
		files->list[i] = look(dirfd, files->firsts[i]);
	*ret = take_ptr(&files);
	return 0;
}

bool verify_files_changed(const struct verify_files *before, const struct verify_files *after)
{
	if (before->n != after->n)
		return true;
	for (size_t i = 0; i < before->n; i++) {
		const struct file *a = &before->list[i];
		const struct file *b = &after->list[i];

		if (before->firsts[i] != after->firsts[i] || a->inode != b->inode)
			return true;
		if (i + 1 < before->n && (a->sec != b->sec || a->nsec != b->nsec))
			return true;
	}
	return false;
}

void verify_files_free(struct verify_files *files)
{
	free(files->firsts);
	free(files->list);
	free(files);
}
