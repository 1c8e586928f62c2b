/* SPDX-License-Identifier: Apache-2.0 */

/* Where writing goes on in a directory that may have seen a crash or worse. */

#pragma once

#include "audit/checkpoint.h"
#include "audit/segment.h"
#include "audit/writer.h"

struct recovery {
	struct segment_head state; /* the tree to continue, and its checkpoint */
	int fd;                    /* newest segment, or -1: begin a new one */
	uint64_t end;              /* where to write in it */
	struct writer_found found;
};

/**
 * recover() - find the place
 * @ret:	set on success only, the caller closes the descriptor
 *
 * Return: 0, or a negative errno: then nothing can be written.
 */
int recover(int dirfd, const struct signer *identity, struct recovery *ret, struct err *err);

/* Read the head file.  Return: false when there is none that @key signed. */
bool recover_read_head(int dirfd, const struct note_key *key, struct segment_head *ret);
