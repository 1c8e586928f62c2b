/* SPDX-License-Identifier: Apache-2.0 */

/* What is signed and written of epochs, byte for byte, from the log in tests/fuzz/corpus/log/small.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "audit/attest.h"
#include "audit/cursor.h"
#include "audit/epoch.h"
#include "audit/epoch_list.h"
#include "audit/record.h"

#define ORIGIN "sekisho.local/t/test/83e5fcc520cfb88407bf368bc5a6726c"
#define KEY_0 "eUEO4PeLi24jO/SPG+ZJoXGwGKQKzwS2od1xmuMrR+A="
#define KEY_1 "2MdBKNbBEkMxtuzB7W7zWemgr3w+4/7xRwsLjXPAcgY="
#define SIG_1                                                                                      \
	"Oc2zeH0qhhTFh38KvwrHjzufT542vVnnPa9HNrwiFTeeoV/ZnnUm6eabPsFpft5+qPJqhq6lEXT1ZSPmRkmJCg=="
#define ENTRY                                                                                      \
	"{\"v\":1,\"seq\":4,\"t\":\"2026-11-26T20:01:43.329419Z\",\"bt\":44526287610,"             \
	"\"boot\":\"8845b74ac701440f\",\"type\":\"log.epoch\",\"by\":{\"uid\":0,\"pid\":13544},"   \
	"\"epoch\":1,\"epoch_key\":\"" KEY_1 "\",\"epoch_sig\":\"" SIG_1                           \
	"\",\"reason\":\"policy\",\"n\":\"RGIGk36uuzHRrC3APRBlgw\"}"

static struct epoch epoch(uint64_t number, const char *key)
{
	struct epoch found = { .number = number };

	cr_assert(note_base64_decode(key, strlen(key), found.public, sizeof(found.public)));
	return found;
}

Test(epoch, the_name_of_the_log_is_that_of_its_first_key)
{
	struct epoch first = epoch(0, KEY_0);

	cr_expect(epoch_begins(&first, ORIGIN));
	first.public[31] ^= 1;
	cr_expect_not(epoch_begins(&first, ORIGIN));
	first = epoch(1, KEY_0);
	cr_expect_not(epoch_begins(&first, ORIGIN), "another number");
	first = epoch(0, KEY_0);
	cr_expect_not(epoch_begins(&first, "83e5fcc520cfb88407bf368bc5a6726c"));
}

Test(epoch, what_is_signed)
{
	struct epoch next = epoch(1, KEY_1);
	char text[EPOCH_TEXT_MAX];

	cr_expect_eq(epoch_certificate_format(&next, ORIGIN, text), strlen(text));
	cr_expect_str_eq(text, "sekisho-epoch/v1\n" ORIGIN "\n1\n" KEY_1 "\n");
}

Test(epoch, an_entry_certifies_the_next_key)
{
	struct epoch first = epoch(0, KEY_0);
	struct epoch_step step;

	cr_assert(epoch_step_read(ENTRY, strlen(ENTRY), &step));
	cr_expect_eq(step.next.number, 1);
	cr_expect(epoch_step_verify(&step, &first, ORIGIN));
	cr_expect_not(epoch_step_verify(&step, &first, ORIGIN "x"), "another log");
	first.number = 1;
	cr_expect_not(epoch_step_verify(&step, &first, ORIGIN), "not the number after it");
	first = epoch(0, KEY_1);
	cr_expect_not(epoch_step_verify(&step, &first, ORIGIN), "another key");
	for (size_t cut = 0; cut < strlen(ENTRY) - 60; cut++)
		cr_expect_not(epoch_step_read(ENTRY, cut, &step), "cut at %zu", cut);
}

Test(epoch, lines_of_pruned_epochs)
{
	static const char *const lines[] = { "#epoch 0 " KEY_0 " -", "#epoch 1 " KEY_1 " " SIG_1 };
	static const char *const broken[] = {
		"#epoch 0 " KEY_0 " " SIG_1,  "#epoch 1 " KEY_1 " -",
		"#epoch 01 " KEY_1 " " SIG_1, "#epoch 1 " KEY_1 " " SIG_1 " ",
		"#epoch  1 " KEY_1 " " SIG_1, "#epoch 1000000000000 " KEY_1 " " SIG_1,
		("#epoch 1 " KEY_1),          "",
	};
	struct epoch_step step;
	char again[EPOCH_TEXT_MAX];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		cr_assert_eq(epoch_line_parse(lines[i], strlen(lines[i]), &step), 0, "%s",
			     lines[i]);
		cr_expect_eq(epoch_line_format(&step, again), strlen(lines[i]) + 1);
		cr_expect_eq(memcmp(again, lines[i], strlen(lines[i])), 0, "%s", again);
	}
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		cr_expect_eq(epoch_line_parse(broken[i], strlen(broken[i]), &step), -EBADMSG, "%s",
			     broken[i]);
}

#define VKEY ORIGIN "+e65f1477+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA"

Test(epoch, the_text_that_certifies_an_identity_key)
{
	char text[KEY_TEXT_MAX];

	cr_expect_eq(key_certificate_format(17, ORIGIN, VKEY, text), strlen(text));
	cr_expect_str_eq(text, "sekisho-key/v1\n" ORIGIN "\n17\n" VKEY "\n");
}

Test(epoch, lines_of_pruned_changes_of_the_identity_key)
{
	static const char *const broken[] = {
		"#key 1 17 " VKEY " " SIG_1 " ",
		"#key 1 17 " VKEY " -",
		"#key 01 17 " VKEY " " SIG_1,
		"#key 1 017 " VKEY " " SIG_1,
		"#key 1 17  " VKEY " " SIG_1,
		"#key 1 1000000000000 " VKEY " " SIG_1,
		("#key 1 17 " VKEY),
		"#key 1 " VKEY " " SIG_1,
		"#key 1 17 " KEY_1 " " SIG_1,
		"#key ",
	};
	static const char line[] = "#key 1 17 " VKEY " " SIG_1;
	struct key_step step;
	char again[KEY_TEXT_MAX];

	cr_assert_eq(key_line_parse(line, strlen(line), &step), 0);
	cr_expect_eq(step.epoch, 1);
	cr_expect_eq(step.seq, 17);
	cr_expect_eq(key_line_format(&step, again), strlen(line) + 1);
	cr_expect_eq(memcmp(again, line, strlen(line)), 0, "%s", again);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		cr_expect_eq(key_line_parse(broken[i], strlen(broken[i]), &step), -EBADMSG, "%s",
			     broken[i]);
}

/* As much as leads to where a log begins, wherever a pruning was interrupted. */
Test(epoch, certificates_are_cut_where_a_log_begins)
{
	static const char first[] = "#epoch 0 " KEY_0 " -\n#key 0 3 " VKEY " " SIG_1 "\n";
	static const char second[] = "#epoch 1 " KEY_1 " " SIG_1 "\n#key 1 17 " VKEY " " SIG_1 "\n";
	char text[2048];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s%s", first, second);

	cr_expect_eq(epoch_list_cut(text, len, 0, 10), strlen(first));
	cr_expect_eq(epoch_list_cut(text, len, 1, 18), len);
	cr_expect_eq(epoch_list_cut(text, len, 1, 17), strlen(first) + strcspn(second, "\n") + 1);
	cr_expect_eq(epoch_list_cut(text, len, 0, 3), strcspn(first, "\n") + 1);
	cr_expect_eq(epoch_list_cut(text, 0, 1, 18), 0);
}

/* A key that stands in somebody's text, or in who said it, is none. */
Test(epoch, fields_are_those_of_the_event)
{
	static const char line[] = "{\"type\":\"x\",\"by\":{\"uid\":0,\"pid\":7},\"product\":"
				   "\"a\\\",\\\"pid\\\":\\\"9\\\",\\\\\",\"count\":12}";
	struct cursor found;

	cr_expect_not(record_field(line, strlen(line), "pid", &found));
	cr_expect_not(record_field(line, strlen(line), "uid", &found));
	cr_assert(record_field(line, strlen(line), "product", &found));
	cr_expect_eq(found.end - found.at, (ptrdiff_t)strlen("a\\\",\\\"pid\\\":\\\"9\\\",\\\\"));
	cr_assert(record_field(line, strlen(line), "count", &found));
	cr_expect_eq(found.end - found.at, 2);
}

Test(epoch, the_text_of_a_challenge)
{
	static const uint8_t nonce[ATTEST_NONCE_SIZE] = { 0xab };
	struct checkpoint head = { .origin = ORIGIN, .size = 7 };
	char text[ATTEST_TEXT_MAX];

	cr_expect_eq(attest_format(&head, 3, nonce, text), strlen(text));
	cr_expect_str_eq(text, "sekisho-attest/v1\n" ORIGIN
			       "\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n3\n"
			       "ab000000000000000000000000000000"
			       "00000000000000000000000000000000\n");
}
