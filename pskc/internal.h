/* SPDX-License-Identifier: Apache-2.0 */

/* The frame of a file, and what its tokens need of it. */

#pragma once

#include "core/diag.h"
#include "pskc/cipher.h"
#include "pskc/pskc.h"
#include "pskc/xml.h"

#define PSKC_CIPHER_MAX 256 /* bytes of an encrypted value, decoded */

struct pskc {
	const char *name;
	xmlDoc *doc;
	enum pskc_protection protection;
	enum cipher_hash mac; /* CIPHER_NONE: the file has no MAC */
};

/* Keys, as the opener gives them.  Wiped by who made it. */
struct pskc_keys {
	uint8_t secret[CIPHER_KEY_MAX];
	size_t secret_len;
	uint8_t mac[PSKC_CIPHER_MAX];
	size_t mac_len;
};

/* What is encrypted, as it stands in an element with EncryptionMethod and CipherData. */
struct pskc_cipher_text {
	uint8_t bytes[PSKC_CIPHER_MAX];
	size_t len;
};

/**
 * pskc_decrypt() - read an EncryptedValue or a MACKey
 * @what:	for messages, "token 123: " or ""
 * @ret_text:	what the MAC is over (section 6.1.1: with its initialisation vector)
 * @out:	PSKC_CIPHER_MAX bytes
 *
 * Return: 0 or the code of the error in @diags.
 */
int pskc_decrypt(const struct pskc *pskc, const xmlNode *node, const char *what,
		 const struct pskc_keys *keys, struct pskc_cipher_text *ret_text, uint8_t *out,
		 size_t *ret_len, struct diags *diags);

/* Base64 with blanks in it.  False when it is none, or more than @size bytes. */
bool pskc_base64(const char *text, uint8_t *out, size_t size, size_t *ret_len);

/* Reads one KeyPackage.  Return: 0 or the code of the first of its errors. */
int pskc_read_token(const struct pskc *pskc, const xmlNode *package, const struct pskc_keys *keys,
		    int64_t now_s, struct pskc_token *ret, struct diags *diags);

/* The place of an element, for messages. */
struct diag_place pskc_at(const struct pskc *pskc, const xmlNode *node);
