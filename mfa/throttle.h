/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Slowing down guesses.  Pure.  Reckoned in boot time, which nobody can set;
 * after a reboot the wait begins again.  Wall-clock time never shortens it.
 */

#pragma once

#include "core/elapsed.h"

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_STOP 100 /* from here on only an admin unlocks (SP 800-63B) */
#define THROTTLE_FOREVER UINT32_MAX

#define THROTTLE_BOOT_LEN ELAPSED_BOOT_LEN

struct throttle {
	uint32_t failures;               /* in a row */
	uint32_t wait_sec;               /* imposed by the last of them */
	uint8_t boot[THROTTLE_BOOT_LEN]; /* when it was imposed */
	int64_t since_us;                /* CLOCK_BOOTTIME, when it was imposed */
};

/* How fast it becomes slow. */
struct throttle_limits {
	uint32_t free;      /* the failure from which on there is a wait */
	uint32_t first_sec; /* after that one, doubling ... */
	uint32_t most_sec;  /* ... up to this */
};

/* Unless the policy says otherwise. */
#define THROTTLE_LIMITS_DEFAULT                                                                    \
	(struct throttle_limits)                                                                   \
	{                                                                                          \
		.free = 5, .first_sec = 60, .most_sec = 3600                                       \
	}

struct throttle_now {
	uint8_t boot[THROTTLE_BOOT_LEN];
	int64_t boot_us;
};

/* The same moment, without the wall clock. */
struct throttle_now throttle_at(const struct elapsed_now *now);

/* Seconds until the next attempt counts; 0: now; THROTTLE_FOREVER. */
uint32_t throttle_wait(const struct throttle *throttle, const struct throttle_now *now);

/* One more failure.  Return: true when it imposed a wait. */
bool throttle_fail(struct throttle *throttle, const struct throttle_limits *limits,
		   const struct throttle_now *now);
