/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The file "epochs" of a log whose beginning was pruned: a line "#epoch N KEY
 * SIGNATURE" for each epoch from 0 on, each certified by the one before, and
 * behind that of its epoch a line "#key N SEQ VKEY SIGNATURE" for each change
 * of the identity key.
 */

#pragma once

#include "audit/key_step.h"

/* What the file says of what is gone. */
struct epoch_list {
	uint64_t offset;                           /* bytes: where it stops being valid */
	bool of_key;                               /* and it is a #key line that is not valid */
	uint64_t n_changes;                        /* of the identity key */
	struct note_key keys[NOTE_SIGNATURES_MAX]; /* the newest of these */
	size_t n_keys;
};

/* Where a log begins that has no beginning. */
struct epoch_place {
	const char *origin;
	const struct epoch *signer; /* of what is gone, at its end */
	const struct epoch *next;   /* the same, or the one after it */
	uint64_t first;             /* entry that is left */
};

/**
 * epoch_list_find() - whether the file leads from a log's name to what is left of it
 * @ret:	set on success; for -EBADMSG its first two members are
 *
 * What the file says beyond that place, as it does while a pruning goes on,
 * does not count.
 *
 * Return: 0; -ENOENT when there is no such file, or it ends before; -EBADMSG
 * when it says something else.
 */
int epoch_list_find(int dirfd, const struct epoch_place *place, struct epoch_list *ret);

/* The same of a file that is open and stands at its beginning. */
int epoch_list_read(int fd, const struct epoch_place *place, struct epoch_list *ret);

/* How much of the text of such a file leads to the place where @epoch signs next and entry @first
 * is the first one. */
size_t epoch_list_cut(const char *text, size_t len, uint64_t epoch, uint64_t first);
