/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whether what is shown is what was signed.  Each segment of which something is
 * shown is hashed once: its lines lead from its #seg line to each of its
 * checkpoints, the keys of their epochs have signed those, and the next segment
 * goes on from there; the newest one leads to the checkpoint that the identity's
 * key has signed.  That the keys of an older epoch lead back to the log's name is
 * proven by `sekisho log verify`, which reads all there is between.
 *
 * A list that reaches over many segments is shown at once, and of those beyond
 * LOG_PROOF_SEGMENTS it says that they were not looked at.
 */

#pragma once

#include "cli/log_mark.h"
#include "cli/log_segment.h"

#define LOG_PROOF_SEGMENTS 8 /* hashed for one list: some tenths of a second */

struct log_proof {
	int dirfd; /* the caller's */
	unsigned int n_read;
	uint64_t segment;  /* that was asked of last */
	uint64_t good_end; /* what stands before is proven, bytes of its content */
	bool is_open;      /* entries may follow that nothing covers yet */
	bool is_unread;    /* too many were read before */
};

/**
 * log_proof_has() - look at the segment of an entry, unless it was the last one
 * @marks:	of the newest checkpoint; where they mean nothing, nothing is read
 * @ret:	LOG_PROVEN_YES: it is what was signed; or nothing covers it yet, and all before it
 * is
 *
 * Return: 0, or -ENOMEM.
 */
int log_proof_has(struct log_proof *proof, const struct log_marks *marks,
		  const struct log_entry *entry, enum log_proven *ret, struct err *err);
