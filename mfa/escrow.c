/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/escrow.h"

#include "core/text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Below the host key; mfa/store.c has the first ones. */
#define SUBKEY_TEMPORARY 16
#define SUBKEY_DESK 17

_Static_assert(ESCROW_SEALED_LEN == sizeof(struct escrow) + crypto_box_SEALBYTES, "the box");

static const char context[crypto_kdf_CONTEXTBYTES] = "sekisho1";
static const char magic[] = "skESCR1";

void escrow_key(const uint8_t host_key[static MFA_KEY_LEN], uint8_t ret[static MFA_KEY_LEN])
{
	(void)crypto_kdf_derive_from_key(ret, MFA_KEY_LEN, SUBKEY_TEMPORARY, context, host_key);
}

static void make_pair(const uint8_t host_key[static MFA_KEY_LEN],
		      uint8_t public[static crypto_sign_PUBLICKEYBYTES],
		      uint8_t secret[static crypto_sign_SECRETKEYBYTES])
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	(void)crypto_kdf_derive_from_key(seed, sizeof(seed), SUBKEY_DESK, context, host_key);
	(void)crypto_sign_seed_keypair(public, secret, seed);
	sodium_memzero(seed, sizeof(seed));
}

void escrow_desk(const uint8_t host_key[static MFA_KEY_LEN], uint8_t ret[static ESCROW_PUBLIC_LEN])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	make_pair(host_key, ret, secret);
	sodium_memzero(secret, sizeof(secret));
}

bool escrow_seal(enum escrow_purpose purpose, const char *terminal,
		 const uint8_t key[static MFA_KEY_LEN], const uint8_t to[static ESCROW_PUBLIC_LEN],
		 uint8_t ret[static ESCROW_SEALED_LEN])
{
	struct escrow escrow = { .purpose = (uint8_t)purpose };
	uint8_t public[crypto_box_PUBLICKEYBYTES];
	bool sealed;

	memcpy(escrow.magic, magic, sizeof(escrow.magic));
	(void)snprintf(escrow.terminal, sizeof(escrow.terminal), "%s", terminal);
	memcpy(escrow.key, key, sizeof(escrow.key));
	sealed = crypto_sign_ed25519_pk_to_curve25519(public, to) == 0 &&
		 crypto_box_seal(ret, (const unsigned char *)&escrow, sizeof(escrow), public) == 0;
	sodium_memzero(&escrow, sizeof(escrow));
	return sealed;
}

/* Anybody can seal something, and its terminal is shown to people and logged. */
bool escrow_is(const struct escrow *escrow, enum escrow_purpose purpose)
{
	return memcmp(escrow->magic, magic, sizeof(escrow->magic)) == 0 &&
	       escrow->purpose == purpose && *escrow->terminal &&
	       text_is_safe_field(escrow->terminal, sizeof(escrow->terminal));
}

bool escrow_open(const uint8_t sealed[static ESCROW_SEALED_LEN],
		 const uint8_t host_key[static MFA_KEY_LEN], struct escrow *ret)
{
	uint8_t sign_public[crypto_sign_PUBLICKEYBYTES], sign_secret[crypto_sign_SECRETKEYBYTES];
	uint8_t public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
	struct escrow escrow;
	bool opened;

	make_pair(host_key, sign_public, sign_secret);
	opened = crypto_sign_ed25519_pk_to_curve25519(public, sign_public) == 0 &&
		 crypto_sign_ed25519_sk_to_curve25519(secret, sign_secret) == 0 &&
		 crypto_box_seal_open((unsigned char *)&escrow, sealed, ESCROW_SEALED_LEN, public,
				      secret) == 0 &&
		 escrow_is(&escrow, ESCROW_TEMPORARY);
	if (opened)
		*ret = escrow;
	sodium_memzero(&escrow, sizeof(escrow));
	sodium_memzero(sign_secret, sizeof(sign_secret));
	sodium_memzero(secret, sizeof(secret));
	return opened;
}
