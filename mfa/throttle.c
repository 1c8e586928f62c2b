/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/throttle.h"

#include <string.h>

static uint32_t wait_after(uint32_t failures, const struct throttle_limits *limits)
{
	uint32_t wait = limits->first_sec;

	if (failures >= THROTTLE_STOP)
		return THROTTLE_FOREVER;
	if (failures < limits->free)
		return 0;
	for (uint32_t i = limits->free; i < failures && wait < limits->most_sec; i++)
		wait *= 2;
	return wait < limits->most_sec ? wait : limits->most_sec;
}

struct throttle_now throttle_at(const struct elapsed_now *now)
{
	struct throttle_now boot = { .boot_us = now->boot_us };

	memcpy(boot.boot, now->boot, sizeof(boot.boot));
	return boot;
}

uint32_t throttle_wait(const struct throttle *throttle, const struct throttle_now *now)
{
	int64_t since_us = 0; /* another boot: the whole wait again, from its start */
	int64_t left_us;

	if (throttle->wait_sec == THROTTLE_FOREVER)
		return THROTTLE_FOREVER;
	if (memcmp(throttle->boot, now->boot, sizeof(now->boot)) == 0)
		since_us = throttle->since_us;
	left_us = since_us + (int64_t)throttle->wait_sec * 1000000 - now->boot_us;
	if (throttle->wait_sec == 0 || left_us <= 0)
		return 0;
	return (uint32_t)((left_us + 999999) / 1000000);
}

bool throttle_fail(struct throttle *throttle, const struct throttle_limits *limits,
		   const struct throttle_now *now)
{
	if (throttle->failures < UINT32_MAX)
		throttle->failures++;
	throttle->wait_sec = wait_after(throttle->failures, limits);
	memcpy(throttle->boot, now->boot, sizeof(throttle->boot));
	throttle->since_us = now->boot_us;
	return throttle->wait_sec > 0;
}
