/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/token.h"

#include <sodium.h>
#include <string.h>

#define SEALED_VERSION 3

struct associated {
	uint8_t version;
	uint8_t state;
	char id[TOKEN_ID_MAX];
	char label[TOKEN_LABEL_MAX];
	char user[MFA_USER_MAX];
	uint8_t seen_by[TOKEN_SEEN_LEN];
};

/* What stands in clear in @record, and the user. */
static struct associated associate(const struct token_record *record, const char *user)
{
	struct associated ad = { .version = SEALED_VERSION, .state = record->state };

	memcpy(ad.id, record->id, sizeof(ad.id));
	memcpy(ad.label, record->label, sizeof(ad.label));
	memcpy(ad.seen_by, record->seen_by, sizeof(ad.seen_by));
	memcpy(ad.user, user, strnlen(user, sizeof(ad.user) - 1));
	return ad;
}

void token_seal(const struct token *token, const char *user, const uint8_t key[static MFA_KEY_LEN],
		struct token_record *ret)
{
	struct associated ad;

	*ret = (struct token_record){ .state = token->state };
	memcpy(ret->id, token->id, sizeof(ret->id));
	memcpy(ret->label, token->label, sizeof(ret->label));
	memcpy(ret->seen_by, token->seen_by, sizeof(ret->seen_by));
	ad = associate(ret, user);
	randombytes_buf(ret->nonce, sizeof(ret->nonce));
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret->sealed, NULL,
							 (const unsigned char *)&token->totp,
							 sizeof(token->totp),
							 (const unsigned char *)&ad, sizeof(ad),
							 NULL, ret->nonce, key);
}

bool token_open(const struct token_record *record, const char *user,
		const uint8_t key[static MFA_KEY_LEN], struct token *ret)
{
	const struct associated ad = associate(record, user);
	struct token token = { .state = record->state };

	if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)&token.totp, NULL, NULL,
						       record->sealed, sizeof(record->sealed),
						       (const unsigned char *)&ad, sizeof(ad),
						       record->nonce, key) != 0)
		return false;
	memcpy(token.id, record->id, sizeof(token.id));
	memcpy(token.label, record->label, sizeof(token.label));
	memcpy(token.seen_by, record->seen_by, sizeof(token.seen_by));
	*ret = token;
	sodium_memzero(&token, sizeof(token));
	return true;
}

bool token_is_seen_by(const struct token *token, uid_t uid)
{
	for (size_t i = 0; i < TOKEN_SEEN_MAX; i++) {
		if (token->seen_by[i] == uid)
			return true;
	}
	return false;
}
