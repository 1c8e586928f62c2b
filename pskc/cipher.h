/* SPDX-License-Identifier: Apache-2.0 */

/* The cryptography of RFC 6030 section 6.  Pure; nettle does the work. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CIPHER_KEY_MAX 32
#define CIPHER_BLOCK 16

enum cipher_hash {
	CIPHER_NONE = 0,
	CIPHER_SHA1 = 1,
	CIPHER_SHA256 = 2,
	CIPHER_SHA512 = 3,
};

/* By the URI of an HMAC or a PBKDF2 PRF; CIPHER_NONE for what is not known. */
enum cipher_hash cipher_hash_of(const char *uri);

/* Bytes of key that an "...xmlenc#aes128-cbc" takes; 0 for what is not known. */
size_t cipher_key_len_of(const char *uri);

/**
 * cipher_decrypt() - AES-CBC
 * @in:	the initialisation vector, then the ciphertext
 * @out:	@len - CIPHER_BLOCK bytes; wiped when it fails
 * @ret_len:	without the padding
 *
 * False when length or padding (XML Encryption section 5.2) are wrong.
 */
bool cipher_decrypt(const uint8_t *key, size_t key_len, const uint8_t *in, size_t len, uint8_t *out,
		    size_t *ret_len);

/* Whether @mac is the whole HMAC of @in; in constant time. */
bool cipher_mac_is_right(enum cipher_hash hash, const uint8_t *key, size_t key_len,
			 const uint8_t *in, size_t len, const uint8_t *mac, size_t mac_len);

struct cipher_rounds {
	enum cipher_hash hash;
	uint32_t rounds;
	const uint8_t *salt;
	size_t salt_len;
};

/* PBKDF2. */
void cipher_derive(const char *password, const struct cipher_rounds *how, uint8_t *ret,
		   size_t ret_len);
