/* SPDX-License-Identifier: Apache-2.0 */

/* A sealed token opens for its user, id and state alone. */

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "mfa/enrol.h"
#include "mfa/token.h"

static const uint8_t key[MFA_KEY_LEN] = "the host key of this terminal";

static struct token_record sealed(struct token *token)
{
	struct token_record record;

	cr_assert_geq(sodium_init(), 0);
	enrol_make(token);
	token_seal(token, "sato", key, &record);
	return record;
}

Test(token, opens_as_it_was_sealed)
{
	struct token token;
	struct token_record record = sealed(&token);
	struct token again = { 0 };

	cr_assert(token_open(&record, "sato", key, &again));
	cr_expect_eq(memcmp(&again, &token, sizeof(token)), 0);
	cr_expect_eq(again.state, TOKEN_PENDING);
}

Test(token, holds_no_secret_in_clear)
{
	struct token token;
	struct token_record record = sealed(&token);

	cr_expect_null(memmem(&record, sizeof(record), token.totp.secret, 8));
}

Test(token, never_seals_twice_alike)
{
	struct token token;
	struct token_record one = sealed(&token);
	struct token_record two;

	token_seal(&token, "sato", key, &two);
	cr_expect_neq(memcmp(one.nonce, two.nonce, sizeof(one.nonce)), 0);
	cr_expect_neq(memcmp(one.sealed, two.sealed, sizeof(one.sealed)), 0);
}

Test(token, refuses_what_was_moved)
{
	static const uint8_t other_key[MFA_KEY_LEN] = "the host key of that terminal";
	struct token token;
	struct token_record record = sealed(&token);
	struct token_record changed = record;
	struct token again = { .id = "kept" };

	cr_expect_not(token_open(&record, "suzuki", key, &again), "another user");
	cr_expect_not(token_open(&record, "sato2", key, &again), "a longer name");
	cr_expect_not(token_open(&record, "", key, &again), "no user");
	cr_expect_not(token_open(&record, "sato", other_key, &again), "another terminal");
	changed.id[0] ^= 1;
	cr_expect_not(token_open(&changed, "sato", key, &again), "another id");
	changed = record;
	changed.state = TOKEN_ACTIVE;
	cr_expect_not(token_open(&changed, "sato", key, &again), "pending made active");
	changed = record;
	changed.seen_by[4] ^= 1;
	cr_expect_not(token_open(&changed, "sato", key, &again), "handed out by another");
	cr_expect_str_eq(again.id, "kept", "set although refused");
}

Test(token, refuses_every_flipped_byte)
{
	struct token token;
	struct token_record record = sealed(&token);
	struct token again;

	for (size_t i = 0; i < sizeof(record); i++) {
		struct token_record changed = record;

		((uint8_t *)&changed)[i] ^= 0x01;
		cr_expect_not(token_open(&changed, "sato", key, &again), "byte %zu", i);
	}
}

Test(token, is_what_every_phone_reads)
{
	struct token token = { .totp = { .secret = "12345678901234567890", .secret_len = 20 } };
	static const struct totp usual = { .algorithm = TOTP_SHA1, .digits = 6, .period = 30 };
	char base32[ENROL_BASE32_SIZE];
	char uri[ENROL_URI_SIZE];

	cr_assert_eq(enrol_base32(&token.totp, base32, NULL), 0);
	cr_expect_str_eq(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	cr_assert_eq(enrol_uri("sekisho t 1", "s:ato", base32, &usual, uri, NULL), 0);
	cr_expect_str_eq(uri, "otpauth://totp/sekisho%20t%201:s%3Aato"
			      "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=sekisho%20t%201"
			      "&algorithm=SHA1&digits=6&period=30");
}
