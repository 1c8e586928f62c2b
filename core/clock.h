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

/* The system's own clock. */
static inline struct clock clock_system(void)
{
	return (struct clock){ .wall_us = clock_system_wall_us, .boot_us = clock_system_boot_us };
}
