/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_syslog.h"

#include "cli/log_print.h"
#include "cli/log_words.h"
#include "core/lang.h"
#include "core/text.h"

#include <inttypes.h>
#include <string.h>

#define FACILITY 13 /* log audit, RFC 5424 section 6.2.1 */
#define APP_NAME "sekisho"
#define MSGID_MAX 32
#define HOSTNAME_MAX 255
#define ORIGIN_HOST "sekisho.local/t/"

/* The number of an enterprise that documents may use (RFC 5612): sekisho has none of its own. */
#define SD_ID "sekisho@32473"
#define OTHER "entry_" /* see prefix_of() */

enum severity {
	SEVERITY_ERROR = 3,
	SEVERITY_WARNING = 4,
	SEVERITY_NOTICE = 5,
	SEVERITY_INFO = 6,
};

/* Others are notices. */
static const struct {
	const char *type;
	enum severity severity;
} severities[] = {
	{ "log.damaged", SEVERITY_ERROR },      { "log.lost", SEVERITY_ERROR },
	{ "log.ioerror", SEVERITY_ERROR },      { "log.full", SEVERITY_ERROR },
	{ "gate.tamper", SEVERITY_ERROR },      { "terminal.tamper", SEVERITY_ERROR },
	{ "device.block", SEVERITY_WARNING },   { "device.revoke", SEVERITY_WARNING },
	{ "medium.cut", SEVERITY_WARNING },     { "policy.observe", SEVERITY_WARNING },
	{ "policy.reject", SEVERITY_WARNING },  { "policy.expire", SEVERITY_WARNING },
	{ "order.reject", SEVERITY_WARNING },   { "log.recovered", SEVERITY_WARNING },
	{ "mfa.fail", SEVERITY_WARNING },       { "mfa.replay", SEVERITY_WARNING },
	{ "mfa.lock", SEVERITY_WARNING },       { "mfa.unavailable", SEVERITY_WARNING },
	{ "code.fail", SEVERITY_WARNING },      { "clock.drift", SEVERITY_WARNING },
	{ "clock.rollback", SEVERITY_WARNING }, { "clock.step", SEVERITY_WARNING },
	{ "media.lost", SEVERITY_WARNING },     { "media.missing", SEVERITY_WARNING },
	{ "media.mismatch", SEVERITY_WARNING }, { "register.reject", SEVERITY_WARNING },
	{ "permit.expire", SEVERITY_WARNING },  { "exception.declare", SEVERITY_WARNING },
	{ "log.heartbeat", SEVERITY_INFO },     { "log.epoch", SEVERITY_INFO },
};

static enum severity severity_of(const struct record_prefix *prefix)
{
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
		if (strlen(severities[i].type) == prefix->type_len &&
		    memcmp(severities[i].type, prefix->type, prefix->type_len) == 0)
			return severities[i].severity;
	}
	return SEVERITY_NOTICE;
}

/* The terminal's number out of the log's name: that is what tells one machine from another. */
static void put_hostname(const char *origin, FILE *out)
{
	const char *name = strncmp(origin, ORIGIN_HOST, strlen(ORIGIN_HOST)) == 0
				   ? origin + strlen(ORIGIN_HOST)
				   : origin;
	int len = (int)strcspn(name, "/");

	for (const char *at = name; at < name + len; at++) {
		if (*at <= ' ' || *at >= 0x7f)
			len = 0;
	}
	fprintf(out, "%.*s", len > HOSTNAME_MAX || len == 0 ? 1 : len, len ? name : "-");
}

/* PARAM-VALUE of section 6.3.3: three characters have a backslash before them. */
static void put_value(const char *text, FILE *out)
{
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\"\\]");
		char part[2 * RECORD_MAX];

		(void)snprintf(part, sizeof(part), "%.*s", (int)len, at);
		log_words_safe(part, out);
		at += len;
		if (*at)
			fprintf(out, "\\%c", *at++);
	}
}

/* Keys of the log are SD-NAMEs; a line that somebody wrote into may have others. */
static bool is_sd_name(const char *key)
{
	return *key && strlen(key) <= 32 &&
	       strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(key);
}

/* A name stands once in an element (section 6.3.2): an entry's own value of one of ours is its
 * other one. */
static const char *prefix_of(const char *key)
{
	static const char *const ours[] = { "leaf", "mark", "origin" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strcmp(key, ours[i]) == 0)
			return OTHER;
	}
	return "";
}

static void put_data(const struct log_marks *marks, const struct log_entry *entry,
		     const json_t *json, FILE *out)
{
	char leaf[NOTE_HASH_TEXT];
	const char *key;
	json_t *value;

	log_print_leaf(entry, leaf);
	fprintf(out, "[" SD_ID " seq=\"%" PRIu64 "\" leaf=\"", entry->seq);
	put_value(leaf, out);
	fprintf(out, "\" mark=\"%s\" origin=\"", log_mark_name(log_mark_of(marks, entry)));
	put_value(marks->origin, out);
	(void)fputc('"', out);
	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		if (strcmp(key, "v") == 0 || strcmp(key, "seq") == 0 || strcmp(key, "t") == 0 ||
		    strcmp(key, "type") == 0 || strcmp(key, "n") == 0 ||
		    strncmp(key, OTHER, strlen(OTHER)) == 0 || !is_sd_name(key))
			continue;
		if (json_is_integer(value)) {
			fprintf(out, " %s%s=\"%" JSON_INTEGER_FORMAT "\"", prefix_of(key), key,
				json_integer_value(value));
		} else if (json_is_string(value)) {
			fprintf(out, " %s%s=\"", prefix_of(key), key);
			put_value(json_string_value(value), out);
			(void)fputc('"', out);
		}
	}
	(void)fputc(']', out);
}

/* A line that is not an entry has no time, process or type of its own: "-" is RFC 5424's nothing.
 */
static void put_head(const struct log_marks *marks, const struct record_prefix *prefix,
		     const json_t *json, FILE *out)
{
	const json_t *pid = json_object_get(json_object_get(json, "by"), "pid");
	bool has_prefix = prefix->type && prefix->type_len <= MSGID_MAX;
	char when[RECORD_TIME_LEN + 1] = "-";

	if (has_prefix)
		record_time_format(prefix->wall_us, when);
	fprintf(out, "<%d>1 %s ",
		FACILITY * 8 + (int)(has_prefix ? severity_of(prefix) : SEVERITY_ERROR), when);
	put_hostname(marks->origin, out);
	if (has_prefix)
		fprintf(out, " " APP_NAME " %" JSON_INTEGER_FORMAT " %.*s ",
			json_integer_value(pid), (int)prefix->type_len, prefix->type);
	else
		(void)fputs(" " APP_NAME " - - ", out);
}

void log_syslog_print(const struct log_marks *marks, const struct log_entry *entry, FILE *out)
{
	json_auto_t *json = json_loads(entry->text, JSON_REJECT_DUPLICATES, NULL);
	struct record_prefix prefix = { 0 };

	if (json)
		(void)record_scan(entry->text, entry->len, &prefix);
	put_head(marks, &prefix, json, out);
	put_data(marks, entry, json, out);
	(void)fputs(" " TEXT_BYTE_ORDER_MARK, out); /* section 6.4: what follows is UTF-8 */
	if (prefix.type) {
		(void)fputs(log_words_summary(&prefix), out);
		log_words_details(json, out);
	} else {
		(void)fputs(
			entry->kind == LOG_ENTRY_REDACTED
				? tr("redacted")
				: tr("this line is not an entry; remedy: run sekisho log verify"),
			out);
	}
	(void)fputc('\n', out);
}
