/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a program without rights would do with them, done for it while it starts:
 * it opens one disk and the node of FUSE, and mounts once.  What it opens before
 * it has the disk it must be allowed to open itself; after that it gets what is
 * known to be wanted, and nothing else.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>

struct err;

struct stand_in {
	int connection;   /* to who started it: can be read when it has ended */
	int asks;         /* of seccomp_unotify(2) */
	const char *node; /* the name of the disk, and what it gets for it */
	int device;
	bool is_reading; /* it has got it */
	int fuse;
	int64_t deadline_us; /* CLOCK_BOOTTIME */
	uint64_t mounting;   /* the question that waits until stand_in_let_go() */
	bool wants_read_only;
};

#define STAND_IN_NONE ((struct stand_in){ .connection = -1, .asks = -1, .device = -1, .fuse = -1 })

#define STAND_IN_GOES_ON 1
#define STAND_IN_HAS_ENDED 2

/* Until it asks or has ended.  Return: 0, -ETIMEDOUT, or the error of poll(2). */
int stand_in_wait(const struct stand_in *stand_in, struct err *err);

/**
 * stand_in_answer() - answer one question
 *
 * Return: 0 (it wants to mount, and waits), STAND_IN_GOES_ON, STAND_IN_HAS_ENDED,
 * or an error.
 */
int stand_in_answer(struct stand_in *stand_in, struct err *err);

/* Tell it that it is mounted.  From here on nobody answers any more. */
int stand_in_let_go(struct stand_in *stand_in, struct err *err);

void stand_in_close(struct stand_in *stand_in);
