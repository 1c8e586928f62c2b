/* SPDX-License-Identifier: Apache-2.0 */

/* What --since and --until take for a moment. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "cli/log_time.h"
#include "core/err.h"

#define NOW 1795379467 /* 2026-11-22 20:31:07 */
#define DAY 86400

static void use_utc(void)
{
	(void)setenv("TZ", "UTC", 1);
	tzset();
}

TestSuite(log_time, .init = use_utc);

static const struct moment {
	const char *text;
	int64_t since; /* seconds; -1: refused */
	int64_t until; /* the first that is not meant any more; 0: the moment itself */
} moments[] = {
	{ "2026-11-22", 1795305600, 1795305600 + DAY },
	{ "2026-11-22 20:31", 1795379460, 0 },
	{ "2026-11-22T20:31:07", 1795379467, 0 },
	{ "2026-11", 1793491200, 1796083200 },
	{ "2026-12", 1796083200, 1798761600 },
	{ "2026", 1767225600, 1798761600 },
	{ "today", 1795305600, 1795305600 + DAY },
	{ "yesterday", 1795219200, 1795305600 },
	{ "this-month", 1793491200, 1796083200 },
	{ "last-month", 1790812800, 1793491200 },
	{ "-2h", NOW - 7200, 0 },
	{ "-7d", NOW - 7 * DAY, 0 },
	{ "令和8年11月22日", 1795305600, 1795305600 + DAY },
	{ "令和8年11月", 1793491200, 1796083200 },
	{ "令和8年", 1767225600, 1798761600 },
	{ "令和8年度", 1775001600, 1806537600 },
	{ "2026年度", 1775001600, 1806537600 },
	{ "令和８年１１月２２日", 1795305600, 1795305600 + DAY },
	{ "２０２６－１１－２２　２０：３１", 1795379460, 0 },
	{ "", -1, 0 },
	{ "-", -1, 0 },
	{ "-h", -1, 0 },
	{ "-2y", -1, 0 },
	{ "--2h", -1, 0 },
	{ "2026-11-22x", -1, 0 },
	{ "2026-13-01", -1, 0 },
	{ "2026-02-30", -1, 0 },
	{ "令和8年13月", -1, 0 },
	{ "令和8年2月30日", -1, 0 },
	{ "令和年", -1, 0 },
	{ "令和8", -1, 0 },
	{ "tomorrow", -1, 0 },
	{ "2026-11-22 20:31:07 and much more than any time has, whatever its form may be", -1, 0 },
};

Test(log_time, moments)
{
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		const struct moment *moment = &moments[i];
		int64_t until =
			moment->until ? moment->until * 1000000 - 1 : moment->since * 1000000;
		struct err err = { 0 };
		int64_t us = -1;
		int rc = log_time_parse(moment->text, LOG_TIME_SINCE, NOW * INT64_C(1000000), &us,
					&err);

		cr_expect_eq(rc, moment->since < 0 ? -EINVAL : 0, "'%s'", moment->text);
		cr_expect(rc < 0 || us == moment->since * 1000000, "since '%s' is %lld",
			  moment->text, (long long)us);
		rc = log_time_parse(moment->text, LOG_TIME_UNTIL, NOW * INT64_C(1000000), &us,
				    &err);
		cr_expect_eq(rc, moment->since < 0 ? -EINVAL : 0, "'%s'", moment->text);
		cr_expect(rc < 0 || us == until, "until '%s' is %lld", moment->text, (long long)us);
	}
}
