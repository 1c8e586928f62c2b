/* SPDX-License-Identifier: Apache-2.0 */

/* Reading an index.  Whatever is not as it must be means that there is none. */

#include "audit/seg_index.h"

#include "core/err.h"
#include "core/file.h"
#include "audit/seg_index_layout.h"
#include "audit/members.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Their names, and the order in which a line has them: a search goes on from the one before. */
static const struct column {
	const char *key;
	size_t len;
	enum seg_index_column column;
} columns[] = {
	{ "verdict", 7, SEG_INDEX_VERDICT }, { "vid", 3, SEG_INDEX_VID },
	{ "pid", 3, SEG_INDEX_PID },         { "serial", 6, SEG_INDEX_SERIAL },
	{ "vendor", 6, SEG_INDEX_VENDOR },   { "product", 7, SEG_INDEX_PRODUCT },
	{ "user", 4, SEG_INDEX_USER },       { "rule", 4, SEG_INDEX_RULE },
	{ "zone", 4, SEG_INDEX_ZONE },
};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

int seg_index_row_read(const char *line, size_t len, const struct record_prefix *prefix,
		       struct seg_index_row *ret)
{
	struct members members = members_of(line, len, prefix);
	struct member member;
	size_t next = 0;
	int rc;

	*ret = (struct seg_index_row){ .values[SEG_INDEX_TYPE] = prefix->type,
				       .lens[SEG_INDEX_TYPE] = prefix->type_len };
	while ((rc = members_next(&members, &member)) == 1) {
		for (size_t i = next; member.is_string && i < N_COLUMNS; i++) {
			if (columns[i].len != member.key_len ||
			    memcmp(columns[i].key, member.key, member.key_len) != 0)
				continue;
			ret->values[columns[i].column] = member.value;
			ret->lens[columns[i].column] = member.len;
			next = i + 1;
			break;
		}
	}
	return rc;
}

int seg_index_lock(int dirfd, int *ret_fd, struct err *err)
{
	int rc = file_lock(dirfd, SEG_INDEX_LOCK, ret_fd);

	if (rc == -EWOULDBLOCK)
		return err_set(err, rc,
			       "the segments of the log are being worked on; remedy: again in a "
			       "minute");
	errno = -rc;
	return rc < 0 ? err_set(err, rc, "open %s: %m", SEG_INDEX_LOCK) : 0;
}

void seg_index_name_format(uint64_t first, char *out)
{
	(void)snprintf(out, SEG_INDEX_NAME_MAX, "seg-%012" PRIu64 ".idx", first);
}

int seg_index_open(int dirfd, uint64_t first, struct seg_index *ret)
{
	char path[sizeof(SEG_INDEX_DIR) + SEG_INDEX_NAME_MAX] = SEG_INDEX_DIR "/";
	uint8_t head[SEG_INDEX_HEAD_SIZE];
	cleanup_close int fd = -1;
	struct seg_index index;

	seg_index_name_format(first, path + strlen(path));
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    seg_index_head_parse(head, &index) < 0 || index.first != first)
		return -EBADMSG;
	index.fd = take_fd(&fd);
	*ret = index;
	return 0;
}

/* Where each value stands; there are as many as the head says. */
static int find_values(struct seg_index *index)
{
	const char *at = index->body;
	const char *end = at + index->values_len;

	index->values = calloc(index->n_values + 1, sizeof(*index->values));
	if (!index->values)
		return -ENOMEM;
	for (uint64_t i = 0; i < index->n_values; i++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			return -EBADMSG;
		index->values[i] = (struct seg_index_value){ at, (size_t)(newline - at) };
		at = newline + 1;
	}
	return at == end ? 0 : -EBADMSG;
}

int seg_index_load_body(struct seg_index *index)
{
	size_t len = seg_index_body_len(index);
	cleanup_free char *body = malloc(len + 1);
	uint8_t head[SEG_INDEX_HEAD_SIZE];
	struct stat found;

	if (!body)
		return -ENOMEM;
	if (fstat(index->fd, &found) < 0 || found.st_size != (off_t)(SEG_INDEX_HEAD_SIZE + len) ||
	    pread(index->fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    pread(index->fd, body, len, SEG_INDEX_HEAD_SIZE) != (ssize_t)len ||
	    !seg_index_body_fits(head, body, len))
		return -EBADMSG;
	index->body = take_ptr(&body);
	return find_values(index);
}

int seg_index_load_blocks(struct seg_index *index)
{
	size_t len = index->n_blocks * TREE_HASH_SIZE;
	off_t at = (off_t)(SEG_INDEX_HEAD_SIZE + seg_index_blocks_at(index));

	index->blocks = malloc(len + 1);
	if (!index->blocks)
		return -ENOMEM;
	return pread(index->fd, index->blocks, len, at) == (ssize_t)len ? 0 : -EBADMSG;
}

void seg_index_join(const struct seg_index *index, struct tree *tree)
{
	uint64_t end = index->first + index->n_entries;

	for (uint64_t i = 0; i < index->n_blocks; i++)
		tree_join(tree, seg_index_block_len(tree->size, end), index->blocks[i]);
}

void seg_index_close(struct seg_index *index)
{
	free(take_ptr(&index->body));
	free(take_ptr(&index->values));
	free(take_ptr(&index->blocks));
	closep(&index->fd);
	index->fd = -1;
}

bool seg_index_row_next(const struct seg_index *index, size_t *pos, struct seg_index_row *ret)
{
	const char *rows = index->body + index->values_len;
	const char *at = rows + *pos;

	for (size_t i = 0; i < SEG_INDEX_COLUMNS; i++) {
		uint64_t number = 0;

		at = seg_index_number_parse(at, rows + index->rows_len, &number);
		if (!at || number >= index->n_values)
			return false;
		ret->values[i] = index->values[number].text;
		ret->lens[i] = index->values[number].len;
	}
	*pos = (size_t)(at - rows);
	return true;
}

struct seg_index_cursor seg_index_begin(const struct seg_index *index)
{
	return (struct seg_index_cursor){
		.index = index,
		.at = index->body + index->values_len + index->rows_len,
		.entry.seq = index->first - 1,
	};
}

bool seg_index_next(struct seg_index_cursor *cursor)
{
	const struct seg_index *index = cursor->index;
	const char *end = index->body + seg_index_blocks_at(index);
	uint64_t numbers[3];

	for (size_t i = 0; i < 3; i++) {
		cursor->at = seg_index_number_parse(cursor->at, end, &numbers[i]);
		if (!cursor->at) {
			cursor->at = end;
			return false;
		}
	}
	cursor->entry.seq++;
	cursor->entry.offset += numbers[0];
	cursor->entry.wall_sec += seg_index_unzigzag(numbers[1]);
	cursor->entry.row = numbers[2];
	return cursor->entry.row < index->n_rows;
}
