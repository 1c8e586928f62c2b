/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Proving a log from its files alone, line by line in bounded memory.  Trusts
 * nothing in the directory but what the key given by the caller has signed.
 */

#pragma once

#include "audit/checkpoint.h"
#include "audit/segment.h"

#include <stdbool.h>

#define VERIFY_REASON_MAX 256

struct err;

enum verify_outcome {
	VERIFY_TAMPERED = 0,
	VERIFY_INCOMPLETE = 1, /* nothing wrong was found, yet not all is proven */
	VERIFY_PROVEN = 2,
};

struct verify_result {
	enum verify_outcome outcome;
	bool signatures_checked; /* a key was given */
	char origin[NOTE_NAME_MAX + 1];

	uint64_t first;              /* seq of the first entry in the files */
	uint64_t end;                /* seq after the last entry read */
	uint64_t proven_end;         /* seq after the last entry that a valid checkpoint covers */
	struct segment_check newest; /* that checkpoint; size 0 when there is none */
	struct epoch next;           /* signs what follows it, as the log says */
	uint64_t n_segments;
	uint64_t n_checkpoints;
	int64_t first_wall_us; /* as the entries say; 0 without entries */
	int64_t last_wall_us;
	uint64_t n_clock_back; /* entries whose time is before that of the one before */
	uint64_t n_recovered;  /* log.recovered entries: crashes survived */
	uint64_t n_damaged;    /* log.damaged entries */

	/* VERIFY_INCOMPLETE: why, any of */
	uint64_t n_unsigned;    /* entries after the last checkpoint */
	uint64_t torn_bytes;    /* of a last line that is not whole */
	bool cut_segment;       /* the newest segment has no checkpoint of its own */
	uint64_t n_after_end;   /* acknowledged by the head file but not in the segments */
	bool missing_beginning; /* first > 0 */

	/* VERIFY_TAMPERED: where */
	uint64_t bad_first; /* seq of the first entry that may be wrong */
	uint64_t bad_last;  /* the wrong one is not after this */
	char bad_file[SEGMENT_NAME_LEN + 1];
	uint64_t bad_offset;            /* bytes from the beginning of that file */
	char reason[VERIFY_REASON_MAX]; /* in the language of the process */
};

/**
 * verify_log() - prove a whole log
 * @path:	its directory, or one segment file
 * @key:	the terminal's, from elsewhere; NULL: nothing can be proven, and
 *		the outcome is VERIFY_INCOMPLETE at best
 * @ret:	set on success only, whatever the outcome
 *
 * Return: 0, or a negative errno when the log could not be read.
 */
int verify_log(const char *path, const struct note_key *key, struct verify_result *ret,
	       struct err *err);

/* Prove one segment that is open; verify_log() for a file that has no name. */
int verify_segment(int fd, const struct note_key *key, struct verify_result *ret, struct err *err);
