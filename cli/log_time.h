/* SPDX-License-Identifier: Apache-2.0 */

/* Moments as people say them to --since and --until. */

#pragma once

#include <stdint.h>

struct err;

/**
 * log_time_parse() - read a moment in the terminal's local time
 * @text:	"2026-11-22", with " 20:31" or " 20:31:07" or in ISO form with a
 *		'T', "today", "yesterday", or "-30m", "-2h", "-7d"
 * @now_us:	since 1970
 *
 * Return: 0, or -EINVAL.
 */
int log_time_parse(const char *text, int64_t now_us, int64_t *ret_us, struct err *err);
