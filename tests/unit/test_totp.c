/* SPDX-License-Identifier: Apache-2.0 */

/* The vectors of RFC 6238, appendix B, the window, used codes, and what people type. */

#include <criterion/criterion.h>
#include <string.h>

#include "mfa/totp.h"

static const struct totp sha1 = { .secret = "12345678901234567890",
				  .secret_len = 20,
				  .algorithm = TOTP_SHA1,
				  .digits = 8,
				  .period = 30 };

static struct totp secret_of(enum totp_algorithm algorithm)
{
	static const char seed[] =
		"1234567890123456789012345678901234567890123456789012345678901234";
	struct totp totp = { .algorithm = (uint8_t)algorithm, .digits = 8, .period = 30 };

	totp.secret_len = algorithm == TOTP_SHA1 ? 20 : algorithm == TOTP_SHA256 ? 32 : 64;
	memcpy(totp.secret, seed, totp.secret_len);
	return totp;
}

static enum totp_match decide(const struct totp *totp, const char *typed, int64_t now_s,
			      uint64_t last_step, uint64_t *ret_step)
{
	char code[TOTP_CODE_SIZE];

	totp_normalise(typed, code);
	return totp_decide(totp, code, now_s,
			   &(struct totp_window){ .width = TOTP_WINDOW, .reach = TOTP_REACH_MAX },
			   last_step, ret_step);
}

static const struct {
	int64_t time_s;
	const char *codes[3]; /* SHA-1, SHA-256, SHA-512 */
} vectors[] = {
	{ 59, { "94287082", "46119246", "90693936" } },
	{ 1111111109, { "07081804", "68084774", "25091201" } },
	{ 1111111111, { "14050471", "67062674", "99943326" } },
	{ 1234567890, { "89005924", "91819424", "93441116" } },
	{ 2000000000, { "69279037", "90698825", "38618901" } },
	{ 20000000000, { "65353130", "77737706", "47863826" } },
};

Test(totp, rfc_6238_appendix_b)
{
	static const enum totp_algorithm algorithms[] = { TOTP_SHA1, TOTP_SHA256, TOTP_SHA512 };

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		for (size_t a = 0; a < 3; a++) {
			struct totp totp = secret_of(algorithms[a]);
			uint64_t step = 0;
			/* A step later, as the window needs one before it: 59 s is step 1. */
			enum totp_match match = decide(&totp, vectors[i].codes[a],
						       vectors[i].time_s + 30, 0, &step);

			cr_expect_eq(match, TOTP_ACCEPTED, "time %ld, algorithm %zu",
				     (long)vectors[i].time_s, a);
			cr_expect_eq(step, (uint64_t)vectors[i].time_s / 30);
			cr_expect_eq(decide(&totp, vectors[i].codes[(a + 1) % 3],
					    vectors[i].time_s + 30, 0, &step),
				     TOTP_WRONG, "the code of another algorithm");
		}
	}
}

/* 2000000000 s is inside step 66666666. */
Test(totp, one_step_to_either_side)
{
	static const struct {
		int64_t offset_steps;
		enum totp_match match;
	} cases[] = { { -3, TOTP_WRONG },   { -2, TOTP_WRONG },   { -1, TOTP_ACCEPTED },
		      { 0, TOTP_ACCEPTED }, { 1, TOTP_ACCEPTED }, { 2, TOTP_WRONG },
		      { 3, TOTP_WRONG },    { 1000, TOTP_WRONG } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t step = 7;
		int64_t now_s = 2000000000 + 30 * cases[i].offset_steps;

		cr_expect_eq(decide(&sha1, "69279037", now_s, 0, &step), cases[i].match,
			     "%ld steps away", (long)cases[i].offset_steps);
		cr_expect_eq(step, cases[i].match == TOTP_ACCEPTED ? 66666666 : 7);
	}
}

Test(totp, a_used_code_stays_used)
{
	static const int64_t clocks[] = { 2000000000, 2000000030, 1999999970 };
	uint64_t step = 7;

	cr_expect_eq(decide(&sha1, "69279037", 2000000000, 66666665, &step), TOTP_ACCEPTED);
	for (size_t i = 0; i < 3; i++) {
		step = 7;
		cr_expect_eq(decide(&sha1, "69279037", clocks[i], 66666666, &step), TOTP_USED);
		cr_expect_eq(decide(&sha1, "69279037", clocks[i], 66666667, &step), TOTP_USED);
		cr_expect_eq(step, 7, "a step was given for a used code");
	}
	/* A clock set back by an hour makes an old, unseen code of the past no better. */
	cr_expect_eq(decide(&sha1, "69279037", 2000000000, 66666666 + 120, &step), TOTP_USED);
}

Test(totp, an_impossible_secret_matches_nothing)
{
	struct totp totp = sha1;
	uint64_t step;

	totp.digits = 7;
	cr_expect_eq(decide(&totp, "9279037", 2000000000, 0, &step), TOTP_WRONG);
	totp = sha1;
	totp.period = 0;
	cr_expect_eq(decide(&totp, "69279037", 2000000000, 0, &step), TOTP_WRONG);
	totp = sha1;
	totp.algorithm = 0;
	cr_expect_eq(decide(&totp, "69279037", 2000000000, 0, &step), TOTP_WRONG);
	totp = sha1;
	totp.secret_len = TOTP_SECRET_MAX + 1;
	cr_expect_eq(decide(&totp, "69279037", 2000000000, 0, &step), TOTP_WRONG);
	cr_expect_eq(decide(&sha1, "69279037", 0, 0, &step), TOTP_WRONG);
	cr_expect_eq(decide(&sha1, "69279037", -2000000000, 0, &step), TOTP_WRONG);
	cr_expect_eq(decide(&sha1, "279037", 2000000000, 0, &step), TOTP_WRONG, "6 of 8 digits");
	cr_expect_eq(decide(&sha1, "", 2000000000, 0, &step), TOTP_WRONG, "nothing");
}

static enum totp_match decide_in(const struct totp_window *window, int64_t ahead)
{
	uint64_t step = 0;

	/* The code of step 66666666, on a terminal that is so many steps before it. */
	return totp_decide(&sha1, "69279037", 2000000000 - 30 * ahead, window, 0, &step);
}

Test(totp, the_window_lies_around_the_drift)
{
	for (int32_t drift = -20; drift <= 20; drift++) {
		const struct totp_window window = { .drift = drift, .width = 1, .reach = 3 };

		for (int32_t ahead = -25; ahead <= 25; ahead++) {
			bool around = ahead >= drift - 1 && ahead <= drift + 1;
			/* Towards the terminal's own time as far as codes are made at all. */
			bool between =
				(drift < 0 ? ahead >= drift && ahead <= 0 && ahead <= drift + 3
					   : ahead <= drift && ahead >= 0 && ahead >= drift - 3);

			cr_expect_eq(decide_in(&window, ahead),
				     around || between ? TOTP_ACCEPTED : TOTP_WRONG,
				     "drift %d, %d ahead", drift, ahead);
		}
	}
}

Test(totp, learns_a_step_at_a_time)
{
	const int64_t now = 2000000000;
	struct totp_use use = { 0 };

	totp_learn(&sha1, 66666666 + 3, now, &use);
	cr_expect_eq(use.drift, 1);
	cr_expect_eq(use.offset_s, 90);
	cr_expect_eq(use.last_step, 66666669);
	cr_expect_eq(use.last_used_s, now);
	totp_learn(&sha1, 66666666 + 1, now, &use);
	cr_expect_eq(use.drift, 1, "as learnt");
	totp_learn(&sha1, 66666666 - 2, now, &use);
	cr_expect_eq(use.drift, 0);
	totp_relearn(&sha1, 66666666 - 17, now, &use);
	cr_expect_eq(use.drift, -17, "two codes prove all of it");
	cr_expect_eq(totp_proved_s(&sha1, &use), 66666666 * INT64_C(30), "the terminal's time");
	totp_begin(&sha1, 66666665, now, &use);
	cr_expect_eq(use.drift, 0, "typed late");
	totp_begin(&sha1, 66666664, now, &use);
	cr_expect_eq(use.drift, -2);
}

Test(totp, an_unused_token_gets_a_wider_window_up_to_a_bound)
{
	static const struct {
		int64_t unused_s;
		uint32_t base, width, reach;
	} cases[] = {
		{ 0, 1, 1, 3 },
		{ TOTP_WIDEN_S - 1, 1, 1, 3 },
		{ TOTP_WIDEN_S, 1, 2, 3 },
		{ 2 * TOTP_WIDEN_S, 1, 3, 3 },
		{ 1000 * (int64_t)TOTP_WIDEN_S, 1, 3, 3 },
		{ -1000 * (int64_t)TOTP_WIDEN_S, 1, 1, 3 },
		{ TOTP_WIDEN_S, 0, 1, 3 },
		{ TOTP_WIDEN_S, 5, 5, 5 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct totp_use use = { .last_step = 66666666, .drift = 2 };
		struct totp_window window =
			totp_window_of(&sha1, &use, cases[i].base,
				       66666666 * INT64_C(30) + cases[i].unused_s);

		cr_expect_eq(window.width, cases[i].width, "case %zu: %u", i, window.width);
		cr_expect_eq(window.reach, cases[i].reach, "case %zu", i);
		cr_expect_eq(window.drift, 2);
	}
	cr_expect_eq(totp_window_of(&sha1, &(struct totp_use){ 0 }, 1, 2000000000).width, 1,
		     "never used is not long unused");
}

/* Steps 37037036 and 37037037 are RFC 6238's 1111111109 s and 1111111111 s. */
Test(totp, two_codes_in_a_row_find_the_clock)
{
	static const char codes[2][TOTP_CODE_SIZE] = { "07081804", "14050471" };
	static const char swapped[2][TOTP_CODE_SIZE] = { "14050471", "07081804" };
	static const char same[2][TOTP_CODE_SIZE] = { "07081804", "07081804" };

	for (int64_t off = -25; off <= 25; off++) {
		int64_t now_s = 37037037 * INT64_C(30) + 30 * off;
		bool reached = off >= -20 && off <= 19; /* both codes within 20 steps */
		uint64_t step = 0;

		cr_expect_eq(totp_resync(&sha1, codes, now_s, 0, &step),
			     reached ? TOTP_ACCEPTED : TOTP_WRONG, "%ld steps off", (long)off);
		cr_expect_eq(step, reached ? 37037037 : 0);
		cr_expect_eq(totp_resync(&sha1, swapped, now_s, 0, &step), TOTP_WRONG);
		cr_expect_eq(totp_resync(&sha1, same, now_s, 0, &step), TOTP_WRONG);
		if (!reached)
			continue;
		cr_expect_eq(totp_resync(&sha1, codes, now_s, 37037035, &step), TOTP_ACCEPTED);
		cr_expect_eq(totp_resync(&sha1, codes, now_s, 37037036, &step), TOTP_USED);
		cr_expect_eq(totp_resync(&sha1, codes, now_s, 37037037, &step), TOTP_USED);
	}
}

static const struct {
	const char *typed;
	const char *code;
} typed_codes[] = {
	{ "123456", "123456" },
	{ "12345678", "12345678" },
	{ "123 456", "123456" },
	{ " 123456 ", "123456" },
	{ "123-456", "123456" },
	{ "１２３４５６", "123456" },
	{ "０７９８０９", "079809" },
	{ "１２３　４５６", "123456" },
	{ "１２３－４５６", "123456" },
	{ "１２３ー456", "123456" },
	{ "123\u00a0456", "123456" },
	{ "123\u2212456", "123456" },
	{ "", "" },
	{ "   ", "" },
	{ "12345a", "" },
	{ "abcdef", "" },
	{ "123456789", "" },
	{ "123456\n", "" },
	{ "１２３４５６７８９", "" },
	{ "一二三四五六", "" },
	{ "١٢٣٤٥٦", "" },
	{ "123456\xff", "" },
	{ "\xef\xbc", "" },
	{ "1234567８9", "" },
};

Test(totp, what_people_type)
{
	for (size_t i = 0; i < sizeof(typed_codes) / sizeof(typed_codes[0]); i++) {
		static const char zeros[TOTP_CODE_SIZE];
		char code[TOTP_CODE_SIZE];
		size_t len = strlen(typed_codes[i].code);

		memset(code, 'x', sizeof(code));
		totp_normalise(typed_codes[i].typed, code);
		cr_expect_str_eq(code, typed_codes[i].code, "case %zu", i);
		cr_expect_eq(memcmp(code + len, zeros, sizeof(code) - len), 0,
			     "case %zu: not NULs to the end", i);
	}
}
