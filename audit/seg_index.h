/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which entries of a closed segment can be meant by a question: derived from
 * its lines alone, so that it may be deleted at any time and has one right
 * content for each segment, byte for byte.  Nothing that it says is shown: it
 * tells where to read.  Nor are its hashes of blocks of entries believed: they
 * lead to a checkpoint or they do not.  docs/audit-format.md has the layout.
 */

#pragma once

#include "audit/line.h"
#include "audit/record.h"
#include "audit/segment.h"

#define SEG_INDEX_DIR "index" /* below the log's directory */
#define SEG_INDEX_LOCK "tend.lock"
#define SEG_INDEX_NAME_MAX 32   /* "seg-000000000000.idx" and NUL */
#define SEG_INDEX_ROW_MAX 65536 /* bytes of all values of one entry; more than a line has */
#define SEG_INDEX_BLOCK 256     /* entries with one hash, at most */

/* What entries are asked for by. */
enum seg_index_column {
	SEG_INDEX_TYPE = 0,
	SEG_INDEX_USER = 1,
	SEG_INDEX_VID = 2,
	SEG_INDEX_PID = 3,
	SEG_INDEX_SERIAL = 4,
	SEG_INDEX_VENDOR = 5,
	SEG_INDEX_PRODUCT = 6,
	SEG_INDEX_VERDICT = 7,
	SEG_INDEX_ZONE = 8,
	SEG_INDEX_RULE = 9,
	SEG_INDEX_COLUMNS = 10,
};

/* The values of one entry as they stand in its line, with its escapes; empty where it has none. */
struct seg_index_row {
	const char *values[SEG_INDEX_COLUMNS]; /* not NUL-terminated */
	size_t lens[SEG_INDEX_COLUMNS];
};

struct seg_index_value {
	const char *text; /* not NUL-terminated */
	size_t len;
};

struct seg_index {
	uint64_t first; /* seq of the first entry */
	uint64_t n_entries;
	uint64_t content_size; /* of the segment, bytes */
	int64_t first_wall_us; /* the earliest and the latest time that an entry has */
	int64_t last_wall_us;
	uint64_t n_values;   /* that differ, of all columns together */
	uint64_t values_len; /* bytes */
	uint64_t n_rows;     /* that differ */
	uint64_t rows_len;
	uint64_t entries_len;
	uint64_t n_blocks;
	uint8_t root[TREE_HASH_SIZE]; /* of the tree that the segment ends with */
	int fd;
	/* NULL until seg_index_load_body() */
	char *body;
	struct seg_index_value *values;
	/* The hash of each; NULL until seg_index_load_blocks() */
	uint8_t (*blocks)[TREE_HASH_SIZE];
};

/* Where an entry stands. */
struct seg_index_entry {
	uint64_t seq;
	uint64_t offset;  /* in the content of the segment */
	int64_t wall_sec; /* rounded down */
	uint64_t row;
};

struct seg_index_cursor {
	const struct seg_index *index;
	const char *at;
	struct seg_index_entry entry; /* the newest one that was read */
};

/* Return: 0, or -EBADMSG when @line is no entry. */
int seg_index_row_read(const char *line, size_t len, const struct record_prefix *prefix,
		       struct seg_index_row *ret);

/**
 * seg_index_build() - the one right content of a segment's index
 * @reader:	stands at the beginning of the segment
 * @ret:	set on success only, free() it
 *
 * Return: 0, -EBADMSG for what is not a whole closed segment, and then it can
 * have none, or the error of reading.
 */
int seg_index_build(struct line_reader *reader, char **ret, size_t *ret_len, struct err *err);

/**
 * seg_index_lock() - keep others from compressing, indexing or blacking out segments meanwhile
 * @ret_fd:	set on success only; closing it ends that
 *
 * Return: 0, -EWOULDBLOCK: somebody else does; or an error of opening.
 */
int seg_index_lock(int dirfd, int *ret_fd, struct err *err);

/* @out has SEG_INDEX_NAME_MAX bytes. */
void seg_index_name_format(uint64_t first, char *out);

/**
 * seg_index_open() - read what an index says of its whole segment
 * @dirfd:	the log's directory
 * @ret:	set on success only, seg_index_close() it
 *
 * Return: 0, or a negative errno: then there is no index.
 */
int seg_index_open(int dirfd, uint64_t first, struct seg_index *ret);

/* Read more: all but the hashes, or these.  Return: 0, or a negative errno: there is no index. */
int seg_index_load_body(struct seg_index *index);
int seg_index_load_blocks(struct seg_index *index);
void seg_index_close(struct seg_index *index);

/**
 * seg_index_row_next() - the rows in their order
 * @pos:	0 for the first; moved to the next
 *
 * Return: false behind the last one.
 */
bool seg_index_row_next(const struct seg_index *index, size_t *pos, struct seg_index_row *ret);

/* Return: true and the next entry in @cursor->entry, or false behind the last. */
bool seg_index_next(struct seg_index_cursor *cursor);
struct seg_index_cursor seg_index_begin(const struct seg_index *index);

/* Entries of the block that begins at @seq in a segment that ends before @end. */
uint64_t seg_index_block_len(uint64_t seq, uint64_t end);

/*
 * Add the entries to the tree of all before them, by the hashes of their blocks.  Whether these are
 * right is what the root of that tree says.
 */
void seg_index_join(const struct seg_index *index, struct tree *tree);

/**
 * seg_index_check() - does the index of a segment say what its lines say?
 *
 * Return: 0 when it does or there is none, -EBADMSG when it does not, or the
 * error of reading; @err names the file.
 */
int seg_index_check(int dirfd, uint64_t first, struct err *err);
