/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One segment, proven by itself: that it follows from its own #seg line.  That
 * this line follows from the segment before is for the one who joins them.
 */

#pragma once

#include "audit/gaps.h"
#include "audit/line.h"
#include "audit/redactions.h"
#include "audit/segment.h"
#include "audit/starts.h"

#define VERIFY_MARKS 2            /* heads known before: a witness, the file "checkpoint" */
#define VERIFY_KEYS_MAX 8         /* changes of the identity key that are followed in one segment */
#define VERIFY_TICK (1024 * 1024) /* bytes of content between two calls of tick */

struct err;

/* A head that the log must pass through. */
struct verify_mark {
	uint64_t size; /* 0: none */
	uint8_t root[TREE_HASH_SIZE];
};

/* What is the same for all segments of a log. */
struct verify_scope {
	bool deep;      /* each entry as a whole, each checkpoint's signature */
	uint64_t first; /* seq that the log begins with */
	struct verify_mark marks[VERIFY_MARKS];
	/* Bytes of the file that were read since it was last called; false: give up.  Or NULL. */
	bool (*tick)(void *ctx, uint64_t bytes);
	void *tick_ctx;
};

enum verify_mark_state {
	VERIFY_MARK_UNSEEN = 0,
	VERIFY_MARK_DIFFERS = 1,
	VERIFY_MARK_AGREES = 2,
};

struct verify_part {
	bool begun;                /* its #seg line is valid */
	struct segment_head begin; /* what that says */
	struct segment_head state; /* what the next one must say, once all is signed */
	uint64_t proven_end;       /* seq after the last entry that a signature covers */
	struct segment_check newest;
	uint64_t n_checkpoints;
	uint64_t good_offset;  /* after the last line that belongs to something proven */
	uint64_t check_offset; /* of the last checkpoint */
	bool unchecked;        /* its signature has not been looked at */
	bool stepping;         /* the line before was an entry log.epoch: @step */
	struct epoch_step step;

	uint64_t n_dated; /* entries that are not blacked out */
	int64_t first_wall_us;
	int64_t last_wall_us;
	uint64_t n_clock_back;
	uint64_t n_clock_steps;
	uint64_t n_recovered;
	uint64_t n_damaged;
	uint64_t n_lost;
	uint64_t torn_bytes;
	struct gaps_reading gaps;
	struct starts_reading starts;
	enum verify_mark_state marks[VERIFY_MARKS];
	bool pruned; /* an entry log.prune says that the log begins where it does, with @pruned_root
		      */
	uint8_t pruned_root[TREE_HASH_SIZE];
	uint64_t
		pruned_by; /* seq of that entry: where nothing is signed anybody may have said it */
	bool counts_changes; /* and how often the identity key was changed before that */
	uint64_t n_changes;
	struct redactions redacted;
	struct redactions named;               /* by entries log.redact */
	struct note_key keys[VERIFY_KEYS_MAX]; /* the newest that entries log.key name */
	uint64_t keys_by[VERIFY_KEYS_MAX];     /* seq of those entries */
	size_t n_keys;

	bool bad;
	uint64_t bad_first;
	uint64_t bad_last;
	uint64_t bad_offset;
	const char *reason; /* English; tr() it where it is shown */
};

/**
 * verify_part_read() - read a segment from its beginning to its end or to what is wrong in it
 * @ret:	set on success only, verify_part_clear() it
 *
 * Where something is wrong it is read once more with every signature, so that
 * the first thing wrong is what is named.
 *
 * Return: 0, -ECANCELED when tick said so, or the error of reading.
 */
int verify_part_read(const struct verify_scope *scope, struct line_reader *reader,
		     struct verify_part *ret, struct err *err);

void verify_part_clear(struct verify_part *part);

/* The segment is bad between the last entry that is proven and the last one read. */
void verify_part_blame(struct verify_part *part, uint64_t offset, const char *reason);
