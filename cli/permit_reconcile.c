/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho permit reconcile: what was used against what was permitted, from the log alone. */

#include "cli/log_month.h"
#include "cli/log_time.h"
#include "cli/moment.h"
#include "cli/options.h"
#include "cli/permit_commands.h"
#include "cli/permit_match.h"
#include "cli/state_words.h"
#include "cli/table.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_MATCHED 0
#define EXIT_UNMATCHED 1
#define EXIT_NOT_WHOLE 2
#define EXIT_USAGE 3

struct reconcile {
	struct log_month log;
	struct match match;
	policy_minute from;
	policy_minute until;
	size_t n_sessions; /* of that time */
	size_t n_permits;
	size_t n_wrong; /* of both */
	bool as_json;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho permit reconcile --month 2026-11 [--json] [--key VKEY|FILE]\n"
		 "                                [DIR|BUNDLE]\n\n"
		 "Compares each use of a medium in the log with the permits in it.  Exit status:\n"
		 "0 all of it fits; 1 a use has no permit or not that one, or a medium was not\n"
		 "returned; 2 what is there fits, but the log has gaps or is not proven; 3 wrong\n"
		 "usage or unreadable.\n"),
	      out);
}

static int take(void *ctx, const struct record_prefix *prefix, const json_t *entry, struct err *err)
{
	struct reconcile *reconcile = ctx;
	char type[64];

	(void)snprintf(type, sizeof(type), "%.*s", (int)prefix->type_len, prefix->type);
	if (match_take(&reconcile->match, type, entry, prefix->seq,
		       policy_minute_from_clock(prefix->wall_us / CLOCK_US_PER_SEC)) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return 0;
}

static bool is_of_time(const struct reconcile *reconcile, const struct match_session *session)
{
	return session->at >= reconcile->from && session->at < reconcile->until;
}

static void count(struct reconcile *reconcile)
{
	const struct match *match = &reconcile->match;

	for (size_t i = 0; i < match->n_sessions; i++) {
		if (!is_of_time(reconcile, &match->sessions[i]))
			continue;
		reconcile->n_sessions++;
		reconcile->n_wrong += match->sessions[i].finding != MATCHED;
	}
	for (size_t i = 0; i < match->n_permits; i++) {
		if (!match_permit_is_of(&match->permits[i], reconcile->from, reconcile->until))
			continue;
		reconcile->n_permits++;
		reconcile->n_wrong += match->permits[i].finding == MATCH_NOT_RETURNED;
	}
}

static void print_sessions(const struct reconcile *reconcile)
{
	static const char *const titles[] = { N_("ENTRY"),  N_("BEGUN"),  N_("MEDIUM"), N_("USER"),
					      N_("ACCESS"), N_("PERMIT"), N_("RESULT") };
	struct table table = { .titles = titles, .n_columns = 7 };

	for (size_t i = 0; i < reconcile->match.n_sessions; i++) {
		const struct match_session *session = &reconcile->match.sessions[i];
		char seq[24];
		char at[24];

		if (!is_of_time(reconcile, session))
			continue;
		(void)snprintf(seq, sizeof(seq), "%" PRIu64, session->seq);
		policy_minute_print(session->at, at);
		table_add(&table,
			  (const char *const[]){
				  seq, at, session->medium, session->user,
				  state_word(session->writes ? "write" : "read"), session->permit,
				  state_word(match_session_word(session->finding)) });
	}
	table_print(&table, stdout);
	table_done(&table);
}

static void print_permits(const struct reconcile *reconcile)
{
	static const char *const titles[] = {
		N_("PERMIT"), N_("MEDIUM"),   N_("USER"), N_("FROM"),
		N_("UNTIL"),  N_("APPROVER"), N_("USES"), N_("RESULT")
	};
	struct table table = { .titles = titles, .n_columns = 8 };

	for (size_t i = 0; i < reconcile->match.n_permits; i++) {
		const struct match_permit *permit = &reconcile->match.permits[i];
		char until[24];
		char from[24];
		char uses[32];

		if (!match_permit_is_of(permit, reconcile->from, reconcile->until))
			continue;
		policy_minute_print(permit->from, from);
		policy_minute_print(permit->until, until);
		(void)snprintf(uses, sizeof(uses), "%u/%u", permit->used, permit->uses);
		table_add(&table,
			  (const char *const[]){ permit->number, permit->medium, permit->user, from,
						 until, permit->approver, uses,
						 state_word(match_permit_word(permit->finding)) });
	}
	table_print(&table, stdout);
	table_done(&table);
}

static void print_text(const struct reconcile *reconcile)
{
	if (reconcile->n_sessions > 0) {
		print_sessions(reconcile);
		putchar('\n');
	}
	if (reconcile->n_permits > 0) {
		print_permits(reconcile);
		putchar('\n');
	}
	log_month_print(&reconcile->log, stdout);
	printf(tr("%zu uses, %zu permits, %zu that do not fit\n"), reconcile->n_sessions,
	       reconcile->n_permits, reconcile->n_wrong);
}

static json_t *minute_json(policy_minute minute)
{
	char text[MOMENT_TEXT];

	policy_minute_stamp(minute, text);
	return json_string(text);
}

static json_t *session_json(const struct match_session *session)
{
	return json_pack("{s:I, s:o, s:s, s:s, s:s, s:s, s:s}", "seq", (json_int_t)session->seq,
			 "begun", minute_json(session->at), "medium_number", session->medium,
			 "user", session->user, "access", session->writes ? "write" : "read",
			 "permit", session->permit, "result", match_session_word(session->finding));
}

static json_t *permit_json(const struct match_permit *permit)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:i, s:i, s:s}", "permit",
			 permit->number, "medium_number", permit->medium, "user", permit->user,
			 "access", permit->writes ? "write" : "read", "from",
			 minute_json(permit->from), "until", minute_json(permit->until), "approver",
			 permit->approver, "uses", (int)permit->uses, "used", (int)permit->used,
			 "result", match_permit_word(permit->finding));
}

static void print_json(const struct reconcile *reconcile)
{
	json_t *sessions = json_array();
	json_t *permits = json_array();
	json_auto_t *all = NULL;

	for (size_t i = 0; i < reconcile->match.n_sessions; i++) {
		if (is_of_time(reconcile, &reconcile->match.sessions[i]))
			(void)json_array_append_new(sessions,
						    session_json(&reconcile->match.sessions[i]));
	}
	for (size_t i = 0; i < reconcile->match.n_permits; i++) {
		const struct match_permit *permit = &reconcile->match.permits[i];

		if (match_permit_is_of(permit, reconcile->from, reconcile->until))
			(void)json_array_append_new(permits, permit_json(permit));
	}
	all = json_pack("{s:o, s:o, s:o, s:o, s:o, s:I}", "from", minute_json(reconcile->from),
			"until", minute_json(reconcile->until), "log",
			log_month_json(&reconcile->log), "uses", sessions, "permits", permits,
			"unmatched", (json_int_t)reconcile->n_wrong);
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int take_month(struct reconcile *reconcile, const char *text, struct err *err)
{
	int64_t now_us = clock_read_us(CLOCK_REALTIME);
	struct log_month *log = &reconcile->log;
	int rc = log_time_parse(text, LOG_TIME_SINCE, now_us, &log->since_us, err);

	if (rc == 0)
		rc = log_time_parse(text, LOG_TIME_UNTIL, now_us, &log->until_us, err);
	if (rc < 0 || log->until_us <= log->since_us)
		return err_set(err, -EINVAL,
			       "'%s' is no month; remedy: --month 2026-11, last-month or "
			       "2026-04-01 for a day",
			       text);
	if (log->since_us > now_us)
		return err_set(err, -EINVAL, "%s has not begun", text);
	reconcile->from = policy_minute_from_clock(log->since_us / CLOCK_US_PER_SEC);
	reconcile->until = policy_minute_from_clock((log->until_us + 1) / CLOCK_US_PER_SEC);
	return 0;
}

/* Return: 1 when --help was asked for, or an error. */
static int parse_arguments(int argc, char *argv[], struct reconcile *ret, struct err *err)
{
	static const struct option options[] = {
		{ "month", required_argument, NULL, 'm' },
		{ "key", required_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *month = NULL;
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'h')
			return 1;
		if (option == 'm')
			month = optarg;
		else if (option == 'k')
			ret->log.key = optarg;
		else if (option == 'j')
			ret->as_json = true;
		else
			break;
	}
	if (option < 0 && optind < argc)
		ret->log.path = argv[optind++];
	if (option >= 0 || optind < argc || !month)
		return err_set(err, -EINVAL,
			       "wrong usage; remedy: sekisho permit reconcile --help");
	return take_month(ret, month, err);
}

static int run(struct reconcile *reconcile, struct err *err)
{
	static const char *const types[] = { "permit", "medium.mount", "agent.start", NULL };
	int rc = log_month_read(&reconcile->log, types, take, reconcile, err);

	if (rc < 0)
		return rc;
	match_judge(&reconcile->match, moment_now());
	count(reconcile);
	if (reconcile->as_json)
		print_json(reconcile);
	else
		print_text(reconcile);
	if (reconcile->n_wrong > 0)
		return EXIT_UNMATCHED;
	return log_month_is_whole(&reconcile->log) ? EXIT_MATCHED : EXIT_NOT_WHOLE;
}

int permit_reconcile(int argc, char *argv[], struct err *err)
{
	struct reconcile reconcile = { 0 };
	int rc = parse_arguments(argc, argv, &reconcile, err);

	if (rc == 1) {
		print_usage(stdout);
		return EXIT_MATCHED;
	}
	if (rc == 0)
		rc = run(&reconcile, err);
	match_done(&reconcile.match);
	if (rc >= 0)
		return rc;
	fprintf(stderr, "sekisho permit reconcile: %s\n", err->text);
	return EXIT_USAGE;
}
