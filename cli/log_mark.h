/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How far an entry is covered, for each line that is shown, and whether it is what
 * was signed (cli/log_proof.h).  Of the keys only that of the newest checkpoint is
 * checked: that the others lead to it is what `sekisho log verify` proves.
 */

#pragma once

#include "audit/segment.h"
#include "cli/log_segment.h"

#include <stdbool.h>

enum log_mark {
	LOG_MARK_UNKNOWN = 0, /* the newest checkpoint is not the key's: nothing can be said */
	LOG_MARK_OPEN = 1,    /* behind the newest checkpoint */
	LOG_MARK_SIGNED = 2,  /* covered by it */
	LOG_MARK_CLOSED = 3,  /* and by that of an epoch whose key is erased */
	LOG_MARK_DAMAGED = 4, /* what stands here is not what was signed, or that is not proven */
};

struct log_marks {
	bool is_checked;          /* the newest checkpoint is the key's, and the segments agree */
	uint64_t closed_end;      /* seq after the last entry that a closed epoch covers */
	uint64_t signed_end;      /* seq after the last one that the newest checkpoint covers */
	struct checkpoint newest; /* that checkpoint, as log_marks_read() found it */
	bool is_ascii;            /* the terminal has no other characters */
	char origin[NOTE_NAME_MAX + 1]; /* "" when it is not known */
};

/**
 * log_marks_read() - look at the newest checkpoint and where the epochs end
 * @key:	NULL: there is none, and nothing can be said
 * @err:	says why nothing can be said
 *
 * Return: the marks; @err->code is 0 when they mean something.
 */
struct log_marks log_marks_read(int dirfd, const struct note_key *key, struct err *err);

/* The newest checkpoint again; @check is the newest that was read in the segments. */
void log_marks_advance(struct log_marks *marks, int dirfd, const struct note_key *key,
		       const struct segment_check *check);

enum log_mark log_mark_of(const struct log_marks *marks, const struct log_entry *entry);

/* One column wide; the same in words; and for programs, in no language. */
const char *log_mark_sign(const struct log_marks *marks, enum log_mark mark);
const char *log_mark_words(enum log_mark mark);
const char *log_mark_name(enum log_mark mark);
