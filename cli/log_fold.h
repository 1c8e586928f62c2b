/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whether the tree that a segment ends with leads to a checkpoint: from the #seg line
 * of the segment after it on, by the hashes in the indexes of all that follow, or by
 * their lines where one has no index.  Nothing of that is believed: either what
 * comes out is the root of the checkpoint, or it proves nothing.
 */

#pragma once

#include "audit/checkpoint.h"
#include "cli/log_segment.h"

struct log_fold {
	struct log_tree *known; /* that lead to the checkpoint; free() it */
	size_t n_known;
	size_t last;    /* that was asked for */
	uint64_t from;  /* the smallest of them */
	bool is_broken; /* a smaller one does not: what is before is not read again */
};

/**
 * log_fold_leads() - is @tree what the log of the checkpoint began with?
 * @fold:	begins empty; what it has found out is not read again
 * @newest:	the same at each call; its signature was checked
 */
bool log_fold_leads(struct log_fold *fold, int dirfd, const struct log_tree *tree,
		    const struct checkpoint *newest);
