/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How often one user may ask.  Pure.  Root is not counted: every login comes
 * from it.  Time is boot time, which nobody can set.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RATE_USERS_MAX 64 /* who asked longest ago makes room */

struct rate_limits {
	uint32_t burst;  /* at once */
	int64_t each_us; /* one more after that */
};

/* Requests: an import of POOL_MAX tokens fits. */
#define RATE_REQUESTS ((struct rate_limits){ .burst = 128, .each_us = 62500 })
/* Those that end up in the log: nobody fills a disk with them, and a locker needs few. */
#define RATE_ATTEMPTS ((struct rate_limits){ .burst = 32, .each_us = 10000000 })

struct rate {
	uid_t uid; /* 0: free */
	uint32_t left;
	int64_t since_us; /* when @left was as it is */
};

struct rates {
	struct rate_limits limits;
	struct rate users[RATE_USERS_MAX];
};

/* Counts a request.  False: too many. */
bool rate_admit(struct rates *rates, uid_t uid, int64_t now_us);
