/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the log notices by itself: that time passes, so that hours in which it
 * was not there can be told from hours in which nothing happened; and that
 * somebody set the clock.
 */

#pragma once

#include "core/clock.h"
#include "core/loop.h"

#define WATCH_HEARTBEAT_US (10 * 60 * CLOCK_US_PER_SEC) /* log.heartbeat; docs/audit-format.md */
#define WATCH_STEP_US CLOCK_US_PER_SEC /* smaller ones are a time server's everyday work */

struct err;
struct logd;

struct watch {
	struct loop_timer heartbeat;
	struct loop_source steps; /* a timer that never expires, and is cancelled by a step */
	int64_t offset_us;        /* of wall time to boot time, as last seen */
};

#define WATCH_UNUSED                                                                               \
	{                                                                                          \
		.heartbeat.source.fd = -1, .steps.fd = -1                                          \
	}

int watch_init(struct watch *watch, struct logd *logd, struct err *err);
void watch_deinit(struct watch *watch, struct logd *logd);
