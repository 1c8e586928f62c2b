/* SPDX-License-Identifier: Apache-2.0 */

/* A device's serial number must not be able to write udev rules. */

#include <criterion/criterion.h>

#include "cli/setup_rule.h"

Test(setup_rule, neutralises_what_udev_would_read)
{
	static const struct {
		const char *raw;
		const char *pattern;
	} cases[] = {
		{ "60A44C413FAE", "60A44C413FAE" },
		{ "t10.ATA_DISK 5:1/2", "t10.ATA_DISK 5:1/2" },
		{ "x\", RUN+=\"/bin/sh", "x?, RUN+?"
					 "?/bin/sh" },
		{ "a\nb", "a?b" },
		{ "*[a-z]|$env{X}\\", "?"
				      "?a-z?"
				      "?"
				      "?env?X?"
				      "?" },
		{ "\xe9\x96\xa2", "?"
				  "?"
				  "?" },
	};
	char out[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(setup_rule_value(out, sizeof(out), cases[i].raw), cases[i].pattern,
				 "case %zu: '%s'", i, out);
}

Test(setup_rule, cuts_at_the_buffer)
{
	char out[4];

	cr_expect_str_eq(setup_rule_value(out, sizeof(out), "abcdef"), "abc");
}
