/* SPDX-License-Identifier: Apache-2.0 */

#include "pskc/cipher.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/pbkdf2.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

enum cipher_hash cipher_hash_of(const char *uri)
{
	static const struct {
		const char *name;
		enum cipher_hash hash;
	} names[] = {
		{ "http://www.w3.org/2000/09/xmldsig#hmac-sha1", CIPHER_SHA1 },
		{ "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", CIPHER_SHA256 },
		{ "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512", CIPHER_SHA512 },
		{ "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5#hmac-sha1", CIPHER_SHA1 },
		{ "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#hmac-sha1",
		  CIPHER_SHA1 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(uri, names[i].name) == 0)
			return names[i].hash;
	}
	return CIPHER_NONE;
}

size_t cipher_key_len_of(const char *uri)
{
	if (strncmp(uri, "http://www.w3.org/2001/04/xmlenc#", 33) != 0)
		return 0;
	if (ends_with(uri, "#aes128-cbc"))
		return AES128_KEY_SIZE;
	if (ends_with(uri, "#aes192-cbc"))
		return AES192_KEY_SIZE;
	return ends_with(uri, "#aes256-cbc") ? AES256_KEY_SIZE : 0;
}

static void cbc(const uint8_t *key, size_t key_len, const uint8_t *in, size_t len, uint8_t *out)
{
	union {
		struct aes128_ctx small;
		struct aes192_ctx middle;
		struct aes256_ctx large;
	} ctx;
	uint8_t iv[CIPHER_BLOCK];
	nettle_cipher_func *decrypt;

	memcpy(iv, in, sizeof(iv));
	if (key_len == AES128_KEY_SIZE) {
		aes128_set_decrypt_key(&ctx.small, key);
		decrypt = (nettle_cipher_func *)aes128_decrypt;
	} else if (key_len == AES192_KEY_SIZE) {
		aes192_set_decrypt_key(&ctx.middle, key);
		decrypt = (nettle_cipher_func *)aes192_decrypt;
	} else {
		aes256_set_decrypt_key(&ctx.large, key);
		decrypt = (nettle_cipher_func *)aes256_decrypt;
	}
	cbc_decrypt(&ctx, decrypt, CIPHER_BLOCK, iv, len - CIPHER_BLOCK, out, in + CIPHER_BLOCK);
	explicit_bzero(&ctx, sizeof(ctx));
}

bool cipher_decrypt(const uint8_t *key, size_t key_len, const uint8_t *in, size_t len, uint8_t *out,
		    size_t *ret_len)
{
	size_t out_len = len - CIPHER_BLOCK;
	size_t padding;

	if (len < 2 * CIPHER_BLOCK || len % CIPHER_BLOCK != 0)
		return false;
	cbc(key, key_len, in, len, out);
	padding = out[out_len - 1];
	if (padding == 0 || padding > CIPHER_BLOCK) {
		explicit_bzero(out, out_len);
		return false;
	}
	*ret_len = out_len - padding;
	return true;
}

bool cipher_mac_is_right(enum cipher_hash hash, const uint8_t *key, size_t key_len,
			 const uint8_t *in, size_t len, const uint8_t *mac, size_t mac_len)
{
	uint8_t expected[SHA512_DIGEST_SIZE];
	struct hmac_sha512_ctx large;
	struct hmac_sha256_ctx middle;
	struct hmac_sha1_ctx small;
	size_t size = 0;

	switch (hash) {
	case CIPHER_NONE:
		return false;
	case CIPHER_SHA1:
		size = SHA1_DIGEST_SIZE;
		hmac_sha1_set_key(&small, key_len, key);
		hmac_sha1_update(&small, len, in);
		hmac_sha1_digest(&small, size, expected);
		break;
	case CIPHER_SHA256:
		size = SHA256_DIGEST_SIZE;
		hmac_sha256_set_key(&middle, key_len, key);
		hmac_sha256_update(&middle, len, in);
		hmac_sha256_digest(&middle, size, expected);
		break;
	case CIPHER_SHA512:
		size = SHA512_DIGEST_SIZE;
		hmac_sha512_set_key(&large, key_len, key);
		hmac_sha512_update(&large, len, in);
		hmac_sha512_digest(&large, size, expected);
		break;
	}
	return mac_len == size && memeql_sec(expected, mac, size);
}

void cipher_derive(const char *password, const struct cipher_rounds *how, uint8_t *ret,
		   size_t ret_len)
{
	const uint8_t *bytes = (const uint8_t *)password;

	if (how->hash == CIPHER_SHA256)
		pbkdf2_hmac_sha256(strlen(password), bytes, how->rounds, how->salt_len, how->salt,
				   ret_len, ret);
	else
		pbkdf2_hmac_sha1(strlen(password), bytes, how->rounds, how->salt_len, how->salt,
				 ret_len, ret);
}
