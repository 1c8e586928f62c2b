/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_time.h"

#include "core/clock.h"
#include "core/err.h"
#include "core/parse.h"
#include "core/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGO_MAX 1000000 /* of any unit */

static const struct unit {
	char letter;
	int64_t seconds;
} units[] = {
	{ 's', 1 },
	{ 'm', 60 },
	{ 'h', 3600 },
	{ 'd', 86400 },
};

/* "-2h" */
static int parse_ago(const char *text, int64_t now_us, int64_t *ret_us)
{
	size_t len = strlen(text);
	char digits[16];
	struct err err = { 0 };
	uint64_t n;

	if (len < 3 || len - 2 >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text + 1, len - 2);
	digits[len - 2] = '\0';
	if (parse_u64(digits, AGO_MAX, &n, &err) < 0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].letter == text[len - 1]) {
			*ret_us = now_us - (int64_t)n * units[i].seconds * CLOCK_US_PER_SEC;
			return 0;
		}
	}
	return -EINVAL;
}

/* Days that belong together. */
struct period {
	int year;
	int month; /* 1 to 12 */
	int day;
	int n_years, n_months, n_days; /* how long: one of them is not 0 */
};

static int64_t begin_of(int year, int month, int day)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1
	};

	return (int64_t)mktime(&tm) * CLOCK_US_PER_SEC;
}

static int64_t side_of(const struct period *period, enum log_time_side side)
{
	if (side == LOG_TIME_SINCE)
		return begin_of(period->year, period->month, period->day);
	return begin_of(period->year + period->n_years, period->month + period->n_months,
			period->day + period->n_days) -
	       1;
}

static bool is_in_calendar(const struct period *period)
{
	struct tm tm = { .tm_year = period->year - 1900,
			 .tm_mon = period->month - 1,
			 .tm_mday = period->day,
			 .tm_isdst = -1 };

	return mktime(&tm) != -1 && tm.tm_mon == period->month - 1 && tm.tm_mday == period->day;
}

static struct period day_of(int64_t now_us, int days_ago)
{
	time_t now = now_us / CLOCK_US_PER_SEC;
	struct tm tm;

	(void)localtime_r(&now, &tm);
	return (struct period){ .year = tm.tm_year + 1900,
				.month = tm.tm_mon + 1,
				.day = tm.tm_mday - days_ago,
				.n_days = 1 };
}

static struct period month_of(int64_t now_us, int months_ago)
{
	struct period period = day_of(now_us, 0);

	return (struct period){
		.year = period.year, .month = period.month - months_ago, .day = 1, .n_months = 1
	};
}

static bool parse_word(const char *text, int64_t now_us, struct period *ret)
{
	if (strcmp(text, "today") == 0)
		*ret = day_of(now_us, 0);
	else if (strcmp(text, "yesterday") == 0)
		*ret = day_of(now_us, 1);
	else if (strcmp(text, "this-month") == 0)
		*ret = month_of(now_us, 0);
	else if (strcmp(text, "last-month") == 0)
		*ret = month_of(now_us, 1);
	else
		return false;
	return true;
}

/* "2026-11-22", "2026-11" or "2026" */
static bool parse_days(const char *text, struct period *ret)
{
	static const struct {
		const char *format;
		struct period length;
	} forms[] = {
		{ "%Y-%m-%d", { .n_days = 1 } },
		{ "%Y-%m", { .n_months = 1 } },
		{ "%Y", { .n_years = 1 } },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { .tm_mday = 1 };
		const char *end = strptime(text, forms[i].format, &tm);

		if (!end || *end != '\0')
			continue;
		*ret = forms[i].length;
		ret->year = tm.tm_year + 1900;
		ret->month = tm.tm_mon + 1;
		ret->day = tm.tm_mday;
		return true;
	}
	return false;
}

/* A number and what must stand behind it; past both. */
static bool counted(const char **at, const char *unit, int *ret)
{
	size_t n = strspn(*at, "0123456789");

	if (n == 0 || n > 4 || strncmp(*at + n, unit, strlen(unit)) != 0)
		return false;
	*ret = atoi(*at);
	*at += n + strlen(unit);
	return true;
}

/* "\u4ee4\u548c8\u5e7411\u670822\u65e5", or only its beginning; a fiscal year begins in April. */
static bool parse_era(const char *text, struct period *ret)
{
	static const char era[] = "\u4ee4\u548c"; /* Reiwa: its year 1 is 2019 */
	bool has_era = strncmp(text, era, strlen(era)) == 0;
	const char *at = has_era ? text + strlen(era) : text;

	*ret = (struct period){ .month = 1, .day = 1, .n_years = 1 };
	if (!counted(&at, "\u5e74", &ret->year))
		return false;
	ret->year += has_era ? 2018 : 0;
	if (strcmp(at, "\u5ea6") == 0) {
		ret->month = 4;
		return true;
	}
	if (*at == '\0')
		return true;
	ret->n_years = 0;
	ret->n_months = 1;
	if (!counted(&at, "\u6708", &ret->month))
		return false;
	if (*at == '\0')
		return true;
	ret->n_months = 0;
	ret->n_days = 1;
	return counted(&at, "\u65e5", &ret->day) && *at == '\0';
}

static bool parse_moment(const char *text, int64_t *ret_us)
{
	static const char *const formats[] = { "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
					       "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, formats[i], &tm);

		if (end && *end == '\0') {
			*ret_us = (int64_t)mktime(&tm) * CLOCK_US_PER_SEC;
			return true;
		}
	}
	return false;
}

/* An input method writes full-width digits and hyphens. */
const char *log_time_half_width(const char *text, char out[static LOG_TIME_TEXT_MAX])
{
	size_t len = strlen(text);
	size_t used = 0;

	for (size_t i = 0; i < len && used < LOG_TIME_TEXT_MAX - 8;) {
		uint32_t c = 0;
		size_t n = text_next(text + i, len - i, &c);
		char half = n > 0 ? text_half_width(c) : '\0';

		if (half)
			out[used++] = half;
		for (size_t k = 0; !half && k < (n ? n : 1); k++)
			out[used++] = text[i + k];
		i += n ? n : 1;
	}
	out[used] = '\0';
	return out;
}

int log_time_parse(const char *text, enum log_time_side side, int64_t now_us, int64_t *ret_us,
		   struct err *err)
{
	char half[LOG_TIME_TEXT_MAX];
	struct period period;
	int64_t us;

	(void)log_time_half_width(text, half);
	if (parse_word(half, now_us, &period) ||
	    ((parse_days(half, &period) || parse_era(half, &period)) && is_in_calendar(&period))) {
		*ret_us = side_of(&period, side);
		return 0;
	}
	if ((half[0] == '-' && parse_ago(half, now_us, &us) == 0) || parse_moment(half, &us)) {
		*ret_us = us;
		return 0;
	}
	return err_set(err, -EINVAL,
		       "'%s' is not a time; remedy: write 2026-11-22, '2026-11-22 20:31', 2026-11, "
		       "today, yesterday, this-month, last-month, -30m, -2h or -7d",
		       text);
}
