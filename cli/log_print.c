/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_print.h"

#include "audit/record.h"
#include "cli/cell.h"
#include "cli/log_csv.h"
#include "cli/log_syslog.h"
#include "cli/log_words.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define SUMMARY_WIDTH 20 /* columns */
#define REDACTED "#red "

static const char *const names[] = {
	[LOG_FORMAT_SHORT] = "short", [LOG_FORMAT_WIDE] = "wide",       [LOG_FORMAT_JSON] = "json",
	[LOG_FORMAT_CSV] = "csv",     [LOG_FORMAT_RFC5424] = "rfc5424",
};

int log_format_parse(const char *name, enum log_format *ret, struct err *err)
{
	for (enum log_format i = LOG_FORMAT_SHORT; i <= LOG_FORMAT_RFC5424; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret = i;
			return 0;
		}
	}
	return err_set(err, -EINVAL,
		       "'%s' is no form of output; remedy: short, wide, json, csv or rfc5424",
		       name);
}

void log_print_leaf(const struct log_entry *entry, char out[NOTE_HASH_TEXT])
{
	uint8_t hash[TREE_HASH_SIZE];

	if (entry->kind == LOG_ENTRY_REDACTED) {
		(void)snprintf(out, NOTE_HASH_TEXT, "%s", entry->text + strlen(REDACTED));
		return;
	}
	tree_leaf_hash(entry->text, entry->len, hash);
	(void)sodium_bin2base64(out, NOTE_HASH_TEXT, hash, sizeof(hash),
				sodium_base64_VARIANT_ORIGINAL);
}

static void print_sign(const struct log_printer *printer, const struct log_entry *entry)
{
	fprintf(printer->out, "%s ",
		log_mark_sign(&printer->marks, log_mark_of(&printer->marks, entry)));
}

static void print_redacted(const struct log_printer *printer, const struct log_entry *entry)
{
	print_sign(printer, entry);
	fprintf(printer->out, tr("entry was redacted; see log.redact  #%llu\n"),
		(unsigned long long)entry->seq);
}

static void print_short(const struct log_printer *printer, const struct log_entry *entry,
			const struct record_prefix *prefix, const json_t *json)
{
	print_sign(printer, entry);
	log_words_time(prefix->wall_us, "%Y-%m-%d %H:%M:%S  ", printer->out);
	cell_print(log_words_summary(prefix), SUMMARY_WIDTH, printer->out);
	log_words_details(json, printer->out);
	fprintf(printer->out, "  #%" PRIu64 "\n", prefix->seq);
}

static void print_values(const json_t *json, FILE *out)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		if (record_is_common_key(key))
			continue;
		(void)fputc(' ', out);
		log_words_safe(key, out);
		(void)fputc('=', out);
		if (json_is_integer(value))
			fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		else
			log_words_quoted(json_string_value(value), out);
	}
}

static void print_wide(const struct log_printer *printer, const struct log_entry *entry,
		       const struct record_prefix *prefix, const json_t *json)
{
	const json_t *by = json_object_get(json, "by");

	print_sign(printer, entry);
	log_words_time(prefix->wall_us, "%Y-%m-%d %H:%M:%S", printer->out);
	fprintf(printer->out, ".%06d", (int)(prefix->wall_us % CLOCK_US_PER_SEC));
	log_words_time(prefix->wall_us, " %z  ", printer->out);
	cell_print(log_words_summary(prefix), SUMMARY_WIDTH, printer->out);
	fprintf(printer->out, "  %.*s by=%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT,
		(int)prefix->type_len, prefix->type, json_integer_value(json_object_get(by, "uid")),
		json_integer_value(json_object_get(by, "pid")));
	print_values(json, printer->out);
	fprintf(printer->out, "  #%" PRIu64 "\n", prefix->seq);
}

static void print_words(const struct log_printer *printer, const struct log_entry *entry)
{
	json_auto_t *json = json_loads(entry->text, JSON_REJECT_DUPLICATES, NULL);
	struct record_prefix prefix;

	if (entry->kind == LOG_ENTRY_REDACTED)
		print_redacted(printer, entry);
	else if (!json || record_scan(entry->text, entry->len, &prefix) < 0)
		fprintf(printer->out, "%s\n",
			tr("?? this line is not an entry; remedy: run sekisho log verify"));
	else if (printer->format == LOG_FORMAT_WIDE)
		print_wide(printer, entry, &prefix, json);
	else
		print_short(printer, entry, &prefix, json);
}

/* To a program it is no entry, only text; null where that is no UTF-8. */
static void print_json_damaged(const struct log_entry *entry, FILE *out)
{
	json_auto_t *text = json_string(entry->text);

	fprintf(out, "{\"seq\":%" PRIu64 ",\"mark\":\"%s\",\"line\":", entry->seq,
		log_mark_name(LOG_MARK_DAMAGED));
	if (text)
		(void)json_dumpf(text, out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	else
		(void)fputs("null", out);
	(void)fputs("}\n", out);
}

/* Entries as they are; a redacted one, which has no line any more, as what is left of it. */
static void print_json(const struct log_printer *printer, const struct log_entry *entry)
{
	if (log_mark_of(&printer->marks, entry) == LOG_MARK_DAMAGED) {
		print_json_damaged(entry, printer->out);
		return;
	}
	if (entry->kind == LOG_ENTRY_REDACTED) {
		fprintf(printer->out, "{\"seq\":%" PRIu64 ",\"redacted\":\"", entry->seq);
		log_words_safe(entry->text + strlen(REDACTED), printer->out);
		(void)fputs("\"}\n", printer->out);
		return;
	}
	(void)fputs(entry->text, printer->out);
	(void)fputc('\n', printer->out);
}

void log_print_begin(const struct log_printer *printer)
{
	if (printer->format == LOG_FORMAT_CSV)
		log_csv_begin(printer->with_mark, printer->out);
}

void log_print_entry(const struct log_printer *printer, const struct log_entry *entry)
{
	switch (printer->format) {
	case LOG_FORMAT_SHORT:
	case LOG_FORMAT_WIDE:
		print_words(printer, entry);
		break;
	case LOG_FORMAT_JSON:
		print_json(printer, entry);
		break;
	case LOG_FORMAT_CSV:
		log_csv_print(&printer->marks, entry, printer->out);
		break;
	case LOG_FORMAT_RFC5424:
		log_syslog_print(&printer->marks, entry, printer->out);
		break;
	}
}
