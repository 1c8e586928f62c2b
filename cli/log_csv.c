/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_csv.h"

#include "audit/record.h"
#include "cli/csv.h"
#include "cli/log_print.h"
#include "cli/log_words.h"
#include "core/lang.h"
#include "core/text.h"

#include <inttypes.h>
#include <string.h>

/* The columns with a name of the log's; what else an entry holds is in the last but one. */
static const char *const columns[] = {
	"verdict", "vid",     "pid",   "serial", "vendor", "product", "port", "user",   "ruser",
	"rhost",   "service", "token", "result", "rule",   "policy",  "zone", "reason", "detail",
};

static bool has_column(const char *key)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (strcmp(columns[i], key) == 0)
			return true;
	}
	return false;
}

static void put_cell(const char *text, FILE *out)
{
	(void)fputs(csv_is_formula(text) ? ",\"'" : ",\"", out);
	log_words_escaped(text, "\"\"", out);
	(void)fputc('"', out);
}

static void put_value(const json_t *value, FILE *out)
{
	if (json_is_integer(value))
		fprintf(out, ",%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		put_cell(json_is_string(value) ? json_string_value(value) : "", out);
}

/* "key=value key=value" */
static void put_others(const json_t *json, FILE *out)
{
	const char *before = "";
	const char *key;
	json_t *value;

	(void)fputs(",\"", out);
	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		if (record_is_common_key(key) || has_column(key))
			continue;
		(void)fputs(*before == '\0' && csv_is_formula(key) ? "'" : before, out);
		log_words_escaped(key, "\"\"", out);
		(void)fputc('=', out);
		if (json_is_integer(value))
			fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		else
			log_words_escaped(json_is_string(value) ? json_string_value(value) : "",
					  "\"\"", out);
		before = " ";
	}
	(void)fputc('"', out);
}

void log_csv_begin(bool with_mark, FILE *out)
{
	(void)fputs(with_mark ? TEXT_BYTE_ORDER_MARK : "", out);
	(void)fputs("seq,utc,time,mark,type,event", out);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		fprintf(out, ",%s", columns[i]);
	(void)fputs(",other,leaf" CSV_EOL, out);
}

void log_csv_print(const struct log_marks *marks, const struct log_entry *entry, FILE *out)
{
	json_auto_t *json = json_loads(entry->text, JSON_REJECT_DUPLICATES, NULL);
	struct record_prefix prefix = { 0 };
	const char *event = tr("redacted");
	const char *type = "#red";
	char leaf[NOTE_HASH_TEXT];
	char cell[RECORD_MAX + 1];

	if (entry->kind == LOG_ENTRY_BROKEN ||
	    (entry->kind == LOG_ENTRY_WHOLE &&
	     (!json || record_scan(entry->text, entry->len, &prefix) < 0))) {
		event = tr("this line is not an entry; remedy: run sekisho log verify");
		type = "";
	}
	fprintf(out, "%" PRIu64, entry->seq);
	if (prefix.type) {
		(void)snprintf(cell, sizeof(cell), "%.*s", (int)prefix.type_len, prefix.type);
		type = cell;
		event = log_words_summary(&prefix);
		put_value(json_object_get(json, "t"), out);
		(void)fputc(',', out);
		log_words_time(prefix.wall_us, "%Y-%m-%d %H:%M:%S", out);
	} else {
		(void)fputs(",,", out);
	}
	put_cell(log_mark_words(log_mark_of(marks, entry)), out);
	put_cell(type, out);
	put_cell(event, out);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		put_value(json_object_get(json, columns[i]), out);
	put_others(json, out);
	log_print_leaf(entry, leaf);
	fprintf(out, ",\"%s\"" CSV_EOL, entry->kind == LOG_ENTRY_BROKEN ? "" : leaf);
}
