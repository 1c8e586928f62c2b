/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The identity key of the log.  Signing happens in key.c and nowhere else; the
 * secret lives in guarded memory and has no way out of it but to its own file.
 */

#pragma once

#include "audit/note.h"
#include "core/cleanup.h"

#define KEY_FILE                                                                                   \
	"identity.key"         /* 0600, "PRIVATE+KEY+NAME+ID+BASE64" as golang.org/x/mod has it    \
				*/
#define KEY_PUBLIC_FILE "vkey" /* 0644 */

struct identity; /* key.c */

/**
 * key_load() - load the key of a log directory
 * @dirfd:	the directory
 * @ret:	set on success only, key_free() it
 *
 * Return: 0, -ENOENT when there is none, -EPERM when it is not this user's
 * alone, -EINVAL when it is broken.
 */
int key_load(int dirfd, struct identity **ret, struct err *err);

/**
 * key_create() - make the key of a new log, durable before it is used
 * @name:	origin of the log
 */
int key_create(int dirfd, const char *name, struct identity **ret, struct err *err);

/* Put the public part beside the key unless it is there already. */
int key_publish(const struct identity *identity, int dirfd, struct err *err);

const struct note_key *key_public(const struct identity *identity);

/* Sign the three lines of a checkpoint. */
void key_sign(const struct identity *identity, const struct note_checkpoint *checkpoint,
	      uint8_t ret[NOTE_SIGNATURE_SIZE]);

void key_free(struct identity *identity);

DEFINE_CLEANUP(struct identity *, key_free)
#define cleanup_identity cleanup_with(key_freep)
