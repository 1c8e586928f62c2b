/* SPDX-License-Identifier: Apache-2.0 */

/* Moments as people type them for permits and loans, in the terminal's local time. */

#pragma once

#include "cli/log_time.h"
#include "policy/device.h"

#define MOMENT_TEXT 24 /* "2026-12-25T16:30" */

/**
 * moment_parse() - read one
 * @text:	"14:30" is today; "2026-12-25T16:30"; or all that log_time_parse() knows,
 *		"令和8年12月25日" among it; digits of any width
 * @side:	of a day alone: LOG_TIME_SINCE its first minute, LOG_TIME_UNTIL its last
 *
 * Return: 0, or -EINVAL.
 */
int moment_parse(const char *text, enum log_time_side side, policy_minute *ret, struct err *err);

/* "2026-12-25T16:30", as registers and permits write it, or the day alone for its last minute. */
void moment_print(policy_minute minute, char out[static MOMENT_TEXT]);

/* The wall clock as it stands. */
policy_minute moment_now(void);
