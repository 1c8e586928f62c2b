/* SPDX-License-Identifier: Apache-2.0 */

/* The head of a log as a note: C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint). */

#pragma once

#include "audit/tree.h"
#include "note/signer.h"

#define CHECKPOINT_BODY_MAX 512      /* bytes, without signatures */
#define CHECKPOINT_MAX 1536          /* with the signatures of identity and epoch */
#define CHECKPOINT_FILE "checkpoint" /* the newest head, signed by both */

/* The head of one log at one size. */
struct checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	uint8_t root[TREE_HASH_SIZE];
};

/* The three lines that are signed; @out has CHECKPOINT_BODY_MAX bytes.  Return: their length. */
size_t checkpoint_format(const struct checkpoint *checkpoint, char *out);

/* Read those three lines, strictly.  Return: 0, or -EBADMSG. */
int checkpoint_parse(const char *text, size_t len, struct checkpoint *ret);

/* The whole note with one signature; @out has CHECKPOINT_MAX bytes.  Return: its length. */
size_t checkpoint_note_format(const struct checkpoint *checkpoint, const struct note_key *key,
			      const uint8_t signature[NOTE_SIGNATURE_SIZE], char *out);

/**
 * checkpoint_read() - the checkpoint in a file, if it is this key's
 * @name:	CHECKPOINT_FILE, below @dirfd
 * @key:	of the log's identity
 * @note:	the bytes of the file, CHECKPOINT_MAX + 1 bytes, or NULL
 *
 * Return: false when there is none, or it is not a checkpoint of the key's log
 * with its signature.
 */
bool checkpoint_read(int dirfd, const char *name, const struct note_key *key,
		     struct checkpoint *ret, char *note);

void checkpoint_sign(const struct checkpoint *checkpoint, const struct signer *signer,
		     uint8_t ret[NOTE_SIGNATURE_SIZE]);

/* True when @signature over the checkpoint is by @public. */
bool checkpoint_verify(const struct checkpoint *checkpoint, const uint8_t public[NOTE_PUBLIC_SIZE],
		       const uint8_t signature[NOTE_SIGNATURE_SIZE]);
