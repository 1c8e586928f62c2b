/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Secret keys.  Signing happens in signer.c and nowhere else; the secret lives
 * in guarded memory and has no way out of it but to its own file, 0600,
 * "PRIVATE+KEY+NAME+ID+BASE64" as golang.org/x/mod/sumdb/note has it.
 */

#pragma once

#include "core/cleanup.h"
#include "note/note.h"

#define SIGNER_SEED_SIZE 32

struct err;
struct signer; /* signer.c */

/**
 * signer_load() - load a secret key
 * @dirfd:	directory that @file is relative to, or AT_FDCWD
 * @ret:	set on success only, signer_free() it
 *
 * Return: 0, -ENOENT when there is none, -EPERM when it is not this user's
 * alone, -EINVAL when it is broken.
 */
int signer_load(int dirfd, const char *file, struct signer **ret, struct err *err);

/**
 * signer_create() - make a key, durable before it is used
 * @name:	by which its signatures are known
 *
 * A file that is there already is replaced.
 */
int signer_create(int dirfd, const char *file, const char *name, struct signer **ret,
		  struct err *err);

/**
 * signer_from_seed() - a key that is kept in a file of another form
 * @seed:	SIGNER_SEED_SIZE random bytes; they are the key, the caller wipes them
 */
int signer_from_seed(const char *name, const uint8_t *seed, struct signer **ret, struct err *err);

/* Put the public part into @file unless there is one already. */
int signer_publish(const struct signer *signer, int dirfd, const char *file, struct err *err);

const struct note_key *signer_public(const struct signer *signer);

void signer_sign(const struct signer *signer, const char *text, size_t len,
		 uint8_t ret[NOTE_SIGNATURE_SIZE]);

/**
 * signer_unseal() - open a box that was sealed to this key (libsodium's, its X25519 form)
 * @ret:	@len less what the box adds; the caller wipes it
 *
 * False when it was not.
 */
bool signer_unseal(const struct signer *signer, const uint8_t *sealed, size_t len, uint8_t *ret);

void signer_free(struct signer *signer);

DEFINE_CLEANUP(struct signer *, signer_free)
#define cleanup_signer cleanup_with(signer_freep)
