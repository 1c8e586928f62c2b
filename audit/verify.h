/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Proving a log from its files alone, line by line in bounded memory.  Trusts
 * nothing in the directory but what the key given by the caller, and the epoch
 * keys that its name pins, have signed.  Segments are read in parallel and put
 * together in order; the result does not depend on how many are read at a time.
 */

#pragma once

#include "audit/checkpoint.h"
#include "audit/gaps.h"
#include "audit/starts.h"
#include "audit/segment.h"

#include <stdbool.h>

#define VERIFY_REASON_MAX 256
#define VERIFY_FILE_MAX 64 /* bytes, with NUL, of a name in a log or in an export of it */
#define VERIFY_DEEP_BELOW                                                                          \
	100000 /* entries, about: every byte is looked at unless told otherwise                    \
		*/

struct err;

enum verify_outcome {
	VERIFY_TAMPERED = 0,
	VERIFY_INCOMPLETE = 1, /* nothing wrong was found, yet not all is proven */
	VERIFY_PROVEN = 2,
};

enum verify_depth {
	VERIFY_DEPTH_AUTO = 0,  /* deep below VERIFY_DEEP_BELOW */
	VERIFY_DEPTH_DEEP = 1,  /* the whole of each entry, the signature of each checkpoint */
	VERIFY_DEPTH_PROOF = 2, /* what the tree and the epochs need */
};

/* How a checkpoint that somebody kept elsewhere fits the log. */
enum verify_witness {
	VERIFY_WITNESS_NONE = 0,   /* none was given */
	VERIFY_WITNESS_BEFORE = 1, /* it is of entries that are not here */
	VERIFY_WITNESS_AGREES = 2,
};

struct verify_options {
	const struct note_key
		*key;        /* the terminal's, from elsewhere; NULL: nothing can be proven */
	const char *witness; /* a checkpoint as a signed note, or NULL */
	size_t witness_len;
	enum verify_depth depth;
	unsigned int n_threads; /* 0: one for each processor; 1: only the calling one */
	/* Told now and then, in bytes of the files; or NULL. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *progress_ctx;
};

struct verify_result {
	enum verify_outcome outcome;
	bool signatures_checked; /* a key was given */
	bool deep;               /* every entry was looked at as a whole */
	char origin[NOTE_NAME_MAX + 1];

	uint64_t first;              /* seq of the first entry in the files */
	uint64_t end;                /* seq after the last entry read */
	uint64_t proven_end;         /* seq after the last entry that a valid checkpoint covers */
	struct segment_check newest; /* that checkpoint; size 0 when there is none */
	struct epoch next;           /* signs what follows it, as the log says */
	uint64_t n_segments;
	uint64_t n_checkpoints;
	uint64_t first_epoch; /* signs the first entry, and the last */
	uint64_t last_epoch;
	int64_t first_wall_us; /* as the entries say; 0 without entries */
	int64_t last_wall_us;
	uint64_t n_clock_back;  /* entries whose time is before that of the one before */
	uint64_t n_clock_steps; /* clock.step entries */
	uint64_t n_recovered;   /* log.recovered entries: crashes survived */
	uint64_t n_damaged;     /* log.damaged entries */
	uint64_t n_lost;        /* log.lost entries: what a full disk cost */
	uint64_t n_redacted;    /* entries that are blacked out */
	struct gaps gaps;
	struct starts starts;
	enum verify_witness witness;
	uint64_t witness_size; /* entries that it covers */
	bool pruned;           /* first > 0, and the log says why and proves it */
	uint64_t part_of;      /* of a bundle: entries of the log that it is proven a part of */

	/* VERIFY_INCOMPLETE: why, any of */
	uint64_t n_unsigned;    /* entries after the last checkpoint */
	uint64_t torn_bytes;    /* of a last line that is not whole */
	bool cut_segment;       /* the newest segment has no checkpoint of its own */
	uint64_t n_after_end;   /* acknowledged by the head file but not in the segments */
	bool missing_beginning; /* first > 0 */
	bool unchained;         /* the keys of what is there do not lead back to the log's name */
	bool no_head;           /* a directory without a whole checkpoint by the key */
	uint64_t n_unnamed;     /* blacked out, and the entry that says why is not in this file */

	/* VERIFY_TAMPERED: where */
	uint64_t bad_first; /* seq of the first entry that may be wrong */
	uint64_t bad_last;  /* the wrong one is not after this */
	char bad_file[VERIFY_FILE_MAX];
	uint64_t bad_offset;            /* bytes from the beginning of its content */
	char reason[VERIFY_REASON_MAX]; /* in the language of the process */
};

/**
 * verify_log_with() - prove a whole log
 * @path:	its directory, a bundle of it, or one segment file
 * @ret:	set on success only, whatever the outcome
 *
 * Return: 0; -EINVAL when the witness is no checkpoint of this log that a key
 * of it has signed; or another error when the log could not be read.
 */
int verify_log_with(const char *path, const struct verify_options *options,
		    struct verify_result *ret, struct err *err);

/* The same with nothing but the key. */
int verify_log(const char *path, const struct note_key *key, struct verify_result *ret,
	       struct err *err);

/**
 * verify_bundle() - prove a part of a log that came as one file (audit/bundle.h)
 * @fd:	of the file, stays open
 *
 * Proven means: the segments follow from keys that the log's name pins, and the
 * head that the key has signed begins with them.
 *
 * Return: as verify_log_with(); -EBADMSG: it is no bundle, or was damaged.
 */
int verify_bundle(int fd, const struct verify_options *options, struct verify_result *ret,
		  struct err *err);

/* Prove one segment that is open, without threads; @fd stands at its beginning and stays open. */
int verify_segment(int fd, const struct note_key *key, struct verify_result *ret, struct err *err);
