/* SPDX-License-Identifier: Apache-2.0 */

/* What is taken for a 個人番号, and what is left alone. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "audit/mynumber.h"

/* 123456789018: sum of 1*6+2*5+3*4+4*3+5*2+6*7+7*6+8*5+9*4+0*3+1*2 is 212, the rest of /11 is 3. */
static const struct masked {
	const char *text;
	const char *masked;
} masked[] = {
	{ "123456789018", "************" },
	{ "番号123456789018です", "番号************です" },
	{ "No123456789018,x", "No************,x" },
	{ "1234-5678-9018", "****-****-****" },
	{ "1234 5678 9018 and 1234 5678 9018", "**** **** **** and **** **** ****" },
	{ "１２３４５６７８９０１８", "************" },
	{ "１２３４　５６７８－９０１８。", "****　****－****。" },
	{ "1234ー5678‐9018", "****ー****‐****" },
	{ "123456-789018", "******-******" },
	{ "123.456.789.018", "***.***.***.***" },
	{ "1 2 3 4 5 6 7 8 9 0 1 8", "* * * * * * * * * * * *" },
	{ "2026-11-22 1234-5678-9018 20:31", "2026-11-22 ****-****-**** 20:31" },
	{ "000000000000", "************" }, /* rest 0: the check digit is 0 */
	{ "000000000060", "************" }, /* 6 * 2 = 12, rest 1: 0 as well */
	{ "x123456789018x123456789018", "x************x************" },
	/* not one */
	{ "123456789012", "123456789012" },
	{ "123456789019", "123456789019" },
	{ "1234567890180", "1234567890180" },
	{ "0123456789018", "0123456789018" },
	{ "12345678901", "12345678901" },
	{ "1234--5678-9018", "1234--5678-9018" },
	{ "1234:5678:9018", "1234:5678:9018" },
	{ "12345678-90-18", "12345678-90-18" },
	{ "1234 56789018", "1234 56789018" },
	{ "deadbeef123456789018", "deadbeef123456789018" },
	{ "123456789018ffff", "123456789018ffff" },
	{ "60A44C413FAE", "60A44C413FAE" },
	{ "", "" },
	{ "令和8年度", "令和8年度" },
};

Test(mynumber, masked)
{
	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		char text[256];

		strcpy(text, masked[i].text);
		mynumber_mask(text);
		cr_expect_str_eq(text, masked[i].masked, "case %zu: '%s'", i, text);
	}
}

/* Any change of one digit is found: the reason why there is a check digit. */
Test(mynumber, one_wrong_digit)
{
	static const uint8_t good[MYNUMBER_DIGITS] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 8 };
	unsigned int n_valid = 0;

	cr_assert(mynumber_is_valid(good));
	for (size_t i = 0; i < MYNUMBER_DIGITS; i++) {
		for (uint8_t digit = 0; digit < 10; digit++) {
			uint8_t other[MYNUMBER_DIGITS];

			memcpy(other, good, sizeof(other));
			other[i] = digit;
			n_valid += mynumber_is_valid(other);
		}
	}
	cr_expect_eq(n_valid, MYNUMBER_DIGITS, "%u", n_valid);
}
