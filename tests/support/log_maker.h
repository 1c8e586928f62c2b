/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Logs of any size for tests, fast and the same for the same seed: without
 * fsync, with keys that follow from the seed, so that a test can also sign what
 * only an attacker would.  What is written is docs/audit-format.md.
 */

#pragma once

#include "audit/segment.h"
#include "core/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

struct audit_field;
struct log_maker; /* log_maker.c */

struct log_maker_options {
	const char *dir; /* exists */
	const char *terminal;
	const char *origin; /* instead of the one that follows from the key; or NULL */
	uint64_t seed;
	uint64_t segment_max; /* bytes, after which the next segment begins; 0: never */
	int64_t step_us;      /* between two entries; 0: one second */
	/* Checkpoints of epochs before this one that cover more entries than that are signed with
	 * its key: what somebody can do who took over the terminal in it. */
	uint64_t taken_in_epoch;
	uint64_t taken_size;
	/* From this epoch on the keys are those of somebody who has none of those before, and
	 * certifies the first of them himself; 0: none. */
	uint64_t forged_from;
};

/* NULL when something fails, as it does for every call on a maker that failed. */
struct log_maker *log_maker_new(const struct log_maker_options *options);

/* One entry, of a blocked stick when @type is NULL.  It is not written before the commit. */
void log_maker_add(struct log_maker *maker, const char *type, const struct audit_field *fields,
		   size_t n_fields);

/* A line as it is, which is no entry of a sound log. */
void log_maker_raw(struct log_maker *maker, const char *line, size_t len);

enum log_maker_key_form {
	LOG_MAKER_KEY_SIGNED = 0,
	LOG_MAKER_KEY_FORGED = 1, /* by another key than its epoch's */
	LOG_MAKER_KEY_BARE = 2,   /* without a signature, as older logs have it */
};

/* The entry log.key; from here on another identity signs the file "checkpoint". */
void log_maker_rotate(struct log_maker *maker, enum log_maker_key_form form);

/* Everything added, and a checkpoint. */
void log_maker_commit(struct log_maker *maker);

/* The entry log.epoch, its checkpoint, and the next key. */
void log_maker_epoch(struct log_maker *maker, const char *reason);

/* What the next segment would begin with. */
const struct segment_head *log_maker_head(const struct log_maker *maker);

/* The files "head", "checkpoint" and "vkey".  Return: false when anything failed until now. */
bool log_maker_finish(struct log_maker *maker);

/* The file "epochs" up to the newest one, as pruning leaves it. */
bool log_maker_certify(struct log_maker *maker);

/* Of the identity that signs now. */
const struct note_key *log_maker_key(const struct log_maker *maker);

void log_maker_free(struct log_maker *maker);

DEFINE_CLEANUP(struct log_maker *, log_maker_free)
#define cleanup_log_maker cleanup_with(log_maker_freep)
