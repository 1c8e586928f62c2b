/* SPDX-License-Identifier: Apache-2.0 */

/* The terminal's own file: read, printed, refused. */

#include <criterion/criterion.h>
#include <string.h>

#include "core/err.h"
#include "policy/terminal.h"

Test(terminal, round_trip)
{
	static const char *texts[] = {
		"id desk-12.east\nzone mynumber\n",
		"zone unassigned\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct terminal terminal;
		struct err err = { 0 };
		char out[128];

		cr_assert_eq(terminal_parse("t", texts[i], strlen(texts[i]), &terminal, &err), 0,
			     "%s", err.text);
		cr_expect_eq(terminal_print(&terminal, out, sizeof(out)), strlen(texts[i]));
		cr_expect_str_eq(out, texts[i]);
	}
}

Test(terminal, an_empty_file_is_unassigned)
{
	struct terminal terminal = { .zone = ZONE_LGWAN };
	struct err err = { 0 };

	cr_assert_eq(terminal_parse("t", "", 0, &terminal, &err), 0);
	cr_expect_eq(terminal.zone, ZONE_UNASSIGNED);
	cr_expect_str_eq(terminal.id, "");
}

Test(terminal, refuses)
{
	static const char *bad[] = {
		"zone\n",
		"zone home\n",
		"zone lgwan\nzone lgwan\n",
		"zone lgwan mynumber\n",
		"id a\nid b\n",
		"id \"\"\n",
		"id \"a b\"\n",
		"name x\n",
		"zone lgwan {\nx\n}\n",
		"zone \"lgwan\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct terminal terminal = { .zone = ZONE_MYNUMBER };
		struct err err = { 0 };

		cr_expect_lt(terminal_parse("t", bad[i], strlen(bad[i]), &terminal, &err), 0,
			     "case %zu was accepted", i);
		cr_expect_eq(terminal.zone, ZONE_MYNUMBER, "case %zu was set", i);
	}
}
