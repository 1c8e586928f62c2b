/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Time is passed in, so that deciding code sees no clock and tests own time.
 * Wall time is information; whatever grants access is reckoned in boot time,
 * which nobody can set back.
 */

#pragma once

#include <stdint.h>
#include <time.h>

#define CLOCK_US_PER_SEC INT64_C(1000000)

struct clock {
	int64_t (*wall_us)(void *ctx); /* CLOCK_REALTIME, microseconds since 1970 */
	int64_t (*boot_us)(void *ctx); /* CLOCK_BOOTTIME, microseconds since boot */
	void *ctx;
};

static inline int64_t clock_read_us(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return now.tv_sec * CLOCK_US_PER_SEC + now.tv_nsec / 1000;
}

static inline int64_t clock_system_wall_us(void *ctx)
{
	(void)ctx;
	return clock_read_us(CLOCK_REALTIME);
}

static inline int64_t clock_system_boot_us(void *ctx)
{
	(void)ctx;
	return clock_read_us(CLOCK_BOOTTIME);
}

/* The latest time that is known to have been; a clock that is set back does not turn it back. */
struct clock_mark {
	int64_t wall_us; /* 0: none yet */
	int64_t boot_us; /* it was so late at that boot time */
};

/* Has time passed the mark?  Return: the latest of both, which is the mark from now on. */
static inline int64_t clock_mark_pass(struct clock_mark *mark, int64_t wall_us, int64_t boot_us)
{
	int64_t reached_us = mark->wall_us;

	if (reached_us != 0 && boot_us > mark->boot_us)
		reached_us += boot_us - mark->boot_us;
	*mark = (struct clock_mark){ wall_us > reached_us ? wall_us : reached_us, boot_us };
	return mark->wall_us;
}

/* The system's own clock. */
static inline struct clock clock_system(void)
{
	return (struct clock){ .wall_us = clock_system_wall_us, .boot_us = clock_system_boot_us };
}
