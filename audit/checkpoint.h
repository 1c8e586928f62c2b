/* SPDX-License-Identifier: Apache-2.0 */

/* The head of a log as a note: C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint). */

#pragma once

#include "audit/tree.h"
#include "note/signer.h"

#define CHECKPOINT_BODY_MAX 512 /* bytes, without signatures */
#define CHECKPOINT_MAX 1024     /* with one signature */

/* The head of one log at one size. */
struct checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	uint8_t root[TREE_HASH_SIZE];
};

/* The three lines that are signed; @out has CHECKPOINT_BODY_MAX bytes.  Return: their length. */
size_t checkpoint_format(const struct checkpoint *checkpoint, char *out);

/* The whole note with one signature; @out has CHECKPOINT_MAX bytes.  Return: its length. */
size_t checkpoint_note_format(const struct checkpoint *checkpoint, const struct note_key *key,
			      const uint8_t signature[NOTE_SIGNATURE_SIZE], char *out);

void checkpoint_sign(const struct checkpoint *checkpoint, const struct signer *signer,
		     uint8_t ret[NOTE_SIGNATURE_SIZE]);

/* True when @signature over the checkpoint is by @key and the names agree. */
bool checkpoint_verify(const struct checkpoint *checkpoint, const struct note_key *key,
		       const uint8_t signature[NOTE_SIGNATURE_SIZE]);
