/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/fiscal_year.h"

#include "core/clock.h"
#include "core/err.h"
#include "core/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define REIWA_ZERO 2018 /* 令和元年 is 2019 */
#define YEAR_MIN 2019
#define YEAR_MAX 2999
#define PLAIN_MAX 64

/* In half width; false when it is not text or far too long. */
static bool make_plain(const char *text, char out[PLAIN_MAX])
{
	size_t len = strlen(text);
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t used = text_next(text + i, len - i, &c);
		char half = used > 1 ? text_half_width(c) : '\0';

		if (used == 0 || n + used >= PLAIN_MAX)
			return false;
		if (half) {
			out[n++] = half;
		} else {
			memcpy(out + n, text + i, used);
			n += used;
		}
		i += used;
	}
	out[n] = '\0';
	return true;
}

static bool step_over(const char **at, const char *word)
{
	if (strncmp(*at, word, strlen(word)) != 0)
		return false;
	*at += strlen(word);
	return true;
}

static int64_t april_first(int year)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = 3, .tm_mday = 1, .tm_isdst = -1 };

	return (int64_t)mktime(&tm) * CLOCK_US_PER_SEC;
}

int fiscal_year_parse(const char *text, struct fiscal_year *ret, struct err *err)
{
	char plain[PLAIN_MAX];
	const char *at = plain;
	bool reiwa = false;
	int year = 0;
	size_t n = 0;

	if (make_plain(text, plain)) {
		reiwa = step_over(&at, "令和") || step_over(&at, "R") || step_over(&at, "r");
		if (reiwa && step_over(&at, "元")) {
			year = 1;
			n = 1;
		} else {
			for (; n < 4 && *at >= '0' && *at <= '9'; n++)
				year = year * 10 + (*at++ - '0');
		}
		year += reiwa && n > 0 ? REIWA_ZERO : 0;
		(void)(step_over(&at, "年度") || step_over(&at, "年"));
	}
	if (n == 0 || *at != '\0' || year < YEAR_MIN || year > YEAR_MAX)
		return err_set(err, -EINVAL,
			       "'%s' is no fiscal year; remedy: write it as 令和8年度, R8 or 2026",
			       text);
	*ret = (struct fiscal_year){ .year = year,
				     .begin_us = april_first(year),
				     .end_us = april_first(year + 1) };
	return 0;
}
