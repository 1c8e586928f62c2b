/* SPDX-License-Identifier: Apache-2.0 */

/* Approving by telephone: what the digits are of, and that those of a login are not among them. */

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "core/clock.h"
#include "mfa/approval.h"

#define CHALLENGE "7K3M-9QPS"

/* Reckoned by another program. */
static const struct {
	const char *what;
	const char *terminal;
	const char *challenge;
	const char *digits;
} vectors[] = {
	{ "permit A", "T-0042", CHALLENGE, "4996 9574 6055" },
	{ "permit B", "T-0042", CHALLENGE, "6400 1556 4708" },
	{ "permit A", "T-0043", CHALLENGE, "5955 2450 0192" },
	{ "permit A", "T-0042", "7K3M-9QPW", "0583 3377 9793" },
};
#define N_VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static uint8_t key[MFA_KEY_LEN];
static struct elapsed_now now;

static void begin(void)
{
	cr_assert(sodium_init() >= 0);
	for (uint8_t i = 0; i < MFA_KEY_LEN; i++)
		key[i] = i;
	now = (struct elapsed_now){ .boot = "one", .boot_us = 5, .wall_s = 1800000000 };
}

TestSuite(approval, .init = begin);

static struct approval of(const char *what, const char *terminal, const char *challenge)
{
	struct approval approval = { .terminal = terminal, .challenge = challenge };

	approval_digest(what, strlen(what), approval.digest);
	return approval;
}

/* One that waits for the digits of the first vector. */
static struct temporary_state asked(void)
{
	struct temporary_state state = { .purpose = TEMPORARY_APPROVAL };

	temporary_begin(&state, CHALLENGE, &now);
	return state;
}

static enum temporary_match decide(struct temporary_state *state, const char *digits)
{
	const struct approval approval = of("permit A", "T-0042", "of no meaning");
	char data[APPROVAL_DATA_SIZE];
	unsigned int group;

	cr_assert_eq(approval_read_digits(digits, data, &group), TEMPORARY_WHOLE, "%s", digits);
	return approval_decide(state, &approval, key, data, &now);
}

Test(approval, vectors)
{
	for (size_t i = 0; i < N_VECTORS; i++) {
		const struct approval approval =
			of(vectors[i].what, vectors[i].terminal, vectors[i].challenge);
		char digits[APPROVAL_DIGITS_SIZE];

		approval_digits(&approval, key, digits);
		cr_expect_str_eq(digits, vectors[i].digits);
	}
}

Test(approval, good_once_and_for_that_alone)
{
	struct temporary_state state = asked();

	for (size_t i = 1; i < N_VECTORS; i++)
		cr_expect_eq(decide(&state, vectors[i].digits), TEMPORARY_WRONG, "%zu", i);
	cr_expect_eq(decide(&state, vectors[0].digits), TEMPORARY_ACCEPTED);
	cr_expect(temporary_is_over(&state));
	cr_expect_eq(decide(&state, vectors[0].digits), TEMPORARY_SPENT);
}

Test(approval, over_an_hour_after_the_challenge)
{
	struct temporary_state state = asked();

	now.wall_s += 3599;
	cr_expect_not(temporary_is_over(&state));
	temporary_pass(&state, &now);
	now.wall_s += 1;
	cr_expect_eq(decide(&state, vectors[0].digits), TEMPORARY_OVER);
	cr_expect(temporary_is_over(&state));
	state = asked();
	now.boot_us += 3600 * CLOCK_US_PER_SEC;
	now.wall_s -= 86400;
	cr_expect_eq(decide(&state, vectors[0].digits), TEMPORARY_OVER, "the clock was set back");
}

Test(approval, without_a_challenge_nothing_is_right)
{
	const struct approval approval = of("permit A", "T-0042", "");
	struct temporary_state state = { .purpose = TEMPORARY_APPROVAL };
	char digits[APPROVAL_DIGITS_SIZE];

	approval_digits(&approval, key, digits);
	cr_expect_eq(decide(&state, digits), TEMPORARY_WRONG);
}

Test(approval, guesses_are_slowed_down)
{
	struct temporary_state state = asked();

	for (uint32_t i = 1; i <= THROTTLE_STOP; i++) {
		cr_expect_eq(decide(&state, vectors[1].digits), TEMPORARY_WRONG, "%u", i);
		if (i >= 5)
			cr_expect_eq(decide(&state, vectors[0].digits), TEMPORARY_LOCKED);
		temporary_begin(&state, CHALLENGE, &now); /* which forgives nothing */
		now.boot_us += 3600 * CLOCK_US_PER_SEC;
	}
	cr_expect_eq(decide(&state, vectors[0].digits), TEMPORARY_LOCKED, "for good");
}

/* Both kinds with the same challenge, key and terminal, and what is approved named as a user is. */
Test(approval, digits_of_a_login_approve_nothing_and_the_other_way_round)
{
	const struct temporary_grant login = { "sato", "T-0042", CHALLENGE,
					       TEMPORARY_APPROVAL_QUARTERS, 1 };
	const struct approval approval = of("sato", "T-0042", CHALLENGE);
	char login_digits[TEMPORARY_DIGITS_SIZE], approval_text[APPROVAL_DIGITS_SIZE];
	char login_data[TEMPORARY_DATA_SIZE], approval_data[APPROVAL_DATA_SIZE];
	char crossed[TEMPORARY_DATA_SIZE];
	struct temporary_state state;
	unsigned int group;

	temporary_digits(&login, key, login_digits);
	approval_digits(&approval, key, approval_text);
	cr_assert_eq(temporary_read_digits(login_digits, login_data, &group), TEMPORARY_WHOLE);
	cr_assert_eq(approval_read_digits(approval_text, approval_data, &group), TEMPORARY_WHOLE);
	cr_expect_eq(approval_read_digits(login_digits, crossed, &group), TEMPORARY_MISTYPED);
	cr_expect_eq(temporary_read_digits(approval_text, crossed, &group), TEMPORARY_MISTYPED);

	/* Also when the nine digits are taken out and put in by hand. */
	state = asked();
	cr_expect_eq(approval_decide(&state, &approval, key, login_data + 3, &now),
		     TEMPORARY_WRONG);
	memcpy(crossed, login_data, 3);
	memcpy(crossed + 3, approval_data, APPROVAL_DATA_SIZE);
	state.purpose = TEMPORARY_LOGIN;
	cr_expect_eq(temporary_decide(&state, "sato", "T-0042", key, crossed, &now),
		     TEMPORARY_WRONG);

	/* And right digits count for nothing in a place of the other kind. */
	cr_expect_eq(approval_decide(&state, &approval, key, approval_data, &now), TEMPORARY_WRONG);
	state.purpose = TEMPORARY_APPROVAL;
	cr_expect_eq(temporary_decide(&state, "sato", "T-0042", key, login_data, &now),
		     TEMPORARY_WRONG);
	cr_expect_eq(approval_decide(&state, &approval, key, approval_data, &now),
		     TEMPORARY_ACCEPTED);
}

Test(approval, a_challenge_fits_what_it_was_drawn_for)
{
	const struct approval a = of("permit A", "", ""), b = of("permit B", "", "");
	char drawn[2][TEMPORARY_CHALLENGE_SIZE], read[TEMPORARY_CHALLENGE_SIZE];

	do {
		approval_draw(a.digest, drawn[0]);
		approval_draw(a.digest, drawn[1]);
	} while (strcmp(drawn[0], drawn[1]) == 0); /* one in 32768 */
	for (size_t i = 0; i < 2; i++) {
		cr_expect(temporary_read_challenge(drawn[i], read));
		cr_expect_str_eq(read, drawn[i]);
		cr_expect(approval_fits(drawn[i], a.digest));
		cr_expect_not(approval_fits(drawn[i], b.digest));
		cr_expect_eq(memcmp(drawn[i] + 3, "W-RFJ", 5), 0, "%s", drawn[i]);
	}
	cr_expect_not(approval_fits("", a.digest));
	cr_expect_not(approval_fits("???", a.digest));
}

Test(approval, what_is_typed)
{
	static const struct {
		const char *typed;
		enum temporary_typed expected;
		unsigned int group;
	} cases[] = {
		{ "", TEMPORARY_OTHER, 0 },
		{ "abc", TEMPORARY_OTHER, 0 },
		{ "1", TEMPORARY_MISTYPED, 0 },
		{ "4996 9574 605", TEMPORARY_MISTYPED, 0 },
		{ "4996 9574 6055 1", TEMPORARY_MISTYPED, 0 },
		{ "499695746055", TEMPORARY_WHOLE, 0 },
		{ "４９９６　９５７４－６０５５", TEMPORARY_WHOLE, 0 },
		{ "4996 9574 6054", TEMPORARY_MISTYPED, 3 },
		{ "9574 4996 6055", TEMPORARY_MISTYPED, 1 },
	};
	char data[APPROVAL_DATA_SIZE];
	unsigned int group;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(approval_read_digits(cases[i].typed, data, &group), cases[i].expected,
			     "%s", cases[i].typed);
		cr_expect_eq(group, cases[i].group, "%s", cases[i].typed);
	}
}
