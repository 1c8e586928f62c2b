/* SPDX-License-Identifier: Apache-2.0 */

/* Challenges, digits, grants and their time; the vectors were reckoned by another program. */

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "core/clock.h"
#include "mfa/escrow.h"
#include "mfa/temporary.h"

static const struct {
	struct temporary_grant grant;
	const char *digits;
} vectors[] = {
	{ { "sato", "T-0042", "7K3M-9QPS", 1, 1 }, "0009 8436 3672 1901" },
	{ { "sato", "T-0042", "7K3M-9QPS", 96, 9 }, "8637 9921 0231 0755" },
	{ { "suzuki", "T-0042", "7K3M-9QPS", 4, 1 }, "0279 4471 1391 6929" },
	{ { "sato", "T-0043", "7K3M-9QPS", 4, 1 }, "0279 2609 7669 4806" },
	{ { "sato", "T-0042", "7K3M-9QPS", 4, 1 }, "0279 0691 5282 5382" },
};

static void make_key(uint8_t key[static MFA_KEY_LEN])
{
	for (uint8_t i = 0; i < MFA_KEY_LEN; i++)
		key[i] = i;
}

Test(temporary, vectors)
{
	uint8_t key[MFA_KEY_LEN];

	make_key(key);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		char digits[TEMPORARY_DIGITS_SIZE];

		temporary_digits(&vectors[i].grant, key, digits);
		cr_expect_str_eq(digits, vectors[i].digits);
	}
}

Test(temporary, challenges_as_people_type_them)
{
	static const char *const same[] = { "7K3M-9QPS",     "7k3m 9qps",          "7k3m9qps",
					    " 7K3M - 9QPS ", "７Ｋ３Ｍ－９ＱＰＳ", "7K3Mー9QPS" };
	static const char *const wrong[] = { "",          "7K3M-9QP",   "7K3M-9QPT", "7K3M-9QPSS",
					     "K73M-9QPS", "7K3M-9PQS",  "7K3M-9QPU", "8K3M-9QPS",
					     "7K3M_9QPS", "7K3M-9QP\n", "\xff" };
	char read[TEMPORARY_CHALLENGE_SIZE];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		cr_expect(temporary_read_challenge(same[i], read), "%s", same[i]);
		cr_expect_str_eq(read, "7K3M-9QPS");
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_not(temporary_read_challenge(wrong[i], read), "%s", wrong[i]);
	cr_expect(temporary_read_challenge("OoOo-ooo0", read));
	cr_expect_str_eq(read, "0000-0000");
}

Test(temporary, drawn_ones_are_read_and_differ)
{
	char drawn[2][TEMPORARY_CHALLENGE_SIZE], read[TEMPORARY_CHALLENGE_SIZE];

	temporary_draw(drawn[0]);
	temporary_draw(drawn[1]);
	cr_expect(temporary_read_challenge(drawn[0], read));
	cr_expect_str_eq(read, drawn[0]);
	cr_expect_str_neq(drawn[0], drawn[1]);
}

Test(temporary, any_one_digit_or_neighbours_swapped_are_told)
{
	char typed[TEMPORARY_DIGITS_SIZE], data[TEMPORARY_DATA_SIZE];
	unsigned int group;

	for (size_t v = 0; v < sizeof(vectors) / sizeof(vectors[0]); v++) {
		for (size_t i = 0; i + 1 < sizeof(typed); i++) {
			strcpy(typed, vectors[v].digits);
			for (char c = '0'; c <= '9' && typed[i] != ' '; c++) {
				typed[i] = c;
				cr_expect_eq(temporary_read_digits(typed, data, &group),
					     c == vectors[v].digits[i] ? TEMPORARY_WHOLE
								       : TEMPORARY_MISTYPED);
				cr_expect_eq(group, c == vectors[v].digits[i] ? 0 : i / 5 + 1);
			}
			strcpy(typed, vectors[v].digits);
			if (i % 5 >= 3 || typed[i] == typed[i + 1])
				continue;
			typed[i] = vectors[v].digits[i + 1];
			typed[i + 1] = vectors[v].digits[i];
			cr_expect_eq(temporary_read_digits(typed, data, &group),
				     TEMPORARY_MISTYPED);
		}
	}
}

Test(temporary, what_is_no_temporary_code_is_left_to_others)
{
	static const struct {
		const char *typed;
		enum temporary_typed expected;
	} cases[] = {
		{ "", TEMPORARY_OTHER },
		{ "?", TEMPORARY_OTHER },
		{ "123456", TEMPORARY_OTHER },
		{ "12345678", TEMPORARY_OTHER },
		{ "123 456 789", TEMPORARY_MISTYPED },
		{ "0279069152825382", TEMPORARY_WHOLE },
		{ "０２７９　０６９１　５２８２　５３８２", TEMPORARY_WHOLE },
		{ "0279-0691-5282-5382", TEMPORARY_WHOLE },
		{ "0691 0279 5282 5382", TEMPORARY_MISTYPED },
		{ "0279 0691 5282 538", TEMPORARY_MISTYPED },
		{ "0279 0691 5282 5382 1", TEMPORARY_MISTYPED },
		{ "0279 0691 5282 538x", TEMPORARY_OTHER },
		{ "00000000000000000000000000000000000000000000", TEMPORARY_OTHER },
	};
	char data[TEMPORARY_DATA_SIZE];
	unsigned int group;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(temporary_read_digits(cases[i].typed, data, &group), cases[i].expected,
			     "%s", cases[i].typed);
}

/* A state with the challenge of the vectors, and the moment it was made. */
static struct temporary_state begun(struct elapsed_now *now)
{
	struct temporary_state state = { 0 };

	*now = (struct elapsed_now){ .boot = "one", .boot_us = 5, .wall_s = 1800000000 };
	temporary_begin(&state, "7K3M-9QPS", now);
	return state;
}

static enum temporary_match decide(struct temporary_state *state, const char *digits,
				   const struct elapsed_now *now)
{
	uint8_t key[MFA_KEY_LEN];
	char data[TEMPORARY_DATA_SIZE];
	unsigned int group;

	make_key(key);
	cr_assert_eq(temporary_read_digits(digits, data, &group), TEMPORARY_WHOLE);
	return temporary_decide(state, "sato", "T-0042", key, data, now);
}

Test(temporary, uses_are_counted)
{
	struct elapsed_now now;
	struct temporary_state state = begun(&now);

	for (int i = 0; i < 9; i++)
		cr_expect_eq(decide(&state, vectors[1].digits, &now), TEMPORARY_ACCEPTED, "%d", i);
	cr_expect(temporary_is_over(&state));
	cr_expect_eq(decide(&state, vectors[1].digits, &now), TEMPORARY_SPENT);
	cr_expect_eq(decide(&state, vectors[0].digits, &now), TEMPORARY_SPENT, "another grant");
	cr_expect_eq(decide(&state, vectors[2].digits, &now), TEMPORARY_WRONG, "another user's");
	cr_expect_eq(decide(&state, vectors[3].digits, &now), TEMPORARY_WRONG, "elsewhere");
}

Test(temporary, without_a_challenge_nothing_is_right)
{
	struct elapsed_now now = { .wall_s = 1800000000 };
	struct temporary_state state = { 0 };
	struct temporary_grant grant = { "sato", "T-0042", "", 4, 1 };
	uint8_t key[MFA_KEY_LEN];
	char digits[TEMPORARY_DIGITS_SIZE];

	make_key(key);
	temporary_digits(&grant, key, digits);
	cr_expect_eq(decide(&state, digits, &now), TEMPORARY_WRONG);
	cr_expect(temporary_is_over(&state));
}

static const struct {
	const char *what;
	int64_t wall_s, boot_s;
	const char *boot;
	enum temporary_match expected;
} moments[] = {
	{ "just before", 899, 899, "one", TEMPORARY_ACCEPTED },
	{ "by the wall clock", 900, 0, "one", TEMPORARY_OVER },
	{ "by the boot clock", 0, 900, "one", TEMPORARY_OVER },
	{ "the clock was set back", -86400, 899, "one", TEMPORARY_ACCEPTED },
	{ "set back too late", -86400, 900, "one", TEMPORARY_OVER },
	{ "a reboot costs five minutes", 0, 599, "two", TEMPORARY_ACCEPTED },
	{ "and no less", 0, 600, "two", TEMPORARY_OVER },
};

Test(temporary, it_ends_when_either_clock_says_so)
{
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct elapsed_now now;
		struct temporary_state state = begun(&now);

		now.wall_s += moments[i].wall_s;
		now.boot_us = moments[i].boot_s * CLOCK_US_PER_SEC +
			      (strcmp(moments[i].boot, "one") == 0 ? 5 : 0);
		memset(now.boot, 0, sizeof(now.boot));
		memcpy(now.boot, moments[i].boot, 3);
		cr_expect_eq(decide(&state, vectors[0].digits, &now), moments[i].expected, "%s",
			     moments[i].what);
	}
}

Test(temporary, time_that_was_seen_stays)
{
	struct elapsed_now now;
	struct temporary_state state = begun(&now);

	now.wall_s += 900;
	temporary_pass(&state, &now);
	now.wall_s -= 900;
	cr_expect_eq(decide(&state, vectors[0].digits, &now), TEMPORARY_OVER);
	state = begun(&now);
	now.boot_us = 500 * CLOCK_US_PER_SEC;
	temporary_pass(&state, &now);
	memcpy(now.boot, "two", 3);
	now.boot_us = 101 * CLOCK_US_PER_SEC;
	cr_expect_eq(decide(&state, vectors[0].digits, &now), TEMPORARY_OVER, "over both boots");
}

Test(temporary, guesses_are_slowed_down)
{
	struct elapsed_now now;
	struct temporary_state state = begun(&now);

	for (uint32_t i = 1; i <= THROTTLE_STOP; i++) {
		cr_expect_eq(decide(&state, vectors[2].digits, &now), TEMPORARY_WRONG, "%u", i);
		if (i >= 5)
			cr_expect_eq(decide(&state, vectors[0].digits, &now), TEMPORARY_LOCKED);
		temporary_begin(&state, "7K3M-9QPS", &now); /* which forgives nothing */
		now.boot_us += 3600 * CLOCK_US_PER_SEC;
	}
	cr_expect_eq(decide(&state, vectors[0].digits, &now), TEMPORARY_LOCKED, "for good");
}

Test(temporary, only_its_desk_opens_an_escrow)
{
	uint8_t host[MFA_KEY_LEN] = { 1 }, other[MFA_KEY_LEN] = { 2 };
	uint8_t key[MFA_KEY_LEN], desk[ESCROW_PUBLIC_LEN], sealed[ESCROW_SEALED_LEN];
	static const uint8_t none[ESCROW_PUBLIC_LEN] = { 0 };
	static const char *const names[] = { "", "T-1\033[2J", "T-1\nT-2", "\xff" };
	struct escrow escrow;

	cr_assert(sodium_init() >= 0);
	make_key(key);
	escrow_desk(host, desk);
	cr_assert(escrow_seal(ESCROW_TEMPORARY, "T-0042", key, desk, sealed));
	cr_assert(escrow_open(sealed, host, &escrow));
	cr_expect_str_eq(escrow.terminal, "T-0042");
	cr_expect_eq(memcmp(escrow.key, key, sizeof(key)), 0);
	cr_expect_not(escrow_open(sealed, other, &escrow));
	sealed[60] ^= 1;
	cr_expect_not(escrow_open(sealed, host, &escrow));
	cr_expect_not(escrow_seal(ESCROW_TEMPORARY, "T-0042", key, none, sealed));
	cr_assert(escrow_seal(ESCROW_HOST, "T-0042", key, desk, sealed));
	cr_expect_not(escrow_open(sealed, host, &escrow), "a backup");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_assert(escrow_seal(ESCROW_TEMPORARY, names[i], key, desk, sealed));
		cr_expect_not(escrow_open(sealed, host, &escrow), "anybody can seal: %zu", i);
	}
}

Test(temporary, subkeys)
{
	uint8_t host[MFA_KEY_LEN], key[MFA_KEY_LEN];
	char hex[2 * MFA_KEY_LEN + 1];

	make_key(host);
	escrow_key(host, key);
	sodium_bin2hex(hex, sizeof(hex), key, sizeof(key));
	cr_expect_str_eq(hex, "50b84d66a0894786ee24a15b4f405248d2ba9955906f0e92fb9544691c7d3f86");
}
