/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>

#include "otpd/rate.h"

#define SECOND INT64_C(1000000)
#define RATE_BURST 128
#define RATE_PER_SECOND 16

static int admitted(struct rates *rates, uid_t uid, int64_t now_us)
{
	int n = 0;

	for (int i = 0; i < 1000; i++)
		n += rate_admit(rates, uid, now_us);
	return n;
}

Test(rate, a_burst_then_so_many_a_second)
{
	struct rates rates = { .limits = RATE_REQUESTS };

	cr_expect_eq(admitted(&rates, 1000, 5 * SECOND), RATE_BURST);
	cr_expect_eq(admitted(&rates, 1000, 6 * SECOND), RATE_PER_SECOND);
	cr_expect_eq(admitted(&rates, 1000, 6 * SECOND + 1), 0);
	cr_expect_eq(admitted(&rates, 1000, 1000 * SECOND), RATE_BURST, "no more is saved up");
}

Test(rate, asking_in_vain_does_not_put_off_the_next)
{
	struct rates rates = { .limits = RATE_REQUESTS };
	int n = 0;

	(void)admitted(&rates, 1000, 0);
	for (int64_t now_us = 0; now_us < 10 * SECOND; now_us += 1000)
		n += rate_admit(&rates, 1000, now_us);
	cr_expect_geq(n, 10 * RATE_PER_SECOND - 1);
	cr_expect_leq(n, 10 * RATE_PER_SECOND);
}

Test(rate, each_user_has_his_own_and_root_none)
{
	struct rates rates = { .limits = RATE_REQUESTS };

	cr_expect_eq(admitted(&rates, 1000, 0), RATE_BURST);
	cr_expect_eq(admitted(&rates, 1001, 0), RATE_BURST);
	cr_expect_eq(admitted(&rates, 0, 0), 1000);
	for (uid_t uid = 2000; uid < 2000 + 3 * RATE_USERS_MAX; uid++)
		cr_expect_eq(admitted(&rates, uid, SECOND + uid), RATE_BURST);
}

Test(rate, attempts_are_few)
{
	struct rates rates = { .limits = RATE_ATTEMPTS };

	cr_expect_eq(admitted(&rates, 1000, 0), 32);
	cr_expect_eq(admitted(&rates, 1000, 9 * SECOND), 0);
	cr_expect_eq(admitted(&rates, 1000, 10 * SECOND), 1);
}
