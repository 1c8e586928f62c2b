/* SPDX-License-Identifier: Apache-2.0 */

#include "core/clock.h"
#include "core/err.h"
#include "permit/exception.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE "    by sato\n    approver ito\n"
#define ONE(name)                                                                                  \
	"exception " name " {\n    reason \"the river\"\n    ticket R8-12\n" PEOPLE                \
	"    span 7200\n    approved 1000000\n    latest 1000000\n    elapsed 0\n"                 \
	"    since 50000000\n    boot 00112233445566778899aabbccddeeff\n}\n"
#define SECOND CLOCK_US_PER_SEC
#define MOST INT64_MAX

static int load(const char *text, struct exception *ret, size_t max, size_t *ret_n)
{
	struct diags diags = { 0 };
	int rc = exception_load_all("e", text, strlen(text), ret, max, ret_n, &diags);

	diags_done(&diags);
	return rc;
}

static struct exception declared(int64_t hours)
{
	const struct elapsed_now now = { .wall_s = 1000000, .boot_us = 50 * SECOND, .boot = "one" };
	struct exception exception = { .name = "flood",
				       .reason = "the \"river\"\\",
				       .issuer = "sato",
				       .approver = "ito",
				       .span_s = hours * 3600 };

	elapsed_begin(&exception.since, &now);
	return exception;
}

static int64_t left_s(struct exception *exception, int64_t wall_s, int64_t boot_s, const char *boot)
{
	struct elapsed_now now = { .wall_s = 1000000 + wall_s, .boot_us = boot_s * SECOND };

	strcpy((char *)now.boot, boot);
	elapsed_pass(&exception->since, &now);
	return exception_left_s(exception);
}

Test(exception, reads_what_it_writes)
{
	struct exception list[2] = { declared(2), declared(72) }, again[2];
	char *text = NULL;
	size_t len = 0, n = 0;
	FILE *out = open_memstream(&text, &len);

	strcpy(list[1].name, "fire-2");
	strcpy(list[1].ticket, "R8-12");
	for (size_t i = 0; i < 2; i++)
		exception_print(&list[i], out);
	(void)fclose(out);
	cr_assert_eq(load(text, again, 2, &n), 0, "%s", text);
	cr_assert_eq(n, 2);
	cr_assert_arr_eq(list, again, sizeof(list));
	free(text);
}

Test(exception, none_is_a_list_too)
{
	struct exception list[1];
	size_t n = 7;

	cr_assert_eq(load("", list, 1, &n), 0);
	cr_assert_eq(n, 0);
}

Test(exception, no_more_than_there_are_places)
{
	struct exception list[3] = { 0 };
	size_t n = 7;

	cr_assert_lt(load(ONE("a") ONE("b") ONE("c"), list, 2, &n), 0);
	cr_assert_eq(n, 7, "told though refused");
	cr_assert_eq(*list[2].name, '\0', "written behind the end");
	cr_assert_eq(load(ONE("a") ONE("b"), list, 2, &n), 0);
}

Test(exception, ends_by_either_clock)
{
	struct exception exception = declared(2);

	cr_expect_eq(left_s(&exception, 10, 60, "one"), 7190);
	cr_expect_eq(left_s(&exception, -86400, 150, "one"), 7100, "prolonged by a clock");
	cr_expect_eq(left_s(&exception, 3600, 160, "one"), 3600);
	cr_expect_eq(left_s(&exception, 0, 160, "one"), 3600, "given back");
	cr_expect_eq(left_s(&exception, 7200, 160, "one"), 0);
	cr_expect_eq(left_s(&exception, 0, 160, "one"), 0, "it begins anew");
}

Test(exception, a_reboot_prolongs_nothing)
{
	struct exception exception = declared(1);

	cr_expect_eq(left_s(&exception, 0, 1050, "one"), 2600);
	cr_expect_eq(left_s(&exception, 0, 100, "two"), 2600 - 100 - ELAPSED_KEEP_S);
	cr_expect_eq(left_s(&exception, 0, 2300, "two"), 0);
}

Test(exception, a_number_too_large_ends_it)
{
	struct exception exception = declared(1);

	exception.since.elapsed_us = MOST;
	cr_expect_eq(left_s(&exception, 0, 100, "one"), 0);
	exception.since.elapsed_us = MOST;
	cr_expect_eq(left_s(&exception, 0, 100, "two"), 0);
}

static const char *const broken[] = {
	"exception {\n}\n",
	"exception flood\n",
	"exception flood fire {\n    reason a\n" PEOPLE "    span 7200\n}\n",
	"exception Flood {\n    reason a\n" PEOPLE "    span 7200\n}\n",
	"exception ../flood {\n    reason a\n" PEOPLE "    span 7200\n}\n",
	"permit flood {\n    reason a\n" PEOPLE "    span 7200\n}\n",
	"exception flood {\n    reason a\n" PEOPLE "}\n",
	"exception flood {\n    reason a\n" PEOPLE "    span 0\n}\n",
	"exception flood {\n    reason a\n" PEOPLE "    span 259201\n}\n",
	"exception flood {\n    reason a\n" PEOPLE "    span -7200\n}\n",
	"exception flood {\n    reason a\n" PEOPLE "    span 7200\n    span 7200\n}\n",
	"exception flood {\n    reason a\n" PEOPLE "    span 7200\n    ends never\n}\n",
	"exception flood {\n    reason a\n" PEOPLE "    span 7200\n    boot 0011\n}\n",
	"exception flood {\n" PEOPLE "    span 7200\n}\n",
	"exception flood {\n    reason a\n    by sato\n    span 7200\n}\n",
	"exception flood {\n    reason a\n    approver ito\n    span 7200\n}\n",
	"exception flood {\n    reason a\n    by ito\n    approver ito\n    span 7200\n}\n",
	"exception flood {\n    reason a\n" PEOPLE "    span 7200\n",
	ONE("flood") ONE("flood"),
	ONE("flood") "nonsense\n",
};

ParameterizedTestParameters(exception, refuses)
{
	static size_t numbers[sizeof(broken) / sizeof(broken[0])];

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		numbers[i] = i;
	return cr_make_param_array(size_t, numbers, sizeof(broken) / sizeof(broken[0]));
}

ParameterizedTest(size_t *number, exception, refuses)
{
	struct exception list[2];
	size_t n;

	cr_expect_lt(load(broken[*number], list, 2, &n), 0, "%s", broken[*number]);
}
