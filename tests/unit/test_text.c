/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <string.h>

#include "core/text.h"

static const struct escaped {
	const char *raw;
	size_t len;
	const char *safe;
} escaped[] = {
	{ "DataTraveler", 12, "DataTraveler" },
	{ "\xe9\x96\xa2\xe6\x89\x80", 6, "\xe9\x96\xa2\xe6\x89\x80" },
	{ "a\033[31mb", 7, "a\\x1b[31mb" },
	{ "a\nb", 3, "a\\x0ab" },
	{ "a\0b", 3, "a\\x00b" },
	{ "\\x0a", 4, "\\\\x0a" },
	{ "\xe2\x80\xaetxt", 6, "\\u{202e}txt" }, /* right-to-left override */
	{ "\xc2\x9b", 2, "\\u{009b}" },           /* C1 control sequence introducer */
	{ "\xc0\xaf", 2, "\\xc0\\xaf" },          /* overlong */
	{ "\xed\xa0\x80", 3, "\\xed\\xa0\\x80" }, /* surrogate */
	{ "\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80" },
	{ "\xe9\x96", 2, "\\xe9\\x96" }, /* cut short */
};

Test(text, escapes_what_a_device_may_say)
{
	char out[64];

	for (size_t i = 0; i < sizeof(escaped) / sizeof(escaped[0]); i++) {
		text_escape(out, sizeof(out), escaped[i].raw, escaped[i].len);
		cr_expect_str_eq(out, escaped[i].safe, "case %zu: '%s'", i, out);
		cr_expect(text_is_utf8(out, strlen(out)), "case %zu is not UTF-8", i);
	}
}

Test(text, safe_is_what_needs_no_escape)
{
	char full[4] = { 'a', 'b', 'c', 'd' };

	for (size_t i = 0; i < sizeof(escaped) / sizeof(escaped[0]); i++) {
		bool is_same = strlen(escaped[i].safe) == escaped[i].len &&
			       memcmp(escaped[i].safe, escaped[i].raw, escaped[i].len) == 0;

		if (!memchr(escaped[i].raw, '\\', escaped[i].len))
			cr_expect_eq(text_is_safe(escaped[i].raw, escaped[i].len), is_same,
				     "case %zu", i);
	}
	cr_expect(text_is_safe("", 0));
	cr_expect(text_is_safe_field("abc\0\n", 5), "what is behind the end is nobody's");
	cr_expect_not(text_is_safe_field(full, sizeof(full)), "it does not end");
	cr_expect_not(text_is_safe_field("a\nb", 4));
}

Test(text, cuts_at_a_whole_character)
{
	char out[6];

	cr_expect_str_eq(text_escape(out, sizeof(out), "ab\xe9\x96\xa2\xe6\x89\x80", 8),
			 "ab\xe9\x96\xa2");
	cr_expect_str_eq(text_escape(out, sizeof(out), "abc\n", 4), "abc");
}

Test(text, wide_characters_take_two_columns)
{
	cr_expect_eq(text_width("abc"), 3);
	cr_expect_eq(text_width("\xe9\x96\xa2\xe6\x89\x80"), 4);
	cr_expect_eq(text_width("\u304b\u3099\u30cf\u309a"), 4); /* decomposed, as a Mac has it */
	cr_expect_eq(text_width("e\u0301"), 1);
}

Test(text, half_width_of_what_an_input_method_writes)
{
	cr_expect_eq(text_half_width(0xff01), '!');
	cr_expect_eq(text_half_width(0xff5e), '~');
	cr_expect_eq(text_half_width(0xff5f), '\0');
	cr_expect_eq(text_half_width(0x3000), ' ');
	cr_expect_eq(text_half_width(0x201d), '"');
	cr_expect_eq(text_half_width(0x2019), '\'');
	cr_expect_eq(text_half_width(0x2212), '-');
	cr_expect_eq(text_half_width('a'), '\0');
	cr_expect_eq(text_half_width(0x7a0e), '\0'); /* a kanji */
}
