/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sekisho media incident: 初動資料, what must be known in the first days after a
 * medium was lost, and by when it must be reported.
 */

#include "cli/log_read.h"
#include "cli/media_commands.h"
#include "cli/media_list.h"
#include "cli/media_trail.h"
#include "cli/moment.h"
#include "cli/options.h"
#include "cli/sheet.h"
#include "cli/state_words.h"
#include "cli/workdays.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"
#define MINUTES_PER_DAY 1440
#define PROMPT_FIRST 3 /* 概ね3~5日; the day on which it became known is the first */
#define PROMPT_LAST 5
#define TERM_DAYS 30
#define TERM_DAYS_WILFUL 60 /* where there may have been a wrongful purpose */

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media incident NUMBER [--json]\n\n"
		 "What is known of a lost medium: where and by whom it was last used, what is on "
		 "it,\n"
		 "what was seen of its encryption, and by when its loss must be reported.\n"),
	      out);
}

/* The one of two counts that says more: of uses, or of permits. */
static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static const char *minute_text(policy_minute minute, char out[static MOMENT_TEXT])
{
	*out = '\0';
	if (minute != 0)
		policy_minute_print(minute, out);
	return out;
}

static const char *day_text(policy_minute minute, char out[static MOMENT_TEXT])
{
	policy_minute_print(minute, out);
	out[strlen("2026-12-25")] = '\0';
	return out;
}

static policy_minute prompt_day(const struct media_trail *trail, int day)
{
	return trail->noticed + (policy_minute)(day - 1) * MINUTES_PER_DAY;
}

static void print_number(const char *label, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	sheet_line(label, text);
}

static void print_medium(const struct agent_row *row)
{
	sheet_line(tr("number"), agent_row_get(row, "number"));
	sheet_line(tr("state"), state_word(agent_row_get(row, "state")));
	sheet_line(tr("kind"), state_word(agent_row_get(row, "kind")));
	sheet_line(tr("model"), agent_row_get(row, "model"));
	sheet_line(tr("section"), agent_row_get(row, "section"));
	sheet_line(tr("classification"), agent_row_get(row, "classification"));
	sheet_line(tr("held by"), agent_row_get(row, "holder"));
}

static void print_use(const struct media_trail *trail)
{
	char text[MOMENT_TEXT];

	sheet_line(tr("last seen"), trail->seen != 0 ? minute_text(trail->seen, text)
						     : tr("never at this terminal"));
	if (trail->seen != 0) {
		print_number(tr("log entry"), trail->seen_seq);
		sheet_line(tr("terminal"), trail->terminal);
		sheet_line(tr("user"), trail->user);
	}
	sheet_line(tr("permit"), trail->permit);
	sheet_line(tr("purpose"), state_word(trail->purpose));
	sheet_line(tr("permitted to"), trail->permit_user);
	sheet_line(tr("approver"), trail->approver);
	sheet_line(tr("carried by"), trail->carrier);
	sheet_line(tr("destination"), trail->destination);
	sheet_line(tr("erasure confirmed"),
		   trail->erased != 0 ? minute_text(trail->erased, text) : tr("never"));
	print_number(tr("files since then"), larger(trail->files_of_uses, trail->files_of_permits));
	print_number(tr("bytes since then"), larger(trail->bytes_of_uses, trail->bytes_of_permits));
}

/* It decides whether there is anything to report at all: nothing is said that was not seen. */
static void print_evidence(const struct agent_row *row, const struct media_trail *trail)
{
	const char *encryption = agent_row_get(row, "encryption");
	char text[MOMENT_TEXT];

	sheet_line(tr("encryption"), state_word(encryption));
	if (trail->evidence == 0) {
		sheet_line(tr("seen in use"), strcmp(encryption, "hardware") == 0
						      ? tr("not visible from outside: by its model")
						      : tr("NO EVIDENCE"));
		return;
	}
	sheet_line(tr("seen in use"), minute_text(trail->evidence, text));
	sheet_line(tr("cipher"), trail->cipher);
	if (trail->key_bits > 0)
		print_number(tr("key bits"), trail->key_bits);
	sheet_line(tr("key derivation"), trail->kdf);
}

static void print_terms(const struct media_trail *trail)
{
	char range[2 * MOMENT_TEXT + 8];
	char text[MOMENT_TEXT];
	char last[MOMENT_TEXT];

	if (trail->reported == 0) {
		puts(tr("It is not reported lost here; remedy: sekisho media lost NUMBER"));
		return;
	}
	sheet_line(tr("noticed"), minute_text(trail->noticed, text));
	sheet_line(tr("reported"), minute_text(trail->reported, text));
	sheet_line(tr("reported by"), trail->reporter);
	sheet_line(tr("note"), trail->note);
	(void)snprintf(range, sizeof(range), "%s - %s",
		       day_text(prompt_day(trail, PROMPT_FIRST), text),
		       day_text(prompt_day(trail, PROMPT_LAST), last));
	sheet_line(tr("prompt report by"), range);
	sheet_line(tr("final report by"), day_text(workdays_term(trail->noticed, TERM_DAYS), text));
	sheet_line(tr("if wilful, by"),
		   day_text(workdays_term(trail->noticed, TERM_DAYS_WILFUL), text));
	puts(tr("The day on which it was noticed is the first; holidays are those that the law\n"
		"computes, as of 2022."));
}

static json_t *minute_json(policy_minute minute)
{
	char text[MOMENT_TEXT] = "";

	if (minute != 0)
		policy_minute_stamp(minute, text);
	return json_string(text);
}

static json_t *day_json(const struct media_trail *trail, policy_minute day)
{
	char text[MOMENT_TEXT];

	return json_string(trail->reported != 0 ? day_text(day, text) : "");
}

static void print_json(const struct agent_row *row, const struct media_trail *trail)
{
	json_auto_t *all =
		json_pack("{s:o, s:s, s:o, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I}",
			  "medium", agent_row_json(row, media_row_keys), "terminal",
			  trail->terminal, "seen", minute_json(trail->seen), "seen_seq",
			  (json_int_t)trail->seen_seq, "user", trail->user, "permit", trail->permit,
			  "purpose", trail->purpose, "permit_user", trail->permit_user, "approver",
			  trail->approver, "carrier", trail->carrier, "destination",
			  trail->destination, "erased", minute_json(trail->erased), "files",
			  (json_int_t)larger(trail->files_of_uses, trail->files_of_permits),
			  "bytes",
			  (json_int_t)larger(trail->bytes_of_uses, trail->bytes_of_permits));
	json_t *evidence = json_pack("{s:o, s:s, s:I, s:s}", "seen", minute_json(trail->evidence),
				     "cipher", trail->cipher, "key_bits",
				     (json_int_t)trail->key_bits, "kdf", trail->kdf);
	json_t *terms =
		json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "noticed",
			  minute_json(trail->reported != 0 ? trail->noticed : 0), "reported",
			  minute_json(trail->reported), "reporter", trail->reporter, "note",
			  trail->note, "prompt_from",
			  day_json(trail, prompt_day(trail, PROMPT_FIRST)), "prompt_until",
			  day_json(trail, prompt_day(trail, PROMPT_LAST)), "final",
			  day_json(trail, workdays_term(trail->noticed, TERM_DAYS)), "final_wilful",
			  day_json(trail, workdays_term(trail->noticed, TERM_DAYS_WILFUL)));

	(void)json_object_set_new(all, "encryption_evidence", evidence);
	(void)json_object_set_new(all, "report", terms);
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int read_log(struct media_trail *trail, struct err *err)
{
	struct log_query query = { .filter = log_filter_all() };
	cleanup_close int dirfd = log_open_dir(LOG_DIR, err);
	int rc;

	if (dirfd < 0)
		return dirfd;
	query.filter.types = MEDIA_TRAIL_TYPES;
	rc = log_read(dirfd, &query, media_trail_take, trail, err);
	if (rc == 0 && trail->is_broken)
		fputs(tr("The log has lines that are no entries; remedy: sekisho log verify\n"),
		      stderr);
	return rc;
}

int media_incident(int argc, char *argv[], struct err *err)
{
	const struct agent_row *row = NULL;
	struct media_trail trail = { 0 };
	struct agent_rows rows = { 0 };
	bool as_json;
	int rc = options_json(argc, argv, 1, &as_json);

	if (rc != 0)
		return options_usage(rc, print_usage);
	trail.number = argv[optind];
	rc = media_row_fetch(trail.number, &rows, &row, err);
	if (rc == 0)
		rc = read_log(&trail, err);
	if (rc == 0 && as_json) {
		print_json(row, &trail);
	} else if (rc == 0) {
		print_medium(row);
		print_use(&trail);
		print_evidence(row, &trail);
		print_terms(&trail);
	}
	agent_rows_done(&rows);
	return rc < 0 ? rc : EXIT_SUCCESS;
}
