/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/token.h"

#include <sodium.h>
#include <string.h>

#define SEALED_VERSION 2

struct associated {
	uint8_t version;
	uint8_t state;
	char id[TOKEN_ID_MAX];
	char label[TOKEN_LABEL_MAX];
	char user[MFA_USER_MAX];
};

static struct associated associate(const char *id, const char *label, uint8_t state,
				   const char *user)
{
	struct associated ad = { .version = SEALED_VERSION, .state = state };

	memcpy(ad.id, id, sizeof(ad.id));
	memcpy(ad.label, label, sizeof(ad.label));
	memcpy(ad.user, user, strnlen(user, sizeof(ad.user) - 1));
	return ad;
}

void token_seal(const struct token *token, const char *user, const uint8_t key[static MFA_KEY_LEN],
		struct token_record *ret)
{
	struct associated ad = associate(token->id, token->label, token->state, user);

	*ret = (struct token_record){ .state = token->state };
	memcpy(ret->id, token->id, sizeof(ret->id));
	memcpy(ret->label, token->label, sizeof(ret->label));
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
	struct associated ad = associate(record->id, record->label, record->state, user);
	struct token token = { .state = record->state };

	if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)&token.totp, NULL, NULL,
						       record->sealed, sizeof(record->sealed),
						       (const unsigned char *)&ad, sizeof(ad),
						       record->nonce, key) != 0)
		return false;
	memcpy(token.id, record->id, sizeof(token.id));
	memcpy(token.label, record->label, sizeof(token.label));
	*ret = token;
	sodium_memzero(&token, sizeof(token));
	return true;
}
