/* SPDX-License-Identifier: Apache-2.0 */

#include "core/elapsed.h"

#include "core/clock.h"

#include <string.h>

void elapsed_begin(struct elapsed *elapsed, const struct elapsed_now *now)
{
	*elapsed = (struct elapsed){ .wall_s = now->wall_s,
				     .latest_s = now->wall_s,
				     .since_us = now->boot_us };
	memcpy(elapsed->boot, now->boot, sizeof(elapsed->boot));
}

/* A number that a damaged file made too large must not become a small one. */
static void add(struct elapsed *elapsed, int64_t us)
{
	if (__builtin_add_overflow(elapsed->elapsed_us, us, &elapsed->elapsed_us))
		elapsed->elapsed_us = INT64_MAX;
}

void elapsed_pass(struct elapsed *elapsed, const struct elapsed_now *now)
{
	if (memcmp(elapsed->boot, now->boot, sizeof(elapsed->boot)) != 0)
		add(elapsed, now->boot_us + ELAPSED_KEEP_S * CLOCK_US_PER_SEC);
	else if (now->boot_us > elapsed->since_us)
		add(elapsed, now->boot_us - elapsed->since_us);
	memcpy(elapsed->boot, now->boot, sizeof(elapsed->boot));
	elapsed->since_us = now->boot_us;
	if (now->wall_s > elapsed->latest_s)
		elapsed->latest_s = now->wall_s;
}

int64_t elapsed_s(const struct elapsed *elapsed)
{
	int64_t counted_s = elapsed->elapsed_us / CLOCK_US_PER_SEC;
	int64_t moved_s = elapsed->latest_s - elapsed->wall_s;

	return moved_s > counted_s ? moved_s : counted_s;
}
