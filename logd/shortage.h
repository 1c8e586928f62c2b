/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A full disk, step by step: the writer releases the reserve, log.full says so,
 * and from then on only what somebody waits for is taken.  What is refused is
 * counted in a file that has its place already, and log.lost says the sum when
 * there is room again.
 */

#pragma once

#include "core/clock.h"
#include "core/loop.h"
#include "ipc/protocol.h"

#define SHORTAGE_FILE "lost"                     /* counters, 0600 */
#define SHORTAGE_LOOK_US (10 * CLOCK_US_PER_SEC) /* whether there is room again */
#define SHORTAGE_TYPES_MAX 96                    /* more than there are types */

struct err;
struct logd;

struct shortage_count {
	char type[IPC_TYPE_MAX];
	uint64_t n;
};

struct shortage {
	struct logd *logd;
	struct loop_timer look;
	int fd;            /* of the counters; -1: they are in memory only */
	bool is_announced; /* log.full was said */
	bool is_told;      /* log.lost is in the next commit */
	struct shortage_count counts[SHORTAGE_TYPES_MAX]; /* until one without type */
};

#define SHORTAGE_UNUSED                                                                            \
	{                                                                                          \
		.look.source.fd = -1, .fd = -1                                                     \
	}

int shortage_init(struct shortage *shortage, struct logd *logd, struct err *err);
void shortage_deinit(struct shortage *shortage, struct logd *logd);

/* The log is open: there may be counters of an earlier run. */
void shortage_open(struct shortage *shortage);

/* May an event of this type be added now?  Return: 0, or -ENOSPC, and it is counted. */
int shortage_admit(struct shortage *shortage, const char *type);

/* An event of this type was refused although it was admitted. */
void shortage_add(struct shortage *shortage, const char *type);

/* After a commit that ended with @rc: says what has changed. */
void shortage_look(struct shortage *shortage, int rc);
