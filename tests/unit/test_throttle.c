/* SPDX-License-Identifier: Apache-2.0 */

/* How long a guesser waits, and that no clock he can set shortens it. */

#include <criterion/criterion.h>
#include <string.h>

#include "mfa/throttle.h"

#define SEC INT64_C(1000000)

static const struct throttle_limits limits = THROTTLE_LIMITS_DEFAULT;

static const struct {
	uint32_t failures;
	uint32_t wait_sec;
} table[] = {
	{ 1, 0 },
	{ 4, 0 },
	{ 5, 60 },
	{ 6, 120 },
	{ 7, 240 },
	{ 8, 480 },
	{ 9, 960 },
	{ 10, 1920 },
	{ 11, 3600 },
	{ 12, 3600 },
	{ 50, 3600 },
	{ 99, 3600 },
	{ 100, THROTTLE_FOREVER },
	{ 101, THROTTLE_FOREVER },
};

static struct throttle failed(uint32_t failures, const struct throttle_now *now)
{
	struct throttle throttle = { 0 };

	for (uint32_t i = 0; i < failures; i++)
		(void)throttle_fail(&throttle, &limits, now);
	return throttle;
}

Test(throttle, waits_grow)
{
	const struct throttle_now now = { .boot = "one", .boot_us = 1000 * SEC };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct throttle throttle = failed(table[i].failures - 1, &now);

		cr_expect_eq(throttle_fail(&throttle, &limits, &now), table[i].wait_sec > 0,
			     "%u failures", table[i].failures);
		cr_expect_eq(throttle_wait(&throttle, &now), table[i].wait_sec, "%u failures",
			     table[i].failures);
	}
}

Test(throttle, ends_when_the_wait_is_over)
{
	struct throttle_now now = { .boot = "one", .boot_us = 1000 * SEC };
	struct throttle throttle = failed(5, &now);

	now.boot_us += 59 * SEC;
	cr_expect_eq(throttle_wait(&throttle, &now), 1);
	now.boot_us += SEC - 1;
	cr_expect_eq(throttle_wait(&throttle, &now), 1, "a part of a second is not over");
	now.boot_us += 1;
	cr_expect_eq(throttle_wait(&throttle, &now), 0);
}

Test(throttle, a_reboot_begins_the_wait_again)
{
	struct throttle_now now = { .boot = "one", .boot_us = 1000 * SEC };
	struct throttle throttle = failed(5, &now);

	now = (struct throttle_now){ .boot = "two", .boot_us = 0 };
	cr_expect_eq(throttle_wait(&throttle, &now), 60);
	now.boot_us = 20 * SEC;
	cr_expect_eq(throttle_wait(&throttle, &now), 40);
	now.boot_us = 60 * SEC;
	cr_expect_eq(throttle_wait(&throttle, &now), 0);
}

Test(throttle, only_an_admin_ends_the_stop)
{
	struct throttle_now now = { .boot = "one", .boot_us = 1000 * SEC };
	struct throttle throttle = failed(THROTTLE_STOP, &now);

	now.boot_us = INT64_MAX;
	cr_expect_eq(throttle_wait(&throttle, &now), THROTTLE_FOREVER);
	now = (struct throttle_now){ .boot = "two", .boot_us = INT64_MAX };
	cr_expect_eq(throttle_wait(&throttle, &now), THROTTLE_FOREVER);
}

Test(throttle, the_count_does_not_wrap)
{
	const struct throttle_now now = { .boot = "one" };
	struct throttle throttle = { .failures = UINT32_MAX };

	cr_expect(throttle_fail(&throttle, &limits, &now));
	cr_expect_eq(throttle.failures, UINT32_MAX);
	cr_expect_eq(throttle_wait(&throttle, &now), THROTTLE_FOREVER);
}

Test(throttle, as_the_policy_says)
{
	static const struct throttle_limits strict = { .free = 2,
						       .first_sec = 30,
						       .most_sec = 100 };
	static const uint32_t waits[] = { 0, 30, 60, 100, 100 };
	struct throttle throttle = { 0 };
	const struct throttle_now now = { .boot_us = 1 };

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		cr_expect_eq(throttle_fail(&throttle, &strict, &now), waits[i] > 0);
		cr_expect_eq(throttle.wait_sec, waits[i], "failure %zu: %u", i + 1,
			     throttle.wait_sec);
	}
}
