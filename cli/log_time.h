/* SPDX-License-Identifier: Apache-2.0 */

/* Moments as people say them to --since and --until. */

#pragma once

#include <stdint.h>

struct err;

#define LOG_TIME_TEXT_MAX 64 /* bytes; longer is no time */

enum log_time_side {
	LOG_TIME_SINCE = 0, /* a day, month or year is meant from its beginning on */
	LOG_TIME_UNTIL = 1, /* or to its end */
};

/**
 * log_time_parse() - read a moment in the terminal's local time
 * @text:	"2026-11-22", with " 20:31" or " 20:31:07" or in ISO form with a
 *		'T'; "2026-11", "2026", "令和8年11月22日", "令和8年11月", "令和8年度"
 *		(fiscal years begin in April), "2026年度"; "today", "yesterday",
 *		"this-month", "last-month"; or "-30m", "-2h", "-7d"
 * @now_us:	since 1970
 *
 * Return: 0, or -EINVAL.
 */
int log_time_parse(const char *text, enum log_time_side side, int64_t now_us, int64_t *ret_us,
		   struct err *err);

/* What is typed with an input method, in half width; cut where it is too long.  Return: @out. */
const char *log_time_half_width(const char *text, char out[static LOG_TIME_TEXT_MAX]);
