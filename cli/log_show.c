/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_show.h"

#include "audit/record.h"
#include "cli/cell.h"
#include "cli/log_words.h"
#include "core/clock.h"
#include "core/lang.h"

#include <inttypes.h>
#include <string.h>

#define LABEL_WIDTH 16 /* columns */

static void label(const char *text, FILE *out)
{
	(void)fputs("  ", out);
	cell_print(text, LABEL_WIDTH, out);
}

static void print_when(const struct record_prefix *prefix, FILE *out)
{
	char utc[RECORD_TIME_LEN + 1];

	record_time_format(prefix->wall_us, utc);
	label(tr("when"), out);
	log_words_time(prefix->wall_us, "%Y-%m-%d %H:%M:%S %z", out);
	fprintf(out, " (%s)\n", utc);
	label(tr("since start"), out);
	fprintf(out, tr("%lld.%06d s, start %.*s\n"),
		(long long)(prefix->boot_us / CLOCK_US_PER_SEC),
		(int)(prefix->boot_us % CLOCK_US_PER_SEC), RECORD_BOOT_LEN, prefix->boot);
}

static void print_by(const json_t *by, FILE *out)
{
	label(tr("told by"), out);
	fprintf(out, tr("process %lld of user %lld\n"),
		(long long)json_integer_value(json_object_get(by, "pid")),
		(long long)json_integer_value(json_object_get(by, "uid")));
}

/* A word for programs, and behind it what it means. */
static void print_value(const char *key, const json_t *value, FILE *out)
{
	const char *text = json_string_value(value);

	label(key, out);
	if (json_is_integer(value)) {
		fprintf(out, "%" JSON_INTEGER_FORMAT "\n", json_integer_value(value));
		return;
	}
	log_words_safe(text ? text : "", out);
	if (text && *log_words_value(key, text) && log_words_value(key, text) != text)
		fprintf(out, " (%s)", log_words_value(key, text));
	(void)fputc('\n', out);
}

static void print_values(const json_t *json, FILE *out)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		if (!record_is_common_key(key))
			print_value(key, value, out);
	}
}

/* Which rule of which policy, and how to ask it again. */
static void print_why(const struct log_entry *entry, const json_t *json, FILE *out)
{
	const char *rule = json_string_value(json_object_get(json, "rule"));
	const char *reason = json_string_value(json_object_get(json, "reason"));

	if (!json_string_value(json_object_get(json, "verdict")))
		return;
	label(tr("why"), out);
	if (rule && strcmp(rule, "default") != 0) {
		fputs(tr("rule "), out);
		log_words_safe(rule, out);
	} else {
		fputs(tr("no rule opens it"), out);
	}
	if (reason && *log_words_value("reason", reason)) {
		fputs(": ", out);
		log_words_safe(log_words_value("reason", reason), out);
	}
	fprintf(out, "\n");
	label(tr("ask again"), out);
	fprintf(out, "sekisho log show %" PRIu64 " --json | sekisho policy explain --saved -\n",
		entry->seq);
}

static void print_place(const struct log_printer *printer, const struct log_entry *entry,
			const char *dir)
{
	char name[SEGMENT_NAME_LEN + 1];
	char leaf[NOTE_HASH_TEXT];

	log_print_leaf(entry, leaf);
	label(tr("leaf"), printer->out);
	log_words_safe(leaf, printer->out);
	(void)fputc('\n', printer->out);
	segment_name_format(entry->segment, name);
	label(tr("where"), printer->out);
	fprintf(printer->out, tr("%s/%s, byte %llu\n"), dir, name,
		(unsigned long long)entry->offset);
	label(tr("state"), printer->out);
	fprintf(printer->out, "%s %s\n",
		log_mark_sign(&printer->marks, log_mark_of(&printer->marks, entry)),
		log_mark_words(log_mark_of(&printer->marks, entry)));
}

void log_show_print(const struct log_printer *printer, const struct log_entry *entry,
		    const char *dir)
{
	json_auto_t *json = json_loads(entry->text, JSON_REJECT_DUPLICATES, NULL);
	struct record_prefix prefix;
	FILE *out = printer->out;

	if (entry->kind != LOG_ENTRY_WHOLE || !json ||
	    record_scan(entry->text, entry->len, &prefix) < 0) {
		log_print_entry(printer, entry);
		print_place(printer, entry, dir);
		return;
	}
	fprintf(out, "#%" PRIu64 "  %s  (%.*s)\n", entry->seq, log_words_summary(&prefix),
		(int)prefix.type_len, prefix.type);
	print_when(&prefix, out);
	print_by(json_object_get(json, "by"), out);
	print_values(json, out);
	print_why(entry, json, out);
	print_place(printer, entry, dir);
}
