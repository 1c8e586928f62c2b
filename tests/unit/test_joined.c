/* SPDX-License-Identifier: Apache-2.0 */

/* Where password and code part, in one answer. */

#include <criterion/criterion.h>

#include "pam_module/joined.h"

static const struct {
	const char *answer;
	unsigned int digits;
	const char *code; /* what is cut off */
} answers[] = {
	{ "", 6, "" },
	{ "12345", 6, "" },
	{ "123456", 6, "123456" },
	{ "secret", 6, "" },
	{ "secret12345", 6, "" },
	{ "secret123456", 6, "123456" },
	{ "secret123456", 8, "" },
	{ "secret12345678", 8, "12345678" },
	/* a password that ends in digits keeps them */
	{ "secret12345678", 6, "345678" },
	{ "secret 123456", 6, "123456" },
	{ "secret123456 ", 6, "" },
	{ "secret123 456", 6, "" },
	{ "secret-123456", 6, "123456" },
	{ "123456secret", 6, "" },
	/* of full width, from an input method */
	{ "secret\uff11\uff12\uff13\uff14\uff15\uff16", 6, "\uff11\uff12\uff13\uff14\uff15\uff16" },
	{ "secret1\uff12"
	  "3\uff14"
	  "56",
	  6,
	  "1\uff12"
	  "3\uff14"
	  "56" },
	{ "\u5316"
	  "123456",
	  6, "123456" },
	{ "secret\uff0f\uff12\uff13\uff14\uff15\uff16", 6, "" }, /* U+FF0F is no digit, */
	{ "secret\uff1a\uff12\uff13\uff14\uff15\uff16", 6, "" }, /* nor is U+FF1A */
	{ "secret\xbc\x91"
	  "23456",
	  6, "" },
	/* by telephone */
	{ "secret1234 5678 9012 3456", 6, "1234 5678 9012 3456" },
	{ "secret1234-5678-9012-3456", 8, "1234-5678-9012-3456" },
	{ "secret 1234 5678-9012 3456", 6, "1234 5678-9012 3456" },
	{ "1234 5678 9012 3456", 6, "1234 5678 9012 3456" },
	{ "secret91234 5678 9012 3456", 6, "1234 5678 9012 3456" },
	{ "234 5678 9012 3456", 6, "" },
	{ "secret5678 9012 3456", 6, "" },
	{ "secret1234 5678 9012  3456", 6, "" },
	{ "secret1234_5678_9012_3456", 6, "" },
	{ "secret1234567890123456", 6, "123456" },
	{ "-5678-9012-3456", 6, "" },
};

Test(joined, parts_at_the_code)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const char *code =
			answers[i].answer + joined_code_at(answers[i].answer, answers[i].digits);

		cr_expect_str_eq(code, answers[i].code, "%s", answers[i].answer);
	}
}
