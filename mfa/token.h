/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A token at rest: its secret sealed with XChaCha20-Poly1305.  User and all
 * that stands in clear are the associated data, so that a record cannot be
 * given to another user or switched from pending to active by editing the file.
 */

#pragma once

#include "mfa/totp.h"

#include <stdbool.h>
#include <sys/types.h>

#define MFA_KEY_LEN 32     /* bytes, the terminal's host key */
#define MFA_USER_MAX 64    /* bytes with NUL */
#define TOKEN_ID_MAX 32    /* with NUL; of a hardware token it is the serial */
#define TOKEN_LABEL_MAX 32 /* with NUL */
#define TOKEN_NONCE_LEN 24
#define TOKEN_SEALED_LEN (sizeof(struct totp) + 16)

/* On disk; never renumber. */
enum token_state {
	TOKEN_NONE = 0,
	TOKEN_PENDING = 1, /* not yet confirmed by a code */
	TOKEN_ACTIVE = 2,
	TOKEN_SPARE = 3, /* nobody's yet: in the pool, sealed for user "" */
};

#define TOKEN_SEEN_MAX 2
#define TOKEN_SEEN_LEN (TOKEN_SEEN_MAX * sizeof(uint32_t)) /* as bytes: a record has no padding */

struct token {
	char id[TOKEN_ID_MAX];
	char label[TOKEN_LABEL_MAX];      /* what the administrator calls it, or the maker */
	uint32_t seen_by[TOKEN_SEEN_MAX]; /* uid of who made or imported it, of who handed it out */
	uint8_t state;                    /* enum token_state */
	struct totp totp;
};

struct token_record {
	char id[TOKEN_ID_MAX];
	char label[TOKEN_LABEL_MAX];
	uint8_t seen_by[TOKEN_SEEN_LEN];
	uint8_t state;
	uint8_t nonce[TOKEN_NONCE_LEN];
	uint8_t sealed[TOKEN_SEALED_LEN];
};

void token_seal(const struct token *token, const char *user, const uint8_t key[static MFA_KEY_LEN],
		struct token_record *ret);

/* False when the record is not what was sealed for this user. */
bool token_open(const struct token_record *record, const char *user,
		const uint8_t key[static MFA_KEY_LEN], struct token *ret);

/* True when this person has had it, or its secret, in hand. */
bool token_is_seen_by(const struct token *token, uid_t uid);
