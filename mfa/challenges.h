/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The challenges of one terminal, in one file of fixed size beside the users'
 * files: CHALLENGES_MAX places, each with two authenticated slots that are
 * written in turn and in place, so that a temporary code can be asked for and
 * used on a full disk.  Not in the users' files: whoever never had a token, or
 * whose file is damaged, needs one most.
 *
 * MUST NOT: a place whose slots are both bad ever be used again; what it was
 * is not known any more.
 */

#pragma once

#include "core/cleanup.h"
#include "mfa/temporary.h"

#define CHALLENGES_MAX 64
#define CHALLENGES_FILE "challenges"

struct err;
struct challenges; /* challenges.c */

struct challenge {
	uint64_t generation; /* counts writes; the higher slot is the newer */
	char user[MFA_USER_MAX];
	struct temporary_state state;
};

/**
 * challenges_open() - read the file, or make it
 * @dir:	that of the users' files
 * @ret:	set on success only, challenges_free() it
 *
 * Return: 0, -EBADMSG (not such a file) or the error of reading or writing.
 */
int challenges_open(const char *dir, const uint8_t host_key[static MFA_KEY_LEN],
		    struct challenges **ret, struct err *err);
void challenges_free(struct challenges *challenges);

DEFINE_CLEANUP(struct challenges *, challenges_free)
#define cleanup_challenges cleanup_with(challenges_freep)

/* How many places cannot be used any more. */
unsigned int challenges_damaged(const struct challenges *challenges);

/* The user's for that purpose, or NULL. */
struct challenge *challenges_find(struct challenges *challenges, enum temporary_purpose purpose,
				  const char *user);

/**
 * challenges_place() - the user's for that purpose, or one that he can have
 *
 * One that is over and owes no wait makes room, the oldest first.
 *
 * Return: NULL when there is none.
 */
struct challenge *challenges_place(struct challenges *challenges, enum temporary_purpose purpose,
				   const char *user, const struct elapsed_now *now);

/* Make it durable in place.  Return: 0 or the error of the write. */
int challenges_save(struct challenges *challenges, struct challenge *challenge, struct err *err);

/* Let time go by for all that are not over.  Return: how many those are. */
unsigned int challenges_pass(struct challenges *challenges, const struct elapsed_now *now,
			     struct err *err);
