/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/temporary.h"

#include "core/clock.h"
#include "mfa/symbols.h"
#include "mfa/temporary_internal.h"
#include "core/typed.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SYMBOLS 8 /* of a challenge */
#define GROUPS 4
#define GROUP_DATA TEMPORARY_GROUP_DATA
#define GROUP_LEN (GROUP_DATA + 1)
#define MAC_MODULUS UINT64_C(1000000000) /* nine digits */
#define TYPED_MAX 32
#define SHORTEST 9 /* digits; fewer are a token's code */

void temporary_draw(char ret[static TEMPORARY_CHALLENGE_SIZE])
{
	char drawn[SYMBOLS_SIZE];

	symbols_draw(SYMBOLS, false, drawn);
	memcpy(ret, drawn, TEMPORARY_CHALLENGE_SIZE);
}

bool temporary_read_challenge(const char *typed, char ret[static TEMPORARY_CHALLENGE_SIZE])
{
	char read[SYMBOLS_SIZE];

	if (symbols_read(typed, SYMBOLS, false, read) != SYMBOLS_WHOLE)
		return false;
	memcpy(ret, read, TEMPORARY_CHALLENGE_SIZE);
	return true;
}

/* H. Michael Damm's quasigroup of order 10: any one digit wrong, or two neighbours swapped, is
 * seen. */
static unsigned int damm(unsigned int interim, const char *digits, size_t n)
{
	static const uint8_t table[10][10] = {
		{ 0, 3, 1, 7, 5, 9, 8, 6, 4, 2 }, { 7, 0, 9, 2, 1, 5, 4, 8, 6, 3 },
		{ 4, 2, 0, 6, 8, 7, 1, 3, 5, 9 }, { 1, 7, 5, 0, 9, 8, 3, 4, 2, 6 },
		{ 6, 1, 2, 3, 0, 4, 5, 9, 7, 8 }, { 3, 6, 7, 4, 2, 0, 9, 5, 8, 1 },
		{ 5, 8, 6, 9, 7, 2, 0, 1, 3, 4 }, { 8, 9, 4, 5, 3, 6, 2, 0, 1, 7 },
		{ 9, 4, 3, 8, 6, 1, 7, 2, 0, 5 }, { 2, 5, 8, 1, 4, 3, 6, 7, 9, 0 },
	};

	for (size_t i = 0; i < n; i++)
		interim = table[interim][digits[i] - '0'];
	return interim;
}

unsigned int temporary_number(const void *text, size_t size, const uint8_t key[static MFA_KEY_LEN])
{
	uint8_t mac[crypto_generichash_BYTES];
	uint64_t number = 0;

	(void)crypto_generichash(mac, sizeof(mac), text, size, key, MFA_KEY_LEN);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | mac[i];
	sodium_memzero(mac, sizeof(mac));
	return (unsigned int)(number % MAC_MODULUS);
}

static void compute(const struct temporary_grant *grant, const uint8_t key[static MFA_KEY_LEN],
		    char ret[static TEMPORARY_DATA_SIZE])
{
	/* Of bytes alone: the same on every machine. */
	struct {
		char purpose[16];
		char user[MFA_USER_MAX];
		char terminal[TEMPORARY_TERMINAL_MAX];
		char challenge[TEMPORARY_CHALLENGE_SIZE];
		uint8_t quarters;
		uint8_t uses;
	} text = { .purpose = "temporary code",
		   .quarters = (uint8_t)grant->quarters,
		   .uses = (uint8_t)grant->uses };
	unsigned int terms = (grant->quarters - 1) * TEMPORARY_USES_MAX + grant->uses - 1;

	(void)snprintf(text.user, sizeof(text.user), "%s", grant->user);
	(void)snprintf(text.terminal, sizeof(text.terminal), "%s", grant->terminal);
	(void)snprintf(text.challenge, sizeof(text.challenge), "%s", grant->challenge);
	(void)snprintf(ret, TEMPORARY_DATA_SIZE, "%03u%09u", terms % 1000,
		       temporary_number(&text, sizeof(text), key));
}

void temporary_write_groups(const char *data, unsigned int n_groups, char *ret)
{
	for (unsigned int g = 0; g < n_groups; g++) {
		char *out = ret + (size_t)g * (GROUP_LEN + 1);

		memcpy(out, data + (size_t)g * GROUP_DATA, GROUP_DATA);
		out[GROUP_DATA] = (char)('0' + damm(g + 1, out, GROUP_DATA));
		out[GROUP_LEN] = g + 1 < n_groups ? ' ' : '\0';
	}
}

void temporary_digits(const struct temporary_grant *grant, const uint8_t key[static MFA_KEY_LEN],
		      char ret[static TEMPORARY_DIGITS_SIZE])
{
	char data[TEMPORARY_DATA_SIZE];

	compute(grant, key, data);
	temporary_write_groups(data, GROUPS, ret);
	sodium_memzero(data, sizeof(data));
}

enum temporary_typed temporary_read_groups(const char *typed, size_t shortest,
					   unsigned int n_groups, char *ret,
					   unsigned int *ret_group)
{
	enum temporary_typed result = TEMPORARY_WHOLE;
	char plain[TYPED_MAX];

	*ret_group = 0;
	if (!typed_plain(typed, plain, sizeof(plain)) || strlen(plain) < shortest ||
	    strspn(plain, "0123456789") != strlen(plain))
		result = TEMPORARY_OTHER;
	else if (strlen(plain) != (size_t)n_groups * GROUP_LEN)
		result = TEMPORARY_MISTYPED;
	/* Each group begins its sum otherwise, so that groups out of order are seen too. */
	for (unsigned int g = 0; g < n_groups && result == TEMPORARY_WHOLE; g++) {
		const char *group = plain + (size_t)g * GROUP_LEN;

		memcpy(ret + (size_t)g * GROUP_DATA, group, GROUP_DATA);
		if (damm(g + 1, group, GROUP_LEN) != 0) {
			*ret_group = g + 1;
			result = TEMPORARY_MISTYPED;
		}
	}
	ret[(size_t)n_groups * GROUP_DATA] = '\0';
	sodium_memzero(plain, sizeof(plain));
	return result;
}

enum temporary_typed temporary_read_digits(const char *typed, char ret[static TEMPORARY_DATA_SIZE],
					   unsigned int *ret_group)
{
	return temporary_read_groups(typed, SHORTEST, GROUPS, ret, ret_group);
}

void temporary_begin(struct temporary_state *state,
		     const char challenge[static TEMPORARY_CHALLENGE_SIZE],
		     const struct elapsed_now *now)
{
	const struct throttle throttle = state->throttle;
	const uint8_t purpose = state->purpose;

	*state = (struct temporary_state){ .purpose = purpose, .throttle = throttle };
	elapsed_begin(&state->since, now);
	memcpy(state->challenge, challenge, sizeof(state->challenge));
}

void temporary_pass(struct temporary_state *state, const struct elapsed_now *now)
{
	elapsed_pass(&state->since, now);
}

static bool has_ended(const struct temporary_state *state, unsigned int quarters)
{
	int64_t end_s = (int64_t)quarters * TEMPORARY_QUARTER_S;

	return elapsed_s(&state->since) >= end_s;
}

uint32_t temporary_left_s(const struct temporary_state *state)
{
	int64_t end_s = (int64_t)state->quarters * TEMPORARY_QUARTER_S;
	int64_t gone_s = elapsed_s(&state->since);

	return end_s > gone_s ? (uint32_t)(end_s - gone_s) : 0;
}

bool temporary_is_over(const struct temporary_state *state)
{
	unsigned int most = state->purpose == TEMPORARY_APPROVAL ? TEMPORARY_APPROVAL_QUARTERS
								 : TEMPORARY_QUARTERS_MAX;

	return *state->challenge == '\0' || (state->quarters > 0 && state->left == 0) ||
	       has_ended(state, state->quarters > 0 ? state->quarters : most);
}

/* What duration and uses the digits name; false when they name none. */
static bool read_terms(const char data[static TEMPORARY_DATA_SIZE], struct temporary_grant *grant)
{
	unsigned int terms = 0;

	for (size_t i = 0; i < GROUP_DATA; i++)
		terms = terms * 10 + (unsigned int)(data[i] - '0');
	grant->quarters = terms / TEMPORARY_USES_MAX + 1;
	grant->uses = terms % TEMPORARY_USES_MAX + 1;
	return grant->quarters <= TEMPORARY_QUARTERS_MAX;
}

static enum temporary_match use(struct temporary_state *state, const struct temporary_terms *terms)
{
	/* One challenge takes one grant: the first that came. */
	if (state->quarters > 0 &&
	    (state->quarters != terms->quarters || state->uses != terms->uses))
		return TEMPORARY_SPENT;
	if (has_ended(state, terms->quarters))
		return TEMPORARY_OVER;
	if (state->quarters == 0) {
		state->quarters = (uint8_t)terms->quarters;
		state->uses = state->left = (uint8_t)terms->uses;
	}
	if (state->left == 0)
		return TEMPORARY_SPENT;
	state->left--;
	state->throttle = (struct throttle){ 0 };
	return TEMPORARY_ACCEPTED;
}

enum temporary_match temporary_settle(struct temporary_state *state, enum temporary_purpose purpose,
				      const struct temporary_terms *terms,
				      const struct elapsed_now *now)
{
	const struct throttle_now boot = throttle_at(now);

	temporary_pass(state, now);
	if (throttle_wait(&state->throttle, &boot) > 0)
		return TEMPORARY_LOCKED;
	if (terms && *state->challenge != '\0' && state->purpose == purpose)
		return use(state, terms);
	(void)throttle_fail(&state->throttle, &THROTTLE_LIMITS_DEFAULT, &boot);
	return TEMPORARY_WRONG;
}

enum temporary_match temporary_decide(struct temporary_state *state, const char *user,
				      const char *terminal, const uint8_t key[static MFA_KEY_LEN],
				      const char data[static TEMPORARY_DATA_SIZE],
				      const struct elapsed_now *now)
{
	struct temporary_grant grant = { .user = user,
					 .terminal = terminal,
					 .challenge = state->challenge };
	bool is_grant = read_terms(data, &grant);
	const struct temporary_terms terms = { grant.quarters, grant.uses };
	char expected[TEMPORARY_DATA_SIZE];
	bool same;

	compute(&grant, key, expected);
	same = sodium_memcmp(expected, data, sizeof(expected)) == 0;
	sodium_memzero(expected, sizeof(expected));
	return temporary_settle(state, TEMPORARY_LOGIN, same && is_grant ? &terms : NULL, now);
}
