/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One file for each user, /var/lib/sekisho/otp/HASH, of fixed size, and beside
 * them key-check, which knows the host key again, decoy, which stands for those
 * who have no file, and pool (mfa/pool.h):
 *
 *   0      header: who, and the sealed tokens; rewritten by rename, at
 *          enrolment and revocation only
 *   4096   state slot 0
 *   8192   state slot 1: both authenticated, written in turn and in place, so
 *          that a code can be decided on a full disk and a torn write costs
 *          nothing that was answered
 *
 * MUST: the newest slot that verifies counts.  MUST NOT: both slots bad, or a
 * header that does not open, ever count as a fresh user.
 */

#pragma once

#include "core/cleanup.h"
#include "mfa/throttle.h"
#include "mfa/token.h"

#include <stddef.h>

#define MFA_TOKENS_MAX 4

struct err;
struct store; /* store.c */

/* What changes with every attempt. */
struct mfa_state {
	uint64_t generation; /* counts writes; the higher slot is the newer */
	struct totp_use uses[MFA_TOKENS_MAX];
	struct throttle throttle;
	struct throttle approvals; /* wrong codes of second people that he brought */
	int64_t proved_s;        /* latest time that an accepted code proved; outlives its token */
	int64_t last_success_s;  /* seconds since 1970, 0: never */
	uint32_t failures_since; /* that success */
	uint32_t reserved;
};

struct mfa_user {
	char name[MFA_USER_MAX];
	struct token tokens[MFA_TOKENS_MAX]; /* those with state TOKEN_NONE are free */
	struct mfa_state state;
};

/**
 * store_open() - use a directory of user files
 * @key:	host key, copied into locked memory
 * @ret:	set on success only, store_free() it
 *
 * Return: 0, -EKEYREJECTED (the files in it were sealed with another key) or
 * the error of reading.
 */
int store_open(const char *path, const uint8_t key[static MFA_KEY_LEN], struct store **ret,
	       struct err *err);
void store_free(struct store *store);

/* False only when it is certain that nobody has a file there; asks for no key. */
bool store_may_have_users(const char *path);

DEFINE_CLEANUP(struct store *, store_free)
#define cleanup_store cleanup_with(store_freep)

/**
 * store_load() - read a user
 * @ret:	set on success only; holds secrets, the caller wipes it
 *
 * Return: 0, -ENOENT (no such file: never enrolled), -EBADMSG (damaged) or the
 * error of reading.
 */
int store_load(struct store *store, const char *user, struct mfa_user *ret, struct err *err);

/* Make @user->state durable in place.  Return: 0 or the error of the write. */
int store_save_state(struct store *store, struct mfa_user *user, struct err *err);

/* Write the whole file anew, by rename. */
int store_save_user(struct store *store, struct mfa_user *user, struct err *err);

#define STORE_NAME_SIZE 33 /* of a user's file, with NUL */

/* The name of @user's file, whether it is there or not. */
void store_file(const struct store *store, const char *user, char ret[static STORE_NAME_SIZE]);

struct store_visit {
	const char *file;
	const struct mfa_user *user; /* filled for @rc 0; else the name may be empty */
	int rc;                      /* what store_load() returned */
};

/* Visit every user. */
int store_each(struct store *store, void (*visit)(const struct store_visit *visit, void *ctx),
	       void *ctx, struct err *err);

/* The index of the token in this state, or -1. */
int mfa_user_find(const struct mfa_user *user, enum token_state state);

/* The index of the token that is called so, or -1. */
int mfa_user_find_id(const struct mfa_user *user, const char *id);

/**
 * store_load_decoy() - read a file that is like a user's and is nobody's
 *
 * For names that were never enrolled: what is done for them must cost what it
 * costs for others.  Return: as store_load(); the name is "".
 */
int store_load_decoy(struct store *store, struct mfa_user *ret, struct err *err);
