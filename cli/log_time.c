/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_time.h"

#include "core/clock.h"
#include "core/err.h"
#include "core/parse.h"

#include <errno.h>
#include <stdio.h>
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

/* Midnight at the beginning of the day @days_ago days before today. */
static int64_t midnight(int64_t now_us, int days_ago)
{
	time_t now = now_us / CLOCK_US_PER_SEC;
	struct tm tm;

	(void)localtime_r(&now, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday -= days_ago;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * CLOCK_US_PER_SEC;
}

static int parse_date(const char *text, int64_t *ret_us)
{
	static const char *const formats[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
					       "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, formats[i], &tm);

		if (end && *end == '\0') {
			*ret_us = (int64_t)mktime(&tm) * CLOCK_US_PER_SEC;
			return 0;
		}
	}
	return -EINVAL;
}

int log_time_parse(const char *text, int64_t now_us, int64_t *ret_us, struct err *err)
{
	int rc = 0;

	if (strcmp(text, "today") == 0)
		*ret_us = midnight(now_us, 0);
	else if (strcmp(text, "yesterday") == 0)
		*ret_us = midnight(now_us, 1);
	else if (text[0] == '-')
		rc = parse_ago(text, now_us, ret_us);
	else
		rc = parse_date(text, ret_us);
	if (rc < 0)
		return err_set(err, rc,
			       "'%s' is not a time; remedy: write 2026-11-22, '2026-11-22 20:31', "
			       "today, yesterday, -30m, -2h or -7d",
			       text);
	return 0;
}
