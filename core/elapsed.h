/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How long ago something was, so that nobody gains by setting a clock or by
 * pulling the plug: the longer of what the boot clock counted, summed over
 * boots, and what the wall clock moved on.  Pure; kept by its owner, durable,
 * at least every ELAPSED_KEEP_S.
 */

#pragma once

#include <stdint.h>

#define ELAPSED_BOOT_LEN 16 /* bytes of a boot id */
#define ELAPSED_KEEP_S 300  /* so often it is made durable; each reboot costs as much */

struct elapsed_now {
	int64_t wall_s;  /* since 1970 */
	int64_t boot_us; /* CLOCK_BOOTTIME */
	uint8_t boot[ELAPSED_BOOT_LEN];
};

struct elapsed {
	int64_t wall_s;                 /* when it began */
	int64_t latest_s;               /* latest wall time seen since */
	int64_t elapsed_us;             /* boot time that went by since, up to ... */
	int64_t since_us;               /* ... this boot time ... */
	uint8_t boot[ELAPSED_BOOT_LEN]; /* ... of this boot */
};

void elapsed_begin(struct elapsed *elapsed, const struct elapsed_now *now);

/* Time goes by.  A reboot costs what may have gone by unseen before it. */
void elapsed_pass(struct elapsed *elapsed, const struct elapsed_now *now);

/* Seconds since it began, as of the last elapsed_pass(). */
int64_t elapsed_s(const struct elapsed *elapsed);
