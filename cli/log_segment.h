/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The entries of one segment that are meant, by its index where it has one that
 * fits, else by reading all of it.  What is handed on always comes from the
 * lines themselves and was asked again: an index can only be slower than none.
 */

#pragma once

#include "audit/line.h"
#include "audit/segment.h"
#include "cli/log_filter.h"

enum log_entry_kind {
	LOG_ENTRY_BROKEN = 0, /* a line that is no entry: shown, or it were the way to hide one */
	LOG_ENTRY_REDACTED = 1,
	LOG_ENTRY_WHOLE = 2,
};

/* That an entry was proven to be in, as it stands there; size 0: in none. */
struct log_tree {
	uint64_t size;
	uint8_t root[TREE_HASH_SIZE];
};

struct log_entry {
	enum log_entry_kind kind;
	const char *text; /* NUL-terminated, until the next one */
	size_t len;
	uint64_t seq;    /* for a broken line of the entry before it */
	int64_t wall_us; /* of a redacted one that of the entry before it */
	uint64_t segment;
	uint64_t offset; /* in the content of the segment */
	struct log_tree tree;
	bool is_proven; /* for who shows it to find out: cli/log_proof.h */
};

/* Return: 0, or a negative errno: stop reading. */
typedef int log_take(const struct log_entry *entry, void *ctx, struct err *err);

struct log_segment {
	uint64_t first;
	bool is_newest;
	uint64_t next_first; /* of the segment that follows, unless it is the newest */
};

/**
 * log_segment_read() - call @take for each entry that is meant, oldest first
 *
 * Return: 0, or the error of reading or of @take.
 */
int log_segment_read(int dirfd, const struct log_segment *segment, const struct log_filter *filter,
		     log_take *take, void *ctx, struct err *err);

/* What stands before the first entry of a segment. */
struct log_entry log_segment_begin(uint64_t first);

/**
 * log_segment_scan() - the same, for what follows in @reader
 * @entry:	the one before; the last one afterwards
 */
int log_segment_scan(struct line_reader *reader, struct log_entry *entry,
		     const struct log_filter *filter, log_take *take, void *ctx, struct err *err);

/* True for a line in an entry's place. */
bool log_entry_is_line(const struct line *line);

/**
 * log_entry_is_meant() - look at such a line
 * @entry:	the one before; this one afterwards, its text not NUL-terminated
 */
bool log_entry_is_meant(const struct log_filter *filter, const struct line *line,
			struct log_entry *entry);
