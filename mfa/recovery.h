/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Recovery codes: eight for one user, on paper, each good once in the place of
 * a token's code.  Kept as keyed BLAKE2b, in a file for each user who has some.
 */

#pragma once

#include "mfa/symbols.h"
#include "mfa/token.h"

#include <stddef.h>

#define RECOVERY_CODES 8
#define RECOVERY_SYMBOLS 13 /* 60 bits and one that checks */

struct err;

/* The key, from the host key. */
void recovery_key(const uint8_t host_key[static MFA_KEY_LEN], uint8_t ret[static MFA_KEY_LEN]);

/* New codes for @user; those before are void.  The caller wipes @codes. */
int recovery_make(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
		  char codes[static RECOVERY_CODES][SYMBOLS_SIZE], struct err *err);

/**
 * recovery_use() - spend a code, durably
 * @code:	of symbols_read()
 * @ret_left:	how many are left then
 *
 * Return: 0, -ENOENT (none of his, or spent before), or the error of reading
 * or writing.
 */
int recovery_use(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
		 const char *code, unsigned int *ret_left, struct err *err);

/* How many are left.  Return: 0 or as above. */
int recovery_count(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
		   unsigned int *ret_left, struct err *err);

/* None of his is good any more.  Return: 1, 0 (there were none) or the error. */
int recovery_end(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
		 struct err *err);
