/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How often one user may ask.  Pure.  Root is not counted: every login comes
 * from it.  Time is boot time, which nobody can set.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RATE_BURST 128     /* requests at once; an import of POOL_MAX tokens fits */
#define RATE_PER_SECOND 16 /* after that */
#define RATE_USERS_MAX 64  /* who asked longest ago makes room */

struct rate {
	uid_t uid; /* 0: free */
	uint32_t left;
	int64_t since_us; /* when @left was as it is */
};

struct rates {
	struct rate users[RATE_USERS_MAX];
};

/* Counts a request.  False: too many. */
bool rate_admit(struct rates *rates, uid_t uid, int64_t now_us);
