/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/device.h"

#include "policy/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINUTES_PER_DAY 1440
#define DAY_SHAPE "dddd-dd-dd"
#define MINUTE_SHAPE "dddd-dd-dd dd:dd"

const char *zone_name(enum zone zone)
{
	switch (zone) {
	case ZONE_UNASSIGNED:
		return "unassigned";
	case ZONE_MYNUMBER:
		return "mynumber";
	case ZONE_LGWAN:
		return "lgwan";
	case ZONE_INTERNET:
		return "internet";
	}
	abort(); /* no default above: the compiler names a missing case */
}

bool zone_from_name(const char *name, enum zone *ret)
{
	for (enum zone zone = 0; zone < ZONES; zone++) {
		if (strcmp(zone_name(zone), name) == 0) {
			*ret = zone;
			return true;
		}
	}
	return false;
}

/* Days since 0000-03-01: a year that begins in March has its odd day at the end. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1;
}

policy_minute policy_minute_of(int year, int month, int day, int hour, int minute)
{
	return days_of(year, month, day) * MINUTES_PER_DAY + hour * 60 + minute;
}

unsigned int policy_weekday(policy_minute minute)
{
	return (unsigned int)((minute / MINUTES_PER_DAY + 2) % 7); /* 0000-03-01 was a Wednesday */
}

void policy_minute_print(policy_minute minute, char *out)
{
	int64_t days = minute / MINUTES_PER_DAY;
	int rest = (int)(minute % MINUTES_PER_DAY);
	int year = (int)(days * 10000 / 3652425);
	int month = 1;
	int day;

	/* The estimate may be a year off at the turn of one. */
	while (days_of(year + 1, 1, 1) <= days)
		year++;
	while (days_of(year, 1, 1) > days)
		year--;
	while (month < 12 && days_of(year, month + 1, 1) <= days)
		month++;
	day = (int)(days - days_of(year, month, 1)) + 1;
	(void)snprintf(out, 24, "%04d-%02d-%02d %02d:%02d", year % 10000, month, day, rest / 60,
		       rest % 60);
}

void policy_minute_stamp(policy_minute minute, char *out)
{
	policy_minute_print(minute, out);
	out[sizeof("2027-03-31") - 1] = 'T';
}

bool policy_text_has_shape(const char *text, const char *shape)
{
	for (; *shape; shape++, text++) {
		if (*shape == 'd' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	}
	return *text == '\0';
}

static bool is_date(int year, int month, int day)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
	       (month != 2 || day < 29 || is_leap);
}

bool policy_minute_parse(const char *text, char separator, policy_minute *ret)
{
	char shape[] = MINUTE_SHAPE;
	int year = 0, month = 0, day = 0, hour = 23, minute = 59;

	shape[strlen(DAY_SHAPE)] = separator;
	if (!policy_text_has_shape(text, DAY_SHAPE) && !policy_text_has_shape(text, shape))
		return false;
	(void)sscanf(text, "%4d-%2d-%2d%*c%2d:%2d", &year, &month, &day, &hour, &minute);
	if (!is_date(year, month, day) || hour >= 24 || minute >= 60)
		return false;
	*ret = policy_minute_of(year, month, day, hour, minute);
	return true;
}

policy_minute policy_minute_from_clock(int64_t wall_s)
{
	time_t seconds = wall_s;
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return 0;
	return policy_minute_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
				tm.tm_min);
}

const char *policy_device_id(const struct policy_device *device, char *out, size_t size)
{
	if (device->bus != BUS_USB)
		return names_join(&names_bus, device->bus, " ", out, size);
	(void)snprintf(out, size, "%04x:%04x", device->vid, device->pid);
	return out;
}
