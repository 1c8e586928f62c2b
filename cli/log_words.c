/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_words.h"

#include "core/clock.h"
#include "core/lang.h"
#include "core/text.h"

#include <string.h>

#define TIME_SIZE 64

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
	{ "medium_number", N_("medium no.") },
	{ "kind", "" },
	{ "model", "" },
	{ "encryption", "" },
	{ "unlocked", N_("unlocked") },
	{ "permit", N_("permit") },
	{ "permit_user", N_("permit for") },
	{ "access", "" },
	{ "state", "" },
	{ "user", "" },
	{ "ruser", N_("by") },
	{ "service", "" },
	{ "tty", "" },
	{ "rhost", N_("from") },
	{ "exceptions", N_("exception") },
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
	{ "purpose", "" },
	{ "classification", N_("classification") },
	{ "section", N_("section") },
	{ "from", N_("begins") },
	{ "until", N_("ends") },
	{ "uses", N_("uses") },
	{ "used", N_("used") },
	{ "holder", N_("held by") },
	{ "due", N_("due back") },
	{ "carrier", N_("carried") },
	{ "destination", N_("to") },
	{ "requester", N_("asked for by") },
	{ "erased_by", N_("erasure confirmed by") },
	{ "noticed", N_("noticed") },
	{ "method", N_("method") },
	{ "company", N_("company") },
	{ "contract", N_("contract") },
	{ "worker", N_("worker") },
	{ "subcontract", N_("subcontractor") },
	{ "scan", N_("scan record") },
	{ "cipher", N_("cipher") },
	{ "key_bits", N_("key bits") },
	{ "kdf", N_("key derivation") },
	{ "action", "" },
	{ "path", "" },
	{ "found", N_("found") },
	{ "expected", N_("expected") },
	{ "count", N_("entries") },
	{ "tpm_counter", N_("starts counted by the TPM") },
	{ "bytes", N_("bytes") },
	{ "files", N_("files") },
	{ "matching", N_("as expected") },
	{ "changed", N_("CHANGED") },
	{ "missing", N_("MISSING") },
	{ "extra", N_("not expected") },
	{ "manifest", N_("SHA-256 of all") },
	{ "sha256", N_("SHA-256") },
	{ "offset", N_("byte") },
	{ "epoch", N_("epoch") },
	{ "first", N_("first entry that stays") },
	{ "seq_of", N_("entry") },
	{ "approver", N_("approved by") },
	{ "note", "" },
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
	{ "no_permit", N_("no permit holds") },
	{ "count_over", N_("used as often as was permitted") },
	{ "user_mismatch", N_("for another person") },
	{ "terminal_mismatch", N_("for another terminal") },
	{ "not_encrypted", N_("not encrypted") },
	{ "not_witnessed", N_("its witness has given no code") },
	{ "not_expected", N_("NOT WHAT WAS ANNOUNCED is on it") },
	{ "as_expected", N_("all as announced") },
	{ "more_than_expected", N_("MORE than was announced") },
	{ "mismatch", N_("DOES NOT FIT the register") },
	{ "lost_media", N_("reported lost") },
	{ "missing", N_("missing since stock was taken") },
	{ "disposed", N_("disposed of") },
	{ "permit_self", N_("nobody approves his own") },
	{ "year_end", N_("beyond the fiscal year") },
	{ "zone_mismatch", N_("wrong zone") },
	{ "boot", N_("at start") },
	{ "shutdown", N_("at shutdown") },
	{ "restart", N_("for a restart") },
	{ "suspend", N_("at suspend") },
	{ "policy", N_("with a policy") },
	{ "time", N_("in the course of time") },
	{ "retention", N_("past their time") },
	{ "clock_invalid", N_("the clock cannot be right") },
	{ "unwatched", N_("NOBODY WATCHED what was written") },
	{ "agent_lost", N_("the guard was gone") },
	{ "overflow", N_("NOT ALL that was written was seen") },
	{ "incomplete", N_("not all that was written is listed") },
	{ "unkept", N_("the list could not be kept") },
	{ "at_least", N_("at least; some may be counted twice") },
	{ "listed", N_("names kept for the auditor") },
	{ "counted", "" },
};

/* The same of one key alone: a section may well be called "tax". */
static const struct meaning {
	const char *key;
	const char *word;
	const char *text;
} meanings[] = {
	{ "access", "read", N_("to read") },
	{ "access", "write", N_("to read and write") },
	{ "state", "registered", N_("registered") },
	{ "state", "lent", N_("lent") },
	{ "state", "lost", N_("reported lost") },
	{ "state", "missing", N_("missing since stock was taken") },
	{ "state", "dispose-pending", N_("handed over, no certificate yet") },
	{ "purpose", "data-exchange", N_("data exchange with other authorities") },
	{ "purpose", "tax", N_("tax data") },
	{ "purpose", "bank", N_("bank transfers") },
	{ "purpose", "maintenance", N_("maintenance and updates") },
	{ "purpose", "interzone", N_("from zone to zone") },
	{ "purpose", "disaster", N_("disaster") },
};

const char *log_words_value(const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (strcmp(meanings[i].key, key) == 0 && strcmp(meanings[i].word, value) == 0)
			return tr(meanings[i].text);
	}
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
void log_words_safe(const char *text, FILE *out)
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

void log_words_time(int64_t wall_us, const char *format, FILE *out)
{
	time_t sec = wall_us / CLOCK_US_PER_SEC;
	char text[TIME_SIZE] = "";
	struct tm tm;

	if (localtime_r(&sec, &tm))
		(void)strftime(text, sizeof(text), format, &tm);
	(void)fputs(text, out);
}

const char *log_words_summary(const struct record_prefix *prefix)
{
	const struct record_type *type = record_type_find(prefix->type, prefix->type_len);

	return type ? tr(type->summary) : "?";
}

static void print_detail(FILE *out, const struct detail *detail, const json_t *value)
{
	const char *text =
		json_is_string(value) ? log_words_value(detail->key, json_string_value(value)) : "";

	if (!json_is_integer(value) && !*text)
		return;
	fputs("  ", out);
	if (*detail->label)
		fprintf(out, "%s ", tr(detail->label));
	if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		log_words_safe(text, out);
}

static void print_device(const json_t *entry, FILE *out)
{
	const char *vid = json_string_value(json_object_get(entry, "vid"));
	const char *pid = json_string_value(json_object_get(entry, "pid"));

	if (!vid || !pid)
		return;
	(void)fputs("  ", out);
	log_words_safe(vid, out);
	(void)fputc(':', out);
	log_words_safe(pid, out);
}

/* The port says all that the long path of a device does. */
void log_words_details(const json_t *entry, FILE *out)
{
	bool has_port = json_object_get(entry, "port") != NULL;

	print_device(entry, out);
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		if (!has_port || strcmp(details[i].key, "path") != 0)
			print_detail(out, &details[i], json_object_get(entry, details[i].key));
	}
}

void log_words_escaped(const char *text, const char *quote, FILE *out)
{
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\"");
		char part[2 * RECORD_MAX];

		(void)snprintf(part, sizeof(part), "%.*s", (int)len, at);
		log_words_safe(part, out);
		at += len;
		if (*at == '"') {
			(void)fputs(quote, out);
			at++;
		}
	}
}

void log_words_quoted(const char *text, FILE *out)
{
	const char *quote = text && *text && !strpbrk(text, " \"") ? "" : "\"";

	(void)fputs(quote, out);
	log_words_escaped(text ? text : "", "\\\"", out);
	(void)fputs(quote, out);
}
