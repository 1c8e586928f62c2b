/* SPDX-License-Identifier: Apache-2.0 */

/* A checkpoint that somebody kept elsewhere: what is here must begin with what it counts. */

#pragma once

#include "audit/verify_join.h"

struct kept_checkpoint {
	struct note note; /* points into the options */
	struct checkpoint checkpoint;
};

/**
 * verify_witness_read() - take it out of the options, if there is one
 * @ret_mark:	where the tree is to be compared with it
 *
 * Return: 0, or -EINVAL: no key is given, or it is no checkpoint of the key's log.
 */
int verify_witness_read(const struct verify_options *options, struct kept_checkpoint *ret,
			struct verify_mark *ret_mark, struct err *err);

/**
 * verify_witness_conclude() - once every segment is read
 * @seen:	how the tree compared
 * @is_whole:	nothing may be missing at the end of what is here, as in an export
 *
 * Sets what the result says of it, and join->bad where it contradicts.
 *
 * Return: 0, or -EINVAL: it is not signed by a key of the log.
 */
int verify_witness_conclude(const struct kept_checkpoint *witness, enum verify_mark_state seen,
			    bool is_whole, struct verify_join *join, struct err *err);
