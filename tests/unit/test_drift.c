/* SPDX-License-Identifier: Apache-2.0 */

/* The terminal's clock, as the tokens of several people tell it. */

#include <criterion/criterion.h>
#include <stdio.h>

#include "mfa/drift.h"

#define NOW INT64_C(2000000000)

static void note_all(struct drift *drift, const int32_t *offsets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char user[MFA_USER_MAX];

		(void)snprintf(user, sizeof(user), "user%zu", i);
		drift_note(drift, user, NOW + (int64_t)i, offsets[i]);
	}
}

static const struct {
	int32_t offsets[6];
	size_t n;
	uint32_t users;
	int32_t slow_s;
} cases[] = {
	{ { 60, 60 }, 2, 0, 0 },
	{ { 0, 0, 0 }, 3, 3, 0 },
	{ { 600, 0, 0 }, 3, 3, 0 },
	{ { 60, 30, 30 }, 3, 3, 30 },
	{ { -30, -60, -30, -30 }, 4, 4, -30 },
	{ { 30, 0, 30, 0 }, 4, 4, 0 },
	{ { -30, 0, -30, 0 }, 4, 4, 0 },
	{ { 0, 60, 60, 0, 60 }, 5, 5, 60 },
};

Test(drift, is_the_median_of_enough_people)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct drift drift = { 0 };
		int32_t slow_s = 0;

		note_all(&drift, cases[i].offsets, cases[i].n);
		cr_expect_eq(drift_estimate(&drift, &slow_s), cases[i].users, "case %zu", i);
		cr_expect_eq(slow_s, cases[i].slow_s, "case %zu: %d", i, slow_s);
	}
}

Test(drift, the_last_code_of_each_counts)
{
	struct drift drift = { 0 };
	int32_t slow_s = 0;

	note_all(&drift, (const int32_t[]){ 60, 60, 60 }, 3);
	for (int i = 0; i < 50; i++)
		drift_note(&drift, "user1", NOW + i, 0);
	cr_expect_eq(drift_estimate(&drift, &slow_s), 3, "one person votes once");
	cr_expect_eq(slow_s, 60);
	drift_note(&drift, "user0", NOW + 60, 0);
	cr_expect_eq(drift_estimate(&drift, &slow_s), 3);
	cr_expect_eq(slow_s, 0);
}

Test(drift, what_is_old_is_forgotten)
{
	struct drift drift = { 0 };
	int32_t slow_s = 7;

	note_all(&drift, (const int32_t[]){ 60, 60, 60 }, 3);
	drift_note(&drift, "new", NOW + DRIFT_RECENT_S + 10, 0);
	cr_expect_eq(drift_estimate(&drift, &slow_s), 0);
	cr_expect_eq(slow_s, 7, "set although nothing is known");
	for (int i = 0; i < 100; i++) {
		char user[MFA_USER_MAX];

		(void)snprintf(user, sizeof(user), "many%d", i);
		drift_note(&drift, user, NOW + DRIFT_RECENT_S + i, 30);
	}
	cr_expect_eq(drift_estimate(&drift, &slow_s), DRIFT_SAMPLES_MAX);
	cr_expect_eq(slow_s, 30);
}
