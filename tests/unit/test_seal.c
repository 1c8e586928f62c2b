/* SPDX-License-Identifier: Apache-2.0 */

/* The seal of a log: its exact form, and every way to copy it wrongly. */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "audit/seal.h"
#include "core/err.h"

/* Computed by hand with hashlib from the description in audit/seal.h. */
#define KNOWN "000YW-GJ09H-XH6AW-WGDZS-FFA7E-JJHD6-CVC3G-55YBV"
#define KNOWN_SIZE 1000000

static struct checkpoint known(void)
{
	struct checkpoint checkpoint = { .origin = "sekisho.local/t/T-0042/"
						   "0123456789abcdef0123456789abcdef",
					 .size = KNOWN_SIZE };

	for (size_t i = 0; i < TREE_HASH_SIZE; i++)
		checkpoint.root[i] = (uint8_t)i;
	return checkpoint;
}

static int parse(const char *text, struct seal *ret)
{
	struct err err = { 0 };

	return seal_parse(text, ret, &err);
}

Test(seal, exact_form)
{
	struct checkpoint checkpoint = known();
	char text[SEAL_TEXT_SIZE];
	struct err err = { 0 };
	struct seal seal;

	cr_assert_eq(seal_make(&checkpoint, &seal, &err), 0);
	seal_format(&seal, text);
	cr_expect_str_eq(text, KNOWN);
}

Test(seal, as_people_write_it)
{
	static const char *const forms[] = { KNOWN,
					     "oooyw-gjo9h-xh6aw-wgdzs-ffa7e-jjhd6-cvc3g-55ybv",
					     ("０００ＹＷーＧＪ０９ＨーＸＨ６ＡＷーＷＧＤＺＳーＦＦ"
					      "Ａ７ＥーＪＪＨＤ６ーＣＶＣ３Ｇー５５ＹＢＶ"),
					     "OOOYW GJO9H XH6AW WGDZS FFA7E JJHD6 CVC3G 55YBV" };
	struct checkpoint checkpoint = known();
	struct seal seal;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		cr_assert_eq(parse(forms[i], &seal), 0, "%s", forms[i]);
		cr_expect_eq(seal.size, KNOWN_SIZE);
		cr_expect_eq(seal_compare(&seal, &checkpoint), SEAL_HELD, "%s", forms[i]);
	}
}

Test(seal, one_wrong_symbol_is_named)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char text[SEAL_TEXT_SIZE];
	struct seal seal;

	for (size_t at = 0; at < strlen(KNOWN); at++) {
		for (const char *c = symbols; KNOWN[at] != '-' && *c; c++) {
			struct err err = { 0 };
			char group[32];

			strcpy(text, KNOWN);
			text[at] = *c;
			if (*c == KNOWN[at])
				continue;
			cr_expect_eq(seal_parse(text, &seal, &err), -EINVAL, "%s", text);
			(void)snprintf(group, sizeof(group), "group %zu ",
				       at / (SEAL_GROUP_LEN + 1) + 1);
			cr_expect_not_null(strstr(err.text, group), "%s", err.text);
		}
	}
}

Test(seal, neighbours_that_changed_places)
{
	char text[SEAL_TEXT_SIZE];
	struct seal seal;

	for (size_t at = 0; at + 1 < strlen(KNOWN); at++) {
		strcpy(text, KNOWN);
		text[at] = KNOWN[at + 1];
		text[at + 1] = KNOWN[at];
		if (text[at] == text[at + 1] || text[at] == '-' || text[at + 1] == '-')
			continue;
		cr_expect_eq(parse(text, &seal), -EINVAL, "%s", text);
	}
}

Test(seal, groups_that_changed_places)
{
	char text[SEAL_TEXT_SIZE];
	struct seal seal;

	for (size_t a = 0; a < SEAL_GROUPS; a++) {
		for (size_t b = a + 1; b < SEAL_GROUPS; b++) {
			const size_t step = SEAL_GROUP_LEN + 1;

			strcpy(text, KNOWN);
			memcpy(text + a * step, &KNOWN[b * step], SEAL_GROUP_LEN);
			memcpy(text + b * step, &KNOWN[a * step], SEAL_GROUP_LEN);
			cr_expect_eq(parse(text, &seal), -EINVAL, "%s", text);
		}
	}
}

Test(seal, no_seal_at_all)
{
	static const char *const forms[] = { "", "4GTC8", KNOWN "0", "日本", KNOWN "\xff" };
	struct seal seal;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		cr_expect_eq(parse(forms[i], &seal), -EINVAL, "%s", forms[i]);
}

Test(seal, of_another_log_or_another_content)
{
	struct checkpoint checkpoint = known();
	struct seal seal;

	cr_assert_eq(parse(KNOWN, &seal), 0);
	checkpoint.root[TREE_HASH_SIZE - 1] ^= 1;
	cr_expect_eq(seal_compare(&seal, &checkpoint), SEAL_CHANGED);
	checkpoint = known();
	checkpoint.size--;
	cr_expect_eq(seal_compare(&seal, &checkpoint), SEAL_CHANGED);
	checkpoint = known();
	checkpoint.origin[strlen(checkpoint.origin) - 1] = '0';
	cr_expect_eq(seal_compare(&seal, &checkpoint), SEAL_FOREIGN);
}

Test(seal, of_too_many_entries)
{
	struct checkpoint checkpoint = known();
	struct err err = { 0 };
	struct seal seal;

	checkpoint.size = SEAL_ENTRIES_MAX;
	cr_expect_eq(seal_make(&checkpoint, &seal, &err), 0);
	checkpoint.size++;
	cr_expect_eq(seal_make(&checkpoint, &seal, &err), -ERANGE);
}
