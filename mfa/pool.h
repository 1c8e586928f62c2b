/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Hardware tokens that are nobody's yet: one authenticated file, "pool", beside
 * the users' files, rewritten by rename.  A token stays in it until its first
 * code has made it somebody's, so that no crash loses it.
 */

#pragma once

#include "mfa/store.h"

#define POOL_MAX 2048 /* tokens */

struct pool {
	struct token_record *records; /* sealed, owned */
	size_t n;
};

void pool_done(struct pool *pool);
#define cleanup_pool cleanup_with(pool_done)

/* Return: 0, also when there is none yet; -EBADMSG (damaged) or the error of reading. */
int pool_load(struct store *store, struct pool *ret, struct err *err);
int pool_save(struct store *store, const struct pool *pool, struct err *err);

/* Adds a token, sealed.  Return: 0, -EEXIST (its id is there), -ENOSPC or -ENOMEM. */
int pool_add(struct store *store, struct pool *pool, const struct token *token, struct err *err);

/* The index of a token, or -1. */
int pool_find(const struct pool *pool, const char *id);

/* Opens one; state TOKEN_SPARE.  False when its record does not open. */
bool pool_open(struct store *store, const struct pool *pool, int index, struct token *ret);
void pool_remove(struct pool *pool, int index);
