/* SPDX-License-Identifier: Apache-2.0 */

/* Where writing goes on in a directory that may have seen a crash or worse. */

#pragma once

#include "audit/checkpoint.h"
#include "audit/epoch_keys.h"
#include "audit/segment.h"
#include "audit/writer.h"

struct recovery {
	struct segment_head state;    /* the tree to continue, and its checkpoint */
	int fd;                       /* newest segment, or -1: begin a new one */
	uint64_t end;                 /* where to write in it */
	bool same_boot;               /* the last entry is of this boot */
	char identity[NOTE_VKEY_MAX]; /* what the newest log.key of this segment names, or "" */
	struct writer_found found;
};

/**
 * recover() - find the place
 * @identity:	whose name the log bears
 * @keys:	brought to the epoch that the log is in; what is older is erased
 * @boot:	id of this boot
 * @ret:	set on success only, the caller closes the descriptor
 *
 * Return: 0; -ENOKEY when neither key is that of the log's last epoch; or
 * another negative errno: then nothing can be written.
 */
int recover(int dirfd, const struct note_key *identity, struct epoch_keys *keys, const char *boot,
	    struct recovery *ret, struct err *err);

/*
 * Read the head file.  Return: false when there is none that belongs to the log
 * of that name and bears the signature of the key it names.
 */
bool recover_read_head(int dirfd, const char *origin, struct segment_head *ret);
