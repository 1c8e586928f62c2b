/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "cli/fiscal_year.h"
#include "core/clock.h"
#include "core/err.h"

Test(fiscal_year, as_people_write_it)
{
	static const struct {
		const char *text;
		int year;
	} known[] = {
		{ "令和8年度", 2026 },    { "令和８年度", 2026 }, { "令和元年度", 2019 },
		{ "令和10年度", 2028 },   { "Ｒ８", 2026 },       { "R8", 2026 },
		{ "r8年", 2026 },         { "R元", 2019 },        { "2026", 2026 },
		{ "２０２６年度", 2026 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct fiscal_year year = { 0 };
		struct err err = { 0 };

		cr_expect_eq(fiscal_year_parse(known[i].text, &year, &err), 0, "%s", err.text);
		cr_expect_eq(year.year, known[i].year, "%s", known[i].text);
	}
}

Test(fiscal_year, what_is_none)
{
	static const char *const texts[] = { "",    "令和",       "令和年度", "8",
					     "R0",  "平成30年度", "2018",     "20260",
					     "R8x", "令和8月",    "令和元8",  "2026-04-01",
					     "-8",  "R\xff",      "R99999" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fiscal_year year;
		struct err err = { 0 };

		cr_expect_eq(fiscal_year_parse(texts[i], &year, &err), -EINVAL, "%s", texts[i]);
	}
}

/* 2026-04-01 00:00 in Japan is 2026-03-31 15:00 UTC. */
Test(fiscal_year, from_april_to_march_in_local_time)
{
	struct fiscal_year year = { 0 };
	struct err err = { 0 };

	cr_assert_eq(setenv("TZ", "Asia/Tokyo", 1), 0);
	tzset();
	cr_assert_eq(fiscal_year_parse("R8", &year, &err), 0);
	cr_expect_eq(year.begin_us, 1774969200 * CLOCK_US_PER_SEC);
	cr_expect_eq(year.end_us, 1806505200 * CLOCK_US_PER_SEC);
}
