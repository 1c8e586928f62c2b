/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whether what is shown is what was signed.  What an index found is proven to be in
 * the tree that its segment ends with, and that tree leads to the newest checkpoint
 * (cli/log_fold.h).  Else, and where it does not, the segment is hashed, once: its
 * lines lead from its #seg line to each of its checkpoints, the keys of their epochs
 * have signed those, and the next segment goes on from there; the newest one leads to
 * the checkpoint that the identity's key has signed.  That the keys of an older epoch
 * lead back to the log's name is proven by `sekisho log verify`, which reads all there
 * is between.
 */

#pragma once

#include "cli/log_fold.h"
#include "cli/log_mark.h"
#include "cli/log_segment.h"

struct log_proof {
	int dirfd; /* the caller's */
	struct log_fold fold;
	bool is_read;      /* a segment was */
	uint64_t segment;  /* the last one that was */
	uint64_t good_end; /* what stands before is proven, bytes of its content */
	bool is_open;      /* entries may follow that nothing covers yet */
};

/**
 * log_proof_has() - look at an entry
 * @marks:	of the newest checkpoint; where they mean nothing, nothing is read
 * @ret:	it is what was signed; or nothing covers it yet, and all before it is
 *
 * Return: 0, or -ENOMEM.
 */
int log_proof_has(struct log_proof *proof, const struct log_marks *marks,
		  const struct log_entry *entry, bool *ret, struct err *err);
void log_proof_free(struct log_proof *proof);
