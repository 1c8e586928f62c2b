/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/approval.h"

#include "core/crockford.h"
#include "mfa/symbols.h"
#include "mfa/temporary_internal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define GROUPS 3
#define SYMBOLS 8 /* of a challenge */
#define DRAWN 3   /* of them; then those of the digest, then the one that checks */

void approval_digest(const void *bytes, size_t len, uint8_t ret[static APPROVAL_DIGEST_LEN])
{
	(void)crypto_generichash(ret, APPROVAL_DIGEST_LEN, bytes, len, NULL, 0);
}

static void compose(uint8_t symbols[static SYMBOLS],
		    const uint8_t digest[static APPROVAL_DIGEST_LEN],
		    char ret[static TEMPORARY_CHALLENGE_SIZE])
{
	char text[SYMBOLS_SIZE];

	for (size_t i = DRAWN; i + 1 < SYMBOLS; i++)
		symbols[i] = digest[i - DRAWN] & CROCKFORD_MASK;
	symbols_compose(symbols, SYMBOLS, text);
	memcpy(ret, text, TEMPORARY_CHALLENGE_SIZE);
}

void approval_draw(const uint8_t digest[static APPROVAL_DIGEST_LEN],
		   char ret[static TEMPORARY_CHALLENGE_SIZE])
{
	uint8_t symbols[SYMBOLS];

	for (size_t i = 0; i < DRAWN; i++)
		symbols[i] = (uint8_t)randombytes_uniform(1 << CROCKFORD_BITS);
	compose(symbols, digest, ret);
}

bool approval_fits(const char *challenge, const uint8_t digest[static APPROVAL_DIGEST_LEN])
{
	char expected[TEMPORARY_CHALLENGE_SIZE];
	uint8_t symbols[SYMBOLS];

	for (size_t i = 0; i < DRAWN; i++) {
		int value = crockford_value(challenge[i]);

		if (value < 0)
			return false;
		symbols[i] = (uint8_t)value;
	}
	compose(symbols, digest, expected);
	return strcmp(expected, challenge) == 0;
}

static void compute(const struct approval *approval, const char *challenge,
		    const uint8_t key[static MFA_KEY_LEN], char ret[static APPROVAL_DATA_SIZE])
{
	/* Of bytes alone: the same on every machine. */
	struct {
		char purpose[16];
		uint8_t digest[APPROVAL_DIGEST_LEN];
		char terminal[TEMPORARY_TERMINAL_MAX];
		char challenge[TEMPORARY_CHALLENGE_SIZE];
	} text = { .purpose = "permit approval" };

	memcpy(text.digest, approval->digest, sizeof(text.digest));
	(void)snprintf(text.terminal, sizeof(text.terminal), "%s", approval->terminal);
	(void)snprintf(text.challenge, sizeof(text.challenge), "%s", challenge);
	(void)snprintf(ret, APPROVAL_DATA_SIZE, "%09u", temporary_number(&text, sizeof(text), key));
}

void approval_digits(const struct approval *approval, const uint8_t key[static MFA_KEY_LEN],
		     char ret[static APPROVAL_DIGITS_SIZE])
{
	char data[APPROVAL_DATA_SIZE];

	compute(approval, approval->challenge, key, data);
	temporary_write_groups(data, GROUPS, ret);
	sodium_memzero(data, sizeof(data));
}

enum temporary_typed approval_read_digits(const char *typed, char ret[static APPROVAL_DATA_SIZE],
					  unsigned int *ret_group)
{
	return temporary_read_groups(typed, 1, GROUPS, ret, ret_group);
}

enum temporary_match approval_decide(struct temporary_state *state, const struct approval *approval,
				     const uint8_t key[static MFA_KEY_LEN],
				     const char data[static APPROVAL_DATA_SIZE],
				     const struct elapsed_now *now)
{
	const struct temporary_terms once = { .quarters = TEMPORARY_APPROVAL_QUARTERS, .uses = 1 };
	char expected[APPROVAL_DATA_SIZE];
	bool same;

	compute(approval, state->challenge, key, expected);
	same = sodium_memcmp(expected, data, sizeof(expected)) == 0;
	sodium_memzero(expected, sizeof(expected));
	return temporary_settle(state, TEMPORARY_APPROVAL, same ? &once : NULL, now);
}
