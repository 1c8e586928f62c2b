/* SPDX-License-Identifier: Apache-2.0 */

#include "core/clock.h"
#include "core/err.h"
#include "permit/permit.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define TEXT                                                                                       \
	"permit R8-T-0042-7 {\n    purpose tax\n    classification 3A\n    medium T-0123\n"        \
	"    terminal T-0042\n    user sato\n    section tax\n    access write\n"                  \
	"    from 2026-12-25T14:30\n    until 2026-12-25T16:30\n    uses 1\n"                      \
	"    requester sato\n    approver yamada\n}\n"
#define SECOND CLOCK_US_PER_SEC

static struct permit loaded(const char *text)
{
	struct permit permit = { 0 };
	struct diags diags = { 0 };
	struct err err = { 0 };

	(void)permit_load("p", text, strlen(text), &permit, NULL, &diags);
	(void)diags_to_err(&diags, &err);
	cr_assert_eq(err.code, 0, "%s", err.text);
	return permit;
}

static policy_minute half_past_two(void)
{
	return policy_minute_of(2026, 12, 25, 14, 30);
}

/* Approved half an hour before it begins. */
static struct permit_record approved(const struct permit *permit)
{
	const struct elapsed_now now = { .wall_s = 1000000, .boot_us = 50 * SECOND, .boot = "one" };
	struct permit_record record = { .stage = PERMIT_REQUESTED };

	permit_approve(permit, &record, half_past_two() - 30, &now);
	return record;
}

static enum permit_answer asked(const struct permit *permit, const struct permit_record *record,
				int64_t minutes, int64_t latest)
{
	const struct permit_moment moment = { .medium = "T-0123",
					      .terminal = "T-0042",
					      .user = "sato",
					      .now = half_past_two() + minutes,
					      .latest = half_past_two() + latest };

	return permit_ask(permit, record, &moment);
}

Test(permit, reads_what_it_writes)
{
	struct permit permit = loaded(TEXT), again;
	struct permit_record record = approved(&permit), read;
	struct diags diags = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	strcpy(record.erased_by, "ito");
	record.use_diskseq = 12;
	cr_assert_eq(permit_print(&permit, &record, out), 0);
	(void)fclose(out);
	cr_assert_eq(permit_load("p", text, len, &again, &read, &diags), 0);
	cr_assert_arr_eq(&permit, &again, sizeof(permit));
	cr_assert_arr_eq(&record, &read, sizeof(record));
	cr_assert_lt(permit_load("p", text, len, &again, NULL, &diags), 0, "a record of its own");
	diags_done(&diags);
	free(text);
}

Test(permit, holds_for_what_it_says_alone)
{
	struct permit permit = loaded(TEXT);
	struct permit_record record = approved(&permit);
	struct permit_moment moment = { .medium = "T-0123",
					.terminal = "T-0042",
					.user = "sato",
					.now = half_past_two(),
					.latest = half_past_two() };

	cr_expect_eq(permit_ask(&permit, &record, &moment), PERMIT_HOLDS);
	moment.medium = "T-0124";
	cr_expect_eq(permit_ask(&permit, &record, &moment), PERMIT_NO_PERMIT);
	moment.medium = "T-0123";
	moment.user = "ito";
	cr_expect_eq(permit_ask(&permit, &record, &moment), PERMIT_OTHER_USER);
	moment.user = "";
	cr_expect_eq(permit_ask(&permit, &record, &moment), PERMIT_OTHER_USER);
	moment.user = "sato";
	moment.terminal = "T-0043";
	cr_expect_eq(permit_ask(&permit, &record, &moment), PERMIT_OTHER_TERMINAL);
	moment.terminal = "T-0042";
	record.used = 1;
	cr_expect_eq(permit_ask(&permit, &record, &moment), PERMIT_USED_UP);
	moment.is_same_use = true;
	cr_expect_eq(permit_ask(&permit, &record, &moment), PERMIT_HOLDS);
	record.stage = PERMIT_REQUESTED;
	cr_expect_eq(permit_ask(&permit, &record, &moment), PERMIT_NO_PERMIT);
}

Test(permit, no_clock_prolongs_it)
{
	struct permit permit = loaded(TEXT);
	struct permit_record record = approved(&permit);
	struct elapsed_now now = { .wall_s = 1000000, .boot_us = 50 * SECOND, .boot = "one" };

	cr_expect_eq(asked(&permit, &record, -1, -1), PERMIT_NOT_YET);
	cr_expect_eq(asked(&permit, &record, 119, 119), PERMIT_HOLDS);
	cr_expect_eq(asked(&permit, &record, 120, 120), PERMIT_OVER);
	cr_expect_eq(asked(&permit, &record, 60, 120), PERMIT_OVER, "set back after the end");
	cr_expect_eq(asked(&permit, &record, -60, 60), PERMIT_NOT_YET, "set back before it");
	now.boot_us += 149 * 60 * SECOND;
	elapsed_pass(&record.since_approval, &now);
	cr_expect_eq(asked(&permit, &record, 1, 1), PERMIT_HOLDS);
	cr_expect_eq(permit_left_s(&permit, &record, half_past_two() + 1), 60);
	now.boot_us += 60 * SECOND;
	elapsed_pass(&record.since_approval, &now);
	cr_expect_eq(asked(&permit, &record, 1, 1), PERMIT_OVER, "the wall clock stood still");
	memcpy(now.boot, "two", 3);
	now.boot_us = 0;
	elapsed_pass(&record.since_approval, &now);
	cr_expect_eq(asked(&permit, &record, 1, 1), PERMIT_OVER, "another boot");
}

Test(permit, is_checked_before_it_is_asked_for)
{
	const policy_minute now = half_past_two() - 60;
	struct permit permit = loaded(TEXT);
	struct err err = { 0 };

	cr_expect_eq(permit_check(&permit, now, &err), 0, "%s", err.text);
	cr_expect_eq(permit_check(&permit, half_past_two() + 120, &err), -ERANGE);
	permit.until = policy_minute_of(2027, 4, 1, 0, 0);
	cr_expect_eq(permit_check(&permit, now, &err), 0, "%s", err.text);
	permit.until++;
	cr_expect_eq(permit_check(&permit, now, &err), -ERANGE);
	cr_expect_not_null(strstr(err.text, "fiscal year"), "%s", err.text);
	permit.until = permit.from;
	cr_expect_eq(permit_check(&permit, now, &err), -ERANGE);
	permit = loaded(TEXT);
	strcpy(permit.purpose, "fun");
	cr_expect_eq(permit_check(&permit, now, &err), -EINVAL);
	cr_expect_eq(permit_check_approver(&permit, "sato", &err), -EPERM);
	cr_expect_eq(permit_check_approver(&permit, "yamada", &err), 0);
	strcpy(permit.requester, "ito");
	cr_expect_eq(permit_check_approver(&permit, "sato", &err), -EPERM, "who uses it");
}

static const char *const broken[] = {
	"permit {\n}\n",
	"permit A {\n    medium T-1\n}\n",
	"permit A {\n    medium T-1\n    medium T-1\n}\n",
	"permit A {\n    uses 100\n}\n",
	"permit A {\n    access all\n}\n",
	"permit A {\n    until tomorrow\n}\n",
	"permit ../A {\n    medium T-1\n    terminal T\n    user a\n    access read\n    uses 1\n"
	"    from 2026-12-25T14:30\n    until 2026-12-25T16:30\n}\n",
	TEXT TEXT,
	"",
};

ParameterizedTestParameters(permit, refuses)
{
	static size_t numbers[sizeof(broken) / sizeof(broken[0])];

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		numbers[i] = i;
	return cr_make_param_array(size_t, numbers, sizeof(broken) / sizeof(broken[0]));
}

ParameterizedTest(size_t *number, permit, refuses)
{
	const char *text = broken[*number];
	struct permit permit;
	struct diags diags = { 0 };

	cr_expect_lt(permit_load("p", text, strlen(text), &permit, NULL, &diags), 0, "%s", text);
	diags_done(&diags);
}

Test(permit, refuses_a_record_that_no_clock_wrote)
{
	static const char *const names[] = { "elapsed", "latest", "since", "span", "approved" };
	struct permit permit;
	struct permit_record record;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct diags diags = { 0 };
		char text[1024];

		(void)snprintf(text, sizeof(text),
			       TEXT "record {\n    stage approved\n    %s %s\n}\n", names[i],
			       "9223372036854775807");
		cr_expect_lt(permit_load("p", text, strlen(text), &permit, &record, &diags), 0,
			     "%s", names[i]);
		diags_done(&diags);
	}
}

#define HASH "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
#define VENDOR                                                                                           \
	"permit R8-T-0042-8 {\n    purpose maintenance\n    classification 1\n"                          \
	"    terminal T-0042\n    user sato\n    section tax\n    access vendor\n"                       \
	"    from 2026-12-25T14:30\n    until 2026-12-25T17:00\n    uses 2\n"                            \
	"    requester sato\n    company \"株式会社保守\"\n    contract K-12\n    worker 鈴木\n" \
	"    usb 0951:1666\n    serial 60A44C413FAE\n    expected \"" HASH " " HASH "\"\n}\n"

Test(permit, a_companys_medium_is_told_by_its_permit)
{
	struct permit permit = loaded(VENDOR);
	struct policy_device device = { .bus = BUS_USB,
					.vid = 0x0951,
					.pid = 0x1666,
					.classes = CLASS_STORAGE,
					.serial = "60A44C413FAE" };
	struct err err = { 0 };

	cr_expect_str_eq(permit.medium, "R8-T-0042-8");
	cr_expect_eq(permit_check(&permit, half_past_two(), &err), 0, "%s", err.text);
	cr_expect_eq(permit_is_for(&permit), PERMITS_VENDOR);
	cr_expect(permit_fits(&permit, &device));
	device.serial[0] = '7';
	cr_expect_not(permit_fits(&permit, &device));
	device = (struct policy_device){ 0 };
	cr_expect_not(permit_fits(&permit, &device));
}

struct wrong {
	size_t at; /* of a text in struct permit */
	const char *text;
};

#define WRONG(field, text)                                                                         \
	{                                                                                          \
		offsetof(struct permit, field), text                                               \
	}

Test(permit, a_companys_medium_is_for_a_day_and_known)
{
	static const struct wrong wrongs[] = {
		WRONG(company, ""),
		WRONG(contract, ""),
		WRONG(worker, ""),
		WRONG(usb, ""),
		WRONG(usb, "0951:166"),
		WRONG(usb, "0951:166G"),
		WRONG(serial, ""),
		WRONG(serial, "000000000000"),
		WRONG(medium, "T-0123"),
		WRONG(expected, "5891b5"),
		WRONG(expected, HASH "  " HASH),
		WRONG(expected, HASH "0"),
	};
	struct permit permit = loaded(VENDOR);
	struct err err = { 0 };

	permit.until = policy_minute_of(2026, 12, 26, 0, 0);
	cr_expect_eq(permit_check(&permit, half_past_two(), &err), 0, "%s", err.text);
	permit.until++;
	cr_expect_eq(permit_check(&permit, half_past_two(), &err), -ERANGE);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		permit = loaded(VENDOR);
		strcpy((char *)&permit + wrongs[i].at, wrongs[i].text);
		cr_expect_eq(permit_check(&permit, half_past_two(), &err), -EINVAL, "%s",
			     wrongs[i].text);
	}
	permit = loaded(TEXT);
	strcpy(permit.serial, "60A44C413FAE");
	cr_expect_eq(permit_check(&permit, half_past_two(), &err), -EINVAL, "a registered one");
}

Test(permit, what_a_device_calls_itself_is_kept_as_it_is)
{
	struct permit permit = loaded(VENDOR), again;
	struct diags diags = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	strcpy(permit.serial, "A\\xff\\\\ \"{}#");
	cr_assert_eq(permit_print(&permit, NULL, out), 0);
	(void)fclose(out);
	cr_assert_eq(permit_load("p", text, len, &again, NULL, &diags), 0, "%s", text);
	cr_assert_arr_eq(&permit, &again, sizeof(permit));
	free(text);
}
