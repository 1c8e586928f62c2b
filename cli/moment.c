/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/moment.h"

#include "core/clock.h"
#include "core/err.h"

#include <stdio.h>
#include <string.h>

#define MINUTES_PER_DAY 1440
#define DAY_LEN 10 /* "2026-12-25" */

/* A time alone is of today. */
static bool is_of_today(const char *text, policy_minute *ret)
{
	policy_minute now = moment_now();
	unsigned int minute;
	unsigned int hour;

	if (!policy_text_has_shape(text, "d:dd") && !policy_text_has_shape(text, "dd:dd"))
		return false;
	if (sscanf(text, "%2u:%2u", &hour, &minute) != 2 || hour > 23 || minute > 59)
		return false;
	*ret = now - now % MINUTES_PER_DAY + (policy_minute)hour * 60 + minute;
	return true;
}

int moment_parse(const char *text, enum log_time_side side, policy_minute *ret, struct err *err)
{
	char half[LOG_TIME_TEXT_MAX];
	int64_t us;
	int rc;

	if (is_of_today(log_time_half_width(text, half), ret))
		return 0;
	rc = log_time_parse(text, side, clock_read_us(CLOCK_REALTIME), &us, err);
	if (rc < 0)
		return err_set(err, rc,
			       "'%s' is no time; remedy: write 16:30 for today, or "
			       "2026-12-25T16:30",
			       text);
	*ret = policy_minute_from_clock(us / CLOCK_US_PER_SEC);
	return 0;
}

void moment_print(policy_minute minute, char out[static MOMENT_TEXT])
{
	policy_minute_stamp(minute, out);
	if (minute % MINUTES_PER_DAY == MINUTES_PER_DAY - 1)
		out[DAY_LEN] = '\0';
}

policy_minute moment_now(void)
{
	return policy_minute_from_clock(clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC);
}
