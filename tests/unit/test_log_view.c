/* SPDX-License-Identifier: Apache-2.0 */

/* The forms in which `sekisho log` shows an entry, whatever is written in it. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/log_print.h"
#include "cli/log_show.h"

#define PREFIX                                                                                     \
	"{\"v\":1,\"seq\":7,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"                       \
	"\"boot\":\"7a06d5dd4ef9487f\",\"type\":"

static void use_utc(void)
{
	(void)setenv("TZ", "UTC", 1);
	tzset();
}

TestSuite(log_view, .init = use_utc);

#define BLOCK                                                                                      \
	PREFIX "\"device.block\",\"by\":{\"uid\":0,\"pid\":1},\"vid\":\"0781\",\"pid\":\"5583\","  \
	       "\"product\":\"Ultra \\\\x1b\",\"port\":\"1-4\",\"path\":\"/devices/x\",\"rule\":"  \
	       "\"default\",\"reason\":\"not_registered\",\"n\":\"\"}"
#define FAIL                                                                                       \
	PREFIX "\"mfa.fail\",\"by\":{\"uid\":0,\"pid\":1},\"user\":\"=alice\\\"]\",\"rhost\":"     \
	       "\"\uff1d1+1\",\"result\":\"wrong\",\"wait\":30,\"n\":\"\"}"
#define HOSTILE                                                                                    \
	PREFIX "\"admin.action\",\"by\":{\"uid\":0,\"pid\":1},\"detail\":"                         \
	       "\"a\\u001b[2J\\u202eb\\u000ac\",\"n\":\"\"}"
#define PERMIT                                                                                     \
	PREFIX "\"permit.approve\",\"by\":{\"uid\":0,\"pid\":1},\"medium_number\":\"T-1\","        \
	       "\"section\":"                                                                      \
	       "\"tax\",\"permit\":\"R8-1\",\"access\":\"write\",\"purpose\":\"tax\",\"uses\":2,"  \
	       "\"user\":"                                                                         \
	       "\"sato\",\"approver\":\"ito\",\"n\":\"\"}"
#define LOST                                                                                       \
	PREFIX "\"media.lost\",\"by\":{\"uid\":0,\"pid\":1},\"medium_number\":\"T-1\",\"state\":"  \
	       "\"lost\",\"noticed\":\"2026-11-22T09:00\",\"n\":\"\"}"
#define REDACT                                                                                     \
	PREFIX "\"log.redact\",\"by\":{\"uid\":0,\"pid\":1},\"seq_of\":3,\"leaf\":\"AAAA\","       \
	       "\"mark\":"                                                                         \
	       "\"x\",\"entry_leaf\":\"y\",\"n\":\"\"}"
#define TWICE PREFIX "\"admin.action\",\"detail\":\"a\",\"detail\":\"b\",\"n\":\"\"}"
#define NO_ENTRY "?? this line is not an entry; remedy: run sekisho log verify\n"
#define RED "#red AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const struct shown {
	enum log_format format;
	enum log_entry_kind kind;
	const char *line;
	const char *text; /* up to the leaf hash, which "L" stands for */
} shown[] = {
	{ LOG_FORMAT_SHORT, LOG_ENTRY_WHOLE, BLOCK,
	  "+ 2026-11-22 20:31:07  device BLOCKED        0781:5583  Ultra \\x1b  port 1-4  "
	  "rule default  not registered  #7\n" },
	{ LOG_FORMAT_SHORT, LOG_ENTRY_WHOLE, FAIL,
	  "+ 2026-11-22 20:31:07  code WRONG            =alice\"]  from \uff1d1+1  seconds to wait "
	  "30  #7\n" },
	{ LOG_FORMAT_SHORT, LOG_ENTRY_WHOLE, HOSTILE,
	  "+ 2026-11-22 20:31:07  administration        a?[2J?b?c  #7\n" },
	/* A word of one key says nothing under another. */
	{ LOG_FORMAT_SHORT, LOG_ENTRY_WHOLE, PERMIT,
	  "+ 2026-11-22 20:31:07  permit approved       medium no. T-1  permit R8-1  to read and "
	  "write  sato  tax data  section tax  uses 2  approved by ito  #7\n" },
	{ LOG_FORMAT_RFC5424, LOG_ENTRY_WHOLE, LOST,
	  "<108>1 2026-11-22T20:31:07.123456Z T-0042 sekisho 1 media.lost [sekisho@32473 seq=\"7\" "
	  "leaf=\"L\" mark=\"closed\" origin=\"sekisho.local/t/T-0042/00\" bt=\"1\" "
	  "boot=\"7a06d5dd4ef9487f\" medium_number=\"T-1\" state=\"lost\" "
	  "noticed=\"2026-11-22T09:00\"] \xef\xbb\xbf"
	  "medium reported LOST  medium no. T-1  reported lost  noticed 2026-11-22T09:00\n" },
	{ LOG_FORMAT_SHORT, LOG_ENTRY_WHOLE, TWICE, NO_ENTRY },
	{ LOG_FORMAT_SHORT, LOG_ENTRY_BROKEN, "\x1b[2Jx", NO_ENTRY },
	{ LOG_FORMAT_SHORT, LOG_ENTRY_REDACTED, RED, "+ entry was redacted; see log.redact  #7\n" },
	{ LOG_FORMAT_WIDE, LOG_ENTRY_WHOLE, FAIL,
	  "+ 2026-11-22 20:31:07.123456 +0000  code WRONG            mfa.fail by=0:1 "
	  "user=\"=alice\\\"]\" rhost=\uff1d1+1 result=wrong wait=30  #7\n" },
	{ LOG_FORMAT_WIDE, LOG_ENTRY_WHOLE, HOSTILE,
	  "+ 2026-11-22 20:31:07.123456 +0000  administration        admin.action by=0:1 "
	  "detail=a?[2J?b?c  #7\n" },
	{ LOG_FORMAT_JSON, LOG_ENTRY_WHOLE, BLOCK, BLOCK "\n" },
	{ LOG_FORMAT_JSON, LOG_ENTRY_REDACTED, RED,
	  "{\"seq\":7,\"redacted\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}\n" },
	{ LOG_FORMAT_CSV, LOG_ENTRY_WHOLE, FAIL,
	  "7,\"2026-11-22T20:31:07.123456Z\",2026-11-22 20:31:07,\"signed, epoch closed\","
	  "\"mfa.fail\",\"code WRONG\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"'=alice\"\"]\",\"\","
	  "\"'\uff1d1+1\",\"\",\"\",\"wrong\",\"\",\"\",\"\",\"\",\"\",\"wait=30\",\"L\"\r\n" },
	{ LOG_FORMAT_CSV, LOG_ENTRY_BROKEN, "=1+1,\r\n",
	  "7,,,\"DAMAGED: not proven to be what was signed\",\"\",\"this line is not an entry; "
	  "remedy: run sekisho log "
	  "verify\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\","
	  "\"\","
	  "\"\",\"\",\"\",\"\"\r\n" },
	{ LOG_FORMAT_RFC5424, LOG_ENTRY_WHOLE, FAIL,
	  "<108>1 2026-11-22T20:31:07.123456Z T-0042 sekisho 1 mfa.fail [sekisho@32473 seq=\"7\" "
	  "leaf=\"L\" mark=\"closed\" origin=\"sekisho.local/t/T-0042/00\" bt=\"1\" "
	  "boot=\"7a06d5dd4ef9487f\" user=\"=alice\\\"\\]\" rhost=\"\uff1d1+1\" result=\"wrong\" "
	  "wait=\"30\"] \xef\xbb\xbf"
	  "code WRONG  =alice\"]  from \uff1d1+1  seconds to wait 30\n" },
	/* No name twice in an element. */
	{ LOG_FORMAT_RFC5424, LOG_ENTRY_WHOLE, REDACT,
	  "<109>1 2026-11-22T20:31:07.123456Z T-0042 sekisho 1 log.redact [sekisho@32473 seq=\"7\" "
	  "leaf=\"L\" mark=\"closed\" origin=\"sekisho.local/t/T-0042/00\" bt=\"1\" "
	  "boot=\"7a06d5dd4ef9487f\" seq_of=\"3\" entry_leaf=\"AAAA\" entry_mark=\"x\"] "
	  "\xef\xbb\xbf"
	  "entry to be BLACKED OUT  entry 3\n" },
	{ LOG_FORMAT_JSON, LOG_ENTRY_BROKEN, "{\"seq\":1}\x1b",
	  "{\"seq\":7,\"mark\":\"damaged\",\"line\":\"{\\\"seq\\\":1}\\u001B\"}\n" },
	{ LOG_FORMAT_JSON, LOG_ENTRY_BROKEN, "\xff",
	  "{\"seq\":7,\"mark\":\"damaged\",\"line\":null}\n" },
	{ LOG_FORMAT_RFC5424, LOG_ENTRY_BROKEN, "x",
	  "<107>1 - T-0042 sekisho - - [sekisho@32473 seq=\"7\" leaf=\"L\" mark=\"damaged\" "
	  "origin=\"sekisho.local/t/T-0042/00\"] \xef\xbb\xbf"
	  "this line is not an entry; remedy: run sekisho log verify\n" },
};

static struct log_entry entry_of(enum log_entry_kind kind, const char *line)
{
	return (struct log_entry){
		.kind = kind, .text = line, .len = strlen(line), .seq = 7, .is_proven = true
	};
}

static const struct log_marks closed = {
	.is_checked = true,
	.closed_end = 8,
	.signed_end = 9,
	.is_ascii = true,
	.origin = "sekisho.local/t/T-0042/00",
};

/* What is expected, with the leaf hash for the letter that stands for it. */
static const char *expected_of(const struct shown *one, const struct log_entry *entry)
{
	static char text[4096];
	const char *place = strstr(one->text, "\"L\"");
	char leaf[NOTE_HASH_TEXT];

	if (!place)
		return one->text;
	log_print_leaf(entry, leaf);
	(void)snprintf(text, sizeof(text), "%.*s\"%s%s", (int)(place - one->text), one->text, leaf,
		       place + 2);
	return text;
}

Test(log_view, forms)
{
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		struct log_entry entry = entry_of(shown[i].kind, shown[i].line);
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		struct log_printer printer = { .format = shown[i].format,
					       .marks = closed,
					       .out = out };

		log_print_entry(&printer, &entry);
		(void)fclose(out);
		cr_expect_str_eq(text, expected_of(&shown[i], &entry), "case %zu: %s", i, text);
		free(text);
	}
}

static const struct formula {
	const char *value;
	bool is_formula;
} formulas[] = {
	{ "=1", true },
	{ "+1", true },
	{ "-1", true },
	{ "@x", true },
	{ "  =1", true },
	{ "\u3000=1", true },
	{ "\uff1d1", true },
	{ "\uff0b1", true },
	{ "\uff0d1", true },
	{ "\uff201", true },
	{ "\u22121", true },
	{ "\\t=1", true },
	{ "\\r=1", true },
	{ "|x", true },
	{ "%x", true },
	{ "a=1", false },
	{ "1-4", false },
	{ "", false },
	{ "\u4ee4\u548c8", false },
};

Test(log_view, no_cell_is_a_formula)
{
	for (size_t i = 0; i < sizeof(formulas) / sizeof(formulas[0]); i++) {
		struct log_printer printer = { .format = LOG_FORMAT_CSV, .marks = closed };
		char line[256];
		struct log_entry entry;
		char *text = NULL;
		size_t len = 0;

		(void)snprintf(line, sizeof(line),
			       PREFIX "\"mfa.fail\",\"user\":\"%s\",\"n\":\"\"}",
			       formulas[i].value);
		entry = entry_of(LOG_ENTRY_WHOLE, line);
		printer.out = open_memstream(&text, &len);
		log_print_entry(&printer, &entry);
		(void)fclose(printer.out);
		cr_expect_eq(strstr(text, "\"'") != NULL, formulas[i].is_formula, "case %zu: %s", i,
			     text);
		free(text);
	}
}

Test(log_view, byte_order_mark_only_when_asked_for)
{
	for (int with = 0; with < 2; with++) {
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		struct log_printer printer = { .format = LOG_FORMAT_CSV,
					       .with_mark = with,
					       .out = out };

		log_print_begin(&printer);
		(void)fclose(out);
		cr_expect_eq(strncmp(text, "\xef\xbb\xbf", 3) == 0, with == 1);
		cr_expect_not_null(strstr(text, "seq,utc,time,mark,"));
		free(text);
	}
}

static enum log_mark mark_of(const struct log_marks *marks, uint64_t seq, bool is_proven)
{
	struct log_entry entry = { .kind = LOG_ENTRY_WHOLE, .seq = seq, .is_proven = is_proven };

	return log_mark_of(marks, &entry);
}

Test(log_view, marks)
{
	struct log_marks marks = closed;

	cr_expect_eq(mark_of(&marks, 7, true), LOG_MARK_CLOSED);
	cr_expect_eq(mark_of(&marks, 8, true), LOG_MARK_SIGNED);
	cr_expect_eq(mark_of(&marks, 9, true), LOG_MARK_OPEN);
	for (uint64_t seq = 7; seq < 10; seq++)
		cr_expect_eq(mark_of(&marks, seq, false), LOG_MARK_DAMAGED);
	marks.is_checked = false;
	for (uint64_t seq = 7; seq < 10; seq++)
		cr_expect_eq(mark_of(&marks, seq, true), LOG_MARK_UNKNOWN);
	cr_expect_str_eq(log_mark_sign(&marks, LOG_MARK_UNKNOWN), "?");
	marks.is_ascii = false;
	cr_expect_str_eq(log_mark_sign(&marks, LOG_MARK_CLOSED), "\u2713");
}

Test(log_view, all_about_one)
{
	struct log_entry entry = entry_of(LOG_ENTRY_WHOLE, BLOCK);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct log_printer printer = { .marks = closed, .out = out };

	log_show_print(&printer, &entry, "/x");
	(void)fclose(out);
	cr_expect_not_null(strstr(text, "#7  device BLOCKED  (device.block)\n"), "%s", text);
	cr_expect_not_null(strstr(text, "reason          not_registered (not registered)\n"), "%s",
			   text);
	cr_expect_not_null(strstr(text, "state           + signed, epoch closed\n"), "%s", text);
	cr_expect_not_null(strstr(text, "/x/seg-000000000000.jsonl, byte 0\n"), "%s", text);
	free(text);
}
