/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_view.h"

#include "audit/record.h"
#include "core/clock.h"
#include "core/lang.h"
#include "core/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define SUMMARY_WIDTH 20 /* columns */
#define TIME_SIZE 32

/* What stands after the summary, in this order; a label of "" means the value alone. */
static const struct detail {
	const char *key;
	const char *label;
} details[] = {
	{ "product", "" },
	{ "serial", N_("serial") },
	{ "port", N_("port") },
	{ "classes", "" },
	{ "node", "" },
	{ "user", "" },
	{ "ruser", N_("by") },
	{ "service", "" },
	{ "tty", "" },
	{ "rhost", N_("from") },
	{ "result", "" },
	{ "token", N_("token") },
	{ "rule", N_("rule") },
	{ "policy", N_("policy") },
	{ "version", N_("version") },
	{ "signer", N_("signed by") },
	{ "terminal", N_("terminal") },
	{ "zone", N_("zone") },
	{ "order", N_("order") },
	{ "ticket", N_("ticket") },
	{ "certificate", N_("erase certificate") },
	{ "action", "" },
	{ "path", "" },
	{ "found", N_("found") },
	{ "expected", N_("expected") },
	{ "count", N_("entries") },
	{ "bytes", N_("bytes") },
	{ "offset", N_("byte") },
	{ "wait", N_("seconds to wait") },
	{ "reason", "" },
	{ "detail", "" },
};

/* Words of the log that are made for programs; "" where the summary says it already. */
static const struct word {
	const char *word;
	const char *text;
} words[] = {
	{ "accepted", "" },
	{ "wrong", "" },
	{ "used", "" },
	{ "locked", "" },
	{ "unavailable", "" },
	{ "not_required", "" },
	{ "not_enrolled", N_("has no token") },
	{ "clock", N_("the clock cannot be right") },
	{ "not_registered", N_("not registered") },
	{ "kind_denied", N_("this kind is denied") },
	{ "expired", N_("expired") },
	{ "policy_invalid", N_("no policy is in force") },
	{ "policy_expired", N_("the policy has expired") },
	{ "log_unavailable", N_("the log took no entry") },
	{ "gate_shut", N_("its gate was shut") },
	{ "zone_mismatch", N_("wrong zone") },
	{ "clock_invalid", N_("the clock cannot be right") },
};

static const char *in_words(const char *value)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, value) == 0)
			return *words[i].text ? tr(words[i].text) : "";
	}
	return value;
}

/*
 * Foreign text was escaped before it was logged, with doubled backslashes; a
 * second doubling would only hide it.  What could still hurt a terminal, in a
 * log that somebody wrote into, is shown as a question mark.
 */
static void print_safely(FILE *out, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t n = text_next(text + i, len - i, &c);

		if (n == 0 || text_is_unsafe(c))
			fputc('?', out);
		else
			(void)fwrite(text + i, 1, n, out);
		i += n ? n : 1;
	}
}

static void print_time(FILE *out, int64_t wall_us)
{
	time_t sec = wall_us / CLOCK_US_PER_SEC;
	char text[TIME_SIZE] = "";
	struct tm tm;

	if (localtime_r(&sec, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(out, "%s  ", text);
}

static void print_summary(FILE *out, const struct record_prefix *prefix)
{
	const struct record_type *type = record_type_find(prefix->type, prefix->type_len);
	const char *text = type ? tr(type->summary) : "?";
	size_t width = text_width(text);

	fprintf(out, "%s%*s", text, (int)(width < SUMMARY_WIDTH ? SUMMARY_WIDTH - width : 0), "");
}

static void print_detail(FILE *out, const struct detail *detail, const json_t *value)
{
	const char *text = json_is_string(value) ? in_words(json_string_value(value)) : "";

	if (!json_is_integer(value) && !*text)
		return;
	fputs("  ", out);
	if (*detail->label)
		fprintf(out, "%s ", tr(detail->label));
	if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		print_safely(out, text);
}

/* The port says all that the long path of a device does. */
static void print_details(FILE *out, const json_t *entry)
{
	bool has_port = json_object_get(entry, "port") != NULL;

	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		if (!has_port || strcmp(details[i].key, "path") != 0)
			print_detail(out, &details[i], json_object_get(entry, details[i].key));
	}
}

void log_view_print(const char *line, FILE *out)
{
	json_auto_t *entry = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	struct record_prefix prefix;
	const char *vid;
	const char *pid;

	if (!entry || record_scan(line, strlen(line), &prefix) < 0) {
		fprintf(out, "%s\n",
			tr("?? this line is not an entry; remedy: run sekisho log verify"));
		return;
	}
	print_time(out, prefix.wall_us);
	print_summary(out, &prefix);
	vid = json_string_value(json_object_get(entry, "vid"));
	pid = json_string_value(json_object_get(entry, "pid"));
	if (vid && pid) {
		fputs("  ", out);
		print_safely(out, vid);
		fputc(':', out);
		print_safely(out, pid);
	}
	print_details(out, entry);
	fprintf(out, "  #%" PRIu64 "\n", prefix.seq);
}
