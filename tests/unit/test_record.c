/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/record.h"
#include "audit/record_tables.h"
#include "core/err.h"

static const struct audit_field block_fields[] = {
	{ "reason", "not_registered" }, /* the order is the table's, not the caller's */
	{ "vid", "0781" },
	{ "pid", "5583" },
	{ "product", "Ultra \"Fit\"\\\n\xe2\x80\xae" },
	{ "diskseq", "7" },
	{ "user", "" },
};

static struct record make_record(const char *type, const struct audit_field *fields, size_t n)
{
	return (struct record){
		.seq = 123456,
		.wall_us = INT64_C(1795379467123456),
		.boot_us = 8123456,
		.boot = "7a06d5dd4ef9487f",
		.type = type,
		.uid = 0,
		.pid = 42,
		.fields = fields,
		.n_fields = n,
		.salt = { 0xfb, 0xff, 1 },
	};
}

static int write_fields(const struct audit_field *fields, size_t n, char *out, size_t *ret_len,
			struct err *err)
{
	struct record record = make_record("device.block", fields, n);

	return record_write(&record, out, ret_len, err);
}

Test(record, exact_bytes)
{
	char line[RECORD_MAX + 1];
	size_t len = 0;
	struct err err = { 0 };

	cr_assert_eq(write_fields(block_fields, 6, line, &len, &err), 0, "%s", err.text);
	cr_expect_str_eq(
		line,
		"{\"v\":1,\"seq\":123456,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":8123456,"
		"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"device.block\",\"by\":{\"uid\":0,"
		"\"pid\":42},\"vid\":\"0781\",\"pid\":\"5583\",\"product\":\"Ultra \\\"Fit\\\"\\\\"
		"\\u000a\\u202e\",\"diskseq\":7,\"reason\":\"not_registered\",\"n\":"
		"\"-_8BAAAAAAAAAAAAAAAAAA\"}");
	cr_expect_eq(len, strlen(line));
}

Test(record, what_was_written_is_scanned)
{
	char line[RECORD_MAX + 1];
	size_t len = 0;
	struct record_prefix prefix;
	struct err err = { 0 };

	cr_assert_eq(write_fields(block_fields, 6, line, &len, &err), 0, "%s", err.text);
	cr_assert_eq(record_scan(line, len, &prefix), 0);
	cr_expect_eq(prefix.seq, 123456);
	cr_expect_eq(prefix.wall_us, INT64_C(1795379467123456));
	cr_expect_eq(prefix.boot_us, 8123456);
	cr_expect_arr_eq(prefix.boot, "7a06d5dd4ef9487f", 16);
	cr_expect_eq(prefix.type_len, strlen("device.block"));
	cr_expect_arr_eq(prefix.type, "device.block", prefix.type_len);
}

static const struct refused {
	const char *says;
	struct audit_field fields[2];
	size_t n_fields;
} refused[] = {
	{ "no key 'colour'", { { "colour", "red" } }, 1 },
	{ "'vid' is given twice", { { "vid", "1" }, { "vid", "2" } }, 2 },
	{ "'wait' is not a number", { { "wait", "1.5" } }, 1 },
	{ "'wait' is not a number", { { "wait", "007" } }, 1 },
	{ "'wait' is not a number", { { "wait", "-0" } }, 1 },
	{ "'wait' is not a number", { { "wait", "--1" } }, 1 },
	{ "'wait' is not a number", { { "wait", "9007199254740993" } }, 1 },
	{ "'wait' is not a number", { { "wait", "" } }, 1 },
	{ "'user' is not UTF-8", { { "user", "a\xff" } }, 1 },
	{ "'user' is not UTF-8", { { "user", "\xc0\xaf" } }, 1 },
};

Test(record, refuses)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char line[RECORD_MAX + 1];
		size_t len = 0;
		struct err err = { 0 };

		cr_expect_eq(write_fields(refused[i].fields, refused[i].n_fields, line, &len, &err),
			     -EINVAL, "case %zu", i);
		cr_expect_not_null(strstr(err.text, refused[i].says), "case %zu said '%s'", i,
				   err.text);
	}
}

Test(record, refuses_an_unknown_type)
{
	struct record record = make_record("device.explode", NULL, 0);
	char line[RECORD_MAX + 1];
	size_t len = 0;
	struct err err = { 0 };

	cr_expect_eq(record_write(&record, line, &len, &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "device.explode"));
}

Test(record, numbers_up_to_two_to_the_53)
{
	static const char *const good[] = { "0", "-1", "9007199254740992", "-9007199254740992" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct audit_field field = { "offset", good[i] };
		char line[RECORD_MAX + 1];
		size_t len = 0;
		struct err err = { 0 };

		cr_expect_eq(write_fields(&field, 1, line, &len, &err), 0, "%s: %s", good[i],
			     err.text);
	}
}

/* A device must not be able to stay out of the log by what it says. */
Test(record, too_much_is_cut_never_refused)
{
	static const char *const nasty[] = { "\\", "\"", "\x01", "\xf3\xa0\x80\x81",
					     "\xe3\x81\x82" };
	static const char *const names[] = { "serial", "product", "vendor", "path", "detail" };

	for (size_t i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		struct audit_field fields[5];
		char value[3000] = "";
		char line[RECORD_MAX + 1];
		size_t len = 0;
		struct record_prefix prefix;
		struct err err = { 0 };

		while (strlen(value) + strlen(nasty[i]) < sizeof(value))
			strcat(value, nasty[i]);
		for (size_t k = 0; k < 5; k++)
			fields[k] = (struct audit_field){ names[k], value };
		cr_assert_eq(write_fields(fields, 5, line, &len, &err), 0, "case %zu: %s", i,
			     err.text);
		cr_expect_leq(len, RECORD_MAX);
		cr_expect_eq(record_scan(line, len, &prefix), 0);
		cr_expect(record_is_text(line, len));
		cr_expect_not_null(strstr(line, "\xe2\x80\xa6\""), "case %zu is not marked", i);
	}
}

/* An entry of every key, each as long and as bad as can be, is still an entry. */
Test(record, every_key_at_once_fits)
{
	struct audit_field fields[RECORD_KEYS];
	char value[3000] = "";
	char line[RECORD_MAX + 1];
	size_t len = 0;
	struct record_prefix prefix;
	struct err err = { 0 };

	cr_assert_lt(RECORD_KEYS, RECORD_FIELDS_MAX);
	while (strlen(value) + 4 < sizeof(value))
		strcat(value, "\xf3\xa0\x80\x81");
	for (size_t k = 0; k < RECORD_KEYS; k++)
		fields[k] =
			(struct audit_field){ record_keys[k].name,
					      record_keys[k].number ? "-9007199254740992" : value };
	cr_assert_eq(write_fields(fields, RECORD_KEYS, line, &len, &err), 0, "%s", err.text);
	cr_expect_eq(record_scan(line, len, &prefix), 0);
	cr_expect_not_null(strstr(line, "\"detail\":\"\\udb40\\udc01\u2026\",\"n\""), "%s", line);
}

static const char *const bad_lines[] = {
	"",
	"{}",
	"{\"v\":2,\"seq\":1,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",}",
	"{\"v\":1,\"seq\":01,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",}",
	"{\"v\":1,\"seq\":-1,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",}",
	"{\"v\":1,\"seq\":99999999999999999999,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",}",
	"{\"v\":1,\"seq\":1,\"t\":\"2026-13-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",}",
	"{\"v\":1,\"seq\":1,\"t\":\"2026-11-22 20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",}",
	"{\"v\":1,\"seq\":1,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7A06d5dd4ef9487f\",\"type\":\"log.start\",}",
	"{\"v\":1,\"seq\":1,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"\",}",
	"{\"v\":1,\"seq\":1,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\"}",
	"{\"v\":1,\"seq\":1,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",\"n\":\"\"",
	"{ \"v\":1,\"seq\":1,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",}",
};

Test(record, scan_refuses)
{
	for (size_t i = 0; i < sizeof(bad_lines) / sizeof(bad_lines[0]); i++) {
		struct record_prefix prefix;

		cr_expect_eq(record_scan(bad_lines[i], strlen(bad_lines[i]), &prefix), -EBADMSG,
			     "case %zu was accepted", i);
	}
}

Test(record, times_both_ways)
{
	static const int64_t moments[] = { 0, 951782400000000, 4107542399999999, 1709164800000001 };

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		char when[RECORD_TIME_LEN + 1];
		char line[256];
		struct record_prefix prefix;

		record_time_format(moments[i], when);
		(void)snprintf(line, sizeof(line),
			       "{\"v\":1,\"seq\":1,\"t\":\"%s\",\"bt\":1,"
			       "\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\",}",
			       when);
		cr_assert_eq(record_scan(line, strlen(line), &prefix), 0, "%s", when);
		cr_expect_eq(prefix.wall_us, moments[i], "%s", when);
	}
}

/* What people write, and what is a device's or a program's own. */
Test(record, personal_numbers_are_masked_in_prose_only)
{
	static const struct audit_field fields[] = {
		{ "serial", "123456789018" },
		{ "user", "123456789018" },
		{ "mount", "/media/123456789018" },
		{ "ticket", "1234-5678-9018" },
		{ "certificate", "123456789018" },
		{ "reason", "\uff11\uff12\uff13\uff14 5678 9018" },
		{ "detail", "no 123456789019" },
		{ "permit", "123456789018" },
		{ "purpose", "123456789018" },
		{ "carrier", "123456789018" },
		{ "destination", "123456789018" },
		{ "note", "123456789018" },
	};
	char line[RECORD_MAX + 1];
	size_t len = 0;
	struct err err = { 0 };

	cr_assert_eq(write_fields(fields, sizeof(fields) / sizeof(fields[0]), line, &len, &err), 0,
		     "%s", err.text);
	cr_expect_not_null(strstr(line, "\"serial\":\"123456789018\",\"permit\":\"123456789018\","
					"\"purpose\":\"************\",\"carrier\":\"************\","
					"\"destination\":\"************\","
					"\"mount\":\"/media/************\","
					"\"user\":\"123456789018\",\"ticket\":\"****-****-****\","
					"\"certificate\":\"************\","
					"\"note\":\"************\",\"reason\":\"**** **** ****\","
					"\"detail\":\"no 123456789019\",\"n\":"),
			   "%s", line);
}

/* Longer than a line, and cut in the middle of a character. */
Test(record, prose_of_any_length)
{
	static char text[3 * RECORD_MAX];
	char line[RECORD_MAX + 1];
	size_t len = 0;
	struct err err = { 0 };

	for (size_t shift = 0; shift < 3; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof(text); i += 3)
			memcpy(text + i, "\u3042", 4);
		cr_assert_eq(write_fields(&(struct audit_field){ "detail", text }, 1, line, &len,
					  &err),
			     0, "%s", err.text);
		cr_expect_not_null(strstr(line, "\u3042\u2026\",\"n\""), "%s", line);
	}
}
