/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/throttle.h"

#include <string.h>

static uint32_t wait_after(uint32_t failures)
{
	uint32_t wait = THROTTLE_FIRST_SEC;

	if (failures >= THROTTLE_STOP)
		return THROTTLE_FOREVER;
	if (failures < THROTTLE_FREE)
		return 0;
	for (uint32_t i = THROTTLE_FREE; i < failures && wait < THROTTLE_MOST_SEC; i++)
		wait *= 2;
	return wait < THROTTLE_MOST_SEC ? wait : THROTTLE_MOST_SEC;
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

bool throttle_fail(struct throttle *throttle, const struct throttle_now *now)
{
	if (throttle->failures < UINT32_MAX)
		throttle->failures++;
	throttle->wait_sec = wait_after(throttle->failures);
	memcpy(throttle->boot, now->boot, sizeof(throttle->boot));
	throttle->since_us = now->boot_us;
	return throttle->wait_sec > 0;
}
