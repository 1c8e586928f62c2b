/* SPDX-License-Identifier: Apache-2.0 */

/* A log out of its segments: that each follows from the one before, and the first from the key. */

#pragma once

#include "audit/verify.h"
#include "audit/verify_part.h"

struct verify_join {
	const struct note_key *key; /* or NULL */
	int dirfd;                  /* of the log; -1: a segment alone, or a bundle */
	int epochs_fd;              /* of a bundle, its certificates; -1: none */
	struct verify_result result;
	struct segment_head state; /* what the next #seg line must say */
	bool begun;                /* a #seg line was accepted */
	bool bad;
	uint8_t first_root[TREE_HASH_SIZE]; /* of the tree that the log begins with */
	bool pruned;                        /* an entry log.prune says so too */
	bool counts_changes;                /* and how often the identity key changed before, */
	uint64_t n_changes;
	uint64_t n_certified;        /* which the file "epochs" does so often */
	uint64_t n_checkpoints_here; /* in the newest segment */
	uint64_t n_dated;
	struct gaps_reading gaps;
	struct starts_reading starts;
	struct redactions redacted; /* that no later entry has named yet */
	enum verify_mark_state marks[VERIFY_MARKS];
	struct note_key keys[NOTE_SIGNATURES_MAX]; /* the identity, and what followed it */
	size_t n_keys;
};

void verify_join_begin(struct verify_join *join, const struct note_key *key, int dirfd);

/**
 * verify_join_add() - put the next segment behind what is there
 * @first:	as its name says, or NULL
 * @last:	no other comes after it
 *
 * Sets join->bad when it does not fit or is itself wrong.
 *
 * Return: 0, or -ENOMEM.
 */
int verify_join_add(struct verify_join *join, struct verify_part *part, const uint64_t *first,
		    bool last, struct err *err);

/* Record that something is wrong with a file of the log; always returns false. */
bool verify_join_bad(struct verify_join *join, uint64_t first, uint64_t last, const char *file,
		     uint64_t offset, const char *reason);

/* The same of what shall prove the end of a bundle: without it nothing is proven. */
void verify_join_bad_end(struct verify_join *join, const char *file, uint64_t offset,
			 const char *reason);

/* An identity key that the log put in place of the one before. */
void verify_join_add_key(struct verify_join *join, const struct note_key *key);

/* True when @note is signed by the identity, or by one that the log put in its place. */
bool verify_join_is_signed(const struct verify_join *join, const struct note *note);

void verify_join_clear(struct verify_join *join);
