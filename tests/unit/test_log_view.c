/* SPDX-License-Identifier: Apache-2.0 */

/* What `sekisho log` chooses and how it says it. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "audit/writer.h"
#include "cli/log_time.h"
#include "cli/log_view.h"
#include "core/err.h"
#include "support/folder.h"

#define PREFIX                                                                                     \
	"{\"v\":1,\"seq\":7,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"                       \
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":"

static void use_utc(void)
{
	(void)setenv("TZ", "UTC", 1);
	tzset();
}

TestSuite(log_view, .init = use_utc);

static const struct shown {
	const char *line;
	const char *words;
} shown[] = {
	{ PREFIX "\"device.block\",\"by\":{\"uid\":0,\"pid\":1},\"vid\":\"0781\",\"pid\":\"5583\","
		 "\"product\":\"Ultra \\\\x1b\",\"port\":\"1-4\",\"path\":\"/devices/x\",\"rule\":"
		 "\"default\",\"reason\":\"not_registered\",\"n\":\"\"}",
	  "2026-11-22 20:31:07  device BLOCKED        0781:5583  Ultra \\x1b  port 1-4  "
	  "rule default  not registered  #7\n" },
	{ PREFIX "\"mfa.fail\",\"user\":\"alice\",\"rhost\":\"10.0.0.1\",\"result\":\"wrong\","
		 "\"wait\":30,\"n\":\"\"}",
	  "2026-11-22 20:31:07  code WRONG            alice  from 10.0.0.1  seconds to wait 30  "
	  "#7\n" },
	{ PREFIX "\"admin.action\",\"detail\":\"a\\u001b[2J\\u202eb\",\"n\":\"\"}",
	  "2026-11-22 20:31:07  administration        a?[2J?b  #7\n" },
	{ PREFIX "\"admin.action\",\"detail\":\"a\",\"detail\":\"b\",\"n\":\"\"}",
	  "?? this line is not an entry; remedy: run sekisho log verify\n" },
	{ "\x1b[2Jx", "?? this line is not an entry; remedy: run sekisho log verify\n" },
};

Test(log_view, in_words)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);

		log_view_print(shown[i].line, out);
		(void)fclose(out);
		cr_expect_str_eq(text, shown[i].words, "case %zu: %s", i, text);
		free(text);
	}
}

static const struct moment {
	const char *text;
	int64_t sec; /* -1: refused */
} moments[] = {
	{ "2026-11-22", 1795305600 },
	{ "2026-11-22 20:31", 1795379460 },
	{ "2026-11-22T20:31:07", 1795379467 },
	{ "today", 1795305600 },
	{ "yesterday", 1795219200 },
	{ "-2h", 1795379467 - 7200 },
	{ "-7d", 1795379467 - 7 * 86400 },
	{ "", -1 },
	{ "-", -1 },
	{ "-h", -1 },
	{ "-2y", -1 },
	{ "--2h", -1 },
	{ "2026-11-22x", -1 },
	{ "2026-13-01", -1 },
	{ "tomorrow", -1 },
};

Test(log_view, moments)
{
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		int64_t us = -1;
		struct err err = { 0 };
		int rc = log_time_parse(moments[i].text, INT64_C(1795379467000000), &us, &err);

		cr_expect_eq(rc, moments[i].sec < 0 ? -EINVAL : 0, "'%s'", moments[i].text);
		cr_expect(rc < 0 || us == moments[i].sec * 1000000, "'%s' is %lld", moments[i].text,
			  (long long)us);
	}
}

static char dir[64];

static int64_t minutes;

/* Each entry a minute after the one before. */
static int64_t slow_wall(void *ctx)
{
	(void)ctx;
	return minutes++ * 60 * CLOCK_US_PER_SEC;
}

static void add(struct writer *writer, const char *type, const char *user)
{
	const struct audit_field field = { "user", user };
	struct record event = { .type = type, .fields = &field, .n_fields = 1 };
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_add(writer, &event, &seq, &err), 0, "%s", err.text);
	cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
}

static void write_log(void)
{
	cleanup_writer struct writer *writer = NULL;
	struct err err = { 0 };
	struct writer_options options = {
		.dir = dir, .terminal_id = "test", .segment_max = 500, .clock = clock_system()
	};

	options.clock.wall_us = slow_wall;
	strcpy(dir, "/tmp/sekisho-view-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(writer_open(&options, &writer, &err), 0, "%s", err.text);
	add(writer, "mfa.fail", "alice");
	add(writer, "mfa.success", "alice");
	add(writer, "mfa.success", "bob");
	add(writer, "device.block", "");
	add(writer, "token.enroll", "alice");
}

static void note_seq(const char *line, void *ctx)
{
	char *seqs = ctx;

	(void)strncat(seqs, strstr(line, "\"seq\":") + 6, 1);
}

static void expect_chosen(struct log_filter filter, const char *expected)
{
	char seqs[64] = "";
	struct err err = { 0 };

	cr_assert_eq(log_view_read(dir, &filter, note_seq, seqs, &err), 0, "%s", err.text);
	cr_expect_str_eq(seqs, expected);
}

Test(log_view, chosen)
{
	const struct log_filter all = { .since_us = INT64_MIN, .until_us = INT64_MAX };
	struct log_filter filter;

	write_log();
	expect_chosen(all, "01234");
	filter = all;
	filter.newest = 2;
	expect_chosen(filter, "34");
	filter.newest = 9;
	expect_chosen(filter, "01234");
	filter = all;
	filter.type = "mfa";
	expect_chosen(filter, "012");
	filter.type = "mfa.success";
	expect_chosen(filter, "12");
	filter.type = "mf";
	expect_chosen(filter, "");
	filter = all;
	filter.user = "alice";
	expect_chosen(filter, "014");
	filter.newest = 1;
	expect_chosen(filter, "4");
	filter = all;
	filter.since_us = 60 * CLOCK_US_PER_SEC;
	filter.until_us = 180 * CLOCK_US_PER_SEC;
	expect_chosen(filter, "123");
	folder_remove(dir);
}
