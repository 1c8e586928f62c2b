/* SPDX-License-Identifier: Apache-2.0 */

/* Proofs out of a log's files, each tried before it is given away. */

#pragma once

#include "audit/leaves.h"
#include "audit/proof_text.h"

/* The head that proofs lead to. */
struct prove_head {
	struct note_key key; /* of the log's identity */
	struct checkpoint checkpoint;
	char note[CHECKPOINT_MAX + 1];
};

/**
 * prove_head_read() - the newest head of a log
 *
 * Signed by the key beside it, which says nothing about whose log it is: that
 * is for the reader of the proof to check, with a key from elsewhere.
 *
 * Return: 0, or -ENOENT.
 */
int prove_head_read(int dirfd, struct prove_head *ret, struct err *err);

/**
 * prove_entry() - that an entry is in the log
 * @ret:	note points into @head
 *
 * Return: 0; -ERANGE: the log has no such entry; -ENODATA: it was pruned;
 * -EBADMSG: the log is damaged; or an error of reading.
 */
int prove_entry(int dirfd, uint64_t seq, const struct prove_head *head, struct proof_text *ret,
		struct err *err);

/**
 * prove_growth() - that the log begins with what @old says
 *
 * Return: as prove_entry(); -EBADMSG also when the log is another, is shorter
 * than @old, or begins otherwise.
 */
int prove_growth(int dirfd, const struct checkpoint *old, const struct prove_head *head,
		 struct proof_text *ret, struct err *err);
