/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>

#include "cli/workdays.h"

static policy_minute day(const char *text)
{
	policy_minute minute;

	cr_assert(policy_minute_parse(text, 'T', &minute), "%s", text);
	return minute;
}

static const char *text_of(policy_minute minute)
{
	static char text[24];

	policy_minute_print(minute, text);
	return text;
}

Test(workdays, closed_days)
{
	/* The Cabinet Office's list of 2026, of 2019's law the rules of 2027 to 2032. */
	static const char *const closed[] = {
		"2026-01-01", "2026-01-02", "2026-01-03", "2026-01-12", "2026-02-11", "2026-02-23",
		"2026-03-20", "2026-04-29", "2026-05-03", "2026-05-04", "2026-05-05", "2026-05-06",
		"2026-07-20", "2026-08-11", "2026-09-21", "2026-09-22", "2026-09-23", "2026-10-12",
		"2026-11-03", "2026-11-23", "2026-12-29", "2026-12-31", "2027-03-21", "2027-03-22",
		"2027-11-27", "2027-11-28", "2032-09-21",
	};
	static const char *const open[] = {
		"2026-01-05", "2026-02-12", "2026-03-19", "2026-05-07", "2026-07-21",
		"2026-09-24", "2026-12-28", "2027-03-23", "2027-09-22",
	};

	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		cr_expect(workdays_is_closed(day(closed[i])), "%s", closed[i]);
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		cr_expect(!workdays_is_closed(day(open[i])), "%s", open[i]);
}

Test(workdays, a_term_ends_on_an_open_day)
{
	static const struct {
		const char *known;
		unsigned int days;
		const char *end;
	} terms[] = {
		/* The day itself is the first; closed days count. */
		{ "2026-11-02T09:15", 30, "2026-12-01 00:00" },
		{ "2026-11-02T23:59", 60, "2027-01-04 00:00" }, /* 12-31 is closed until then */
		{ "2026-11-30", 30, "2027-01-04 00:00" },       /* 12-29, then a Sunday the 3rd */
		{ "2026-04-05", 30, "2026-05-07 00:00" },       /* 05-04 to 05-06 */
		{ "2026-08-24", 30, "2026-09-24 00:00" },       /* 09-22 lies between two */
		{ "2026-10-23", 30, "2026-11-24 00:00" },       /* a Saturday, and Monday is one */
		{ "2026-06-01", 1, "2026-06-01 00:00" },
	};

	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		cr_expect_str_eq(text_of(workdays_term(day(terms[i].known), terms[i].days)),
				 terms[i].end, "%s + %u", terms[i].known, terms[i].days);
}
