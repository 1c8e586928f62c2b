/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/workdays.h"

#include <stdio.h>
#include <stdlib.h>

#define MINUTES_PER_DAY 1440
#define SUNDAY 6
#define SATURDAY 5

struct day {
	int year;
	int month;
	int day;
	unsigned int weekday; /* 0 is Monday */
};

static struct day day_of(policy_minute minute)
{
	struct day day = { .weekday = policy_weekday(minute) };
	char text[24];

	policy_minute_print(minute, text);
	if (sscanf(text, "%d-%d-%d", &day.year, &day.month, &day.day) != 3)
		abort(); /* it prints nothing else */
	return day;
}

/* The day of the n-th Monday of a month is one of seven. */
static bool is_monday(const struct day *day, int n)
{
	return day->weekday == 0 && (day->day - 1) / 7 + 1 == n;
}

/* The astronomical calendar's formula for 1980 to 2099, in millionths of a day. */
static bool is_equinox(const struct day *day)
{
	long first = day->month == 3 ? 20843100 : 23248800;
	long years = day->year - 1980;

	return (day->month == 3 || day->month == 9) &&
	       day->day == (first + 242194 * years) / 1000000 - years / 4;
}

/* Those with a date or weekday of their own. */
static bool is_named(policy_minute minute)
{
	static const struct {
		int month;
		int day;
	} dates[] = {
		{ 1, 1 }, { 2, 11 }, { 2, 23 }, { 4, 29 }, { 5, 3 },
		{ 5, 4 }, { 5, 5 },  { 8, 11 }, { 11, 3 }, { 11, 23 },
	};
	static const struct {
		int month;
		int n;
	} mondays[] = { { 1, 2 }, { 7, 3 }, { 9, 3 }, { 10, 2 } };
	struct day day = day_of(minute);
	bool is = is_equinox(&day);

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		is |= day.month == dates[i].month && day.day == dates[i].day;
	for (size_t i = 0; i < sizeof(mondays) / sizeof(mondays[0]); i++)
		is |= day.month == mondays[i].month && is_monday(&day, mondays[i].n);
	return is;
}

/* A named day on a Sunday moves to the next that is none; a day between two is one too. */
static bool is_national(policy_minute minute)
{
	policy_minute before = minute - MINUTES_PER_DAY;

	if (is_named(minute) || (is_named(before) && is_named(minute + MINUTES_PER_DAY)))
		return true;
	while (is_named(before)) {
		if (policy_weekday(before) == SUNDAY)
			return true;
		before -= MINUTES_PER_DAY;
	}
	return false;
}

bool workdays_is_closed(policy_minute minute)
{
	struct day day = day_of(minute);

	return day.weekday == SATURDAY || day.weekday == SUNDAY ||
	       (day.month == 12 && day.day >= 29) || (day.month == 1 && day.day <= 3) ||
	       is_national(minute);
}

policy_minute workdays_term(policy_minute known, unsigned int days)
{
	policy_minute end =
		known - known % MINUTES_PER_DAY + (policy_minute)(days - 1) * MINUTES_PER_DAY;

	while (workdays_is_closed(end))
		end += MINUTES_PER_DAY;
	return end;
}
