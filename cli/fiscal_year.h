/* SPDX-License-Identifier: Apache-2.0 */

/* Fiscal years of Japanese offices: from April 1st to March 31st, local time. */

#pragma once

#include <stdint.h>

struct err;

struct fiscal_year {
	int year;         /* in which it begins */
	int64_t begin_us; /* since 1970 */
	int64_t end_us;   /* the first moment of the next one */
};

/**
 * fiscal_year_parse() - read one as people write it
 * @text:	"令和8年度", "令和元年度", "R8" or "2026", digits of any width
 *
 * Return: 0, or -EINVAL.
 */
int fiscal_year_parse(const char *text, struct fiscal_year *ret, struct err *err);
