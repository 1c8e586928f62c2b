/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho log: which entries, in which order and form. */

#include "cli/log_list.h"

#include "audit/writer.h"
#include "cli/log_follow.h"
#include "cli/log_print.h"
#include "cli/log_proof.h"
#include "cli/log_read.h"
#include "cli/log_show.h"
#include "cli/log_time.h"
#include "cli/options.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"
#define NEWEST_DEFAULT 100
#define NEWEST_FOLLOW 10
#define NEWEST_MAX 10000000

struct request {
	const char *dir; /* NULL: this terminal's */
	const char *key;
	bool newest_given;
	bool follow;
	bool all; /* what the log says of itself, too */
	bool one; /* all about one entry */
	uint64_t n_shown;
	uint64_t n_damaged; /* of those */
	struct log_query query;
	struct log_printer printer;
	struct log_proof proof;
};

enum option_value {
	OPTION_SINCE = 256,
	OPTION_UNTIL,
	OPTION_TYPE,
	OPTION_USER,
	OPTION_DEVICE,
	OPTION_VERDICT,
	OPTION_ZONE,
	OPTION_RULE,
	OPTION_SEQ,
	OPTION_BOM,
	OPTION_JSON,
	OPTION_DIR,
	OPTION_KEY,
	OPTION_HELP,
};

static const struct option options[] = {
	{ "since", required_argument, NULL, OPTION_SINCE },
	{ "until", required_argument, NULL, OPTION_UNTIL },
	{ "type", required_argument, NULL, OPTION_TYPE },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "device", required_argument, NULL, OPTION_DEVICE },
	{ "verdict", required_argument, NULL, OPTION_VERDICT },
	{ "zone", required_argument, NULL, OPTION_ZONE },
	{ "rule", required_argument, NULL, OPTION_RULE },
	{ "seq", required_argument, NULL, OPTION_SEQ },
	{ "all", no_argument, NULL, 'a' },
	{ "reverse", no_argument, NULL, 'r' },
	{ "follow", no_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "bom", no_argument, NULL, OPTION_BOM },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "dir", required_argument, NULL, OPTION_DIR },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ 0 },
};

/* Return: false when it is no filter; else @ret_rc is set. */
static bool take_filter(struct log_filter *filter, int option, const char *value, int *ret_rc,
			struct err *err)
{
	int64_t now_us = clock_read_us(CLOCK_REALTIME);
	int rc = 0;

	if (option == OPTION_SINCE)
		rc = log_time_parse(value, LOG_TIME_SINCE, now_us, &filter->since_us, err);
	else if (option == OPTION_UNTIL)
		rc = log_time_parse(value, LOG_TIME_UNTIL, now_us, &filter->until_us, err);
	else if (option == OPTION_SEQ)
		rc = log_filter_set_seq(filter, value, err);
	else if (option == OPTION_TYPE && (rc = log_filter_check_types(value, err)) == 0)
		filter->types = value;
	else if (option == OPTION_USER)
		filter->user = value;
	else if (option == OPTION_DEVICE)
		filter->device = value;
	else if (option == OPTION_VERDICT)
		filter->verdict = value;
	else if (option == OPTION_ZONE)
		filter->zone = value;
	else if (option == OPTION_RULE)
		filter->rule = value;
	else
		return rc < 0 && (*ret_rc = rc, true);
	*ret_rc = rc;
	return true;
}

static int take_option(struct request *request, int option, const char *value, struct err *err)
{
	int rc;

	if (take_filter(&request->query.filter, option, value, &rc, err))
		return rc;
	switch (option) {
	case 'n':
		request->newest_given = true;
		return parse_u64(value, NEWEST_MAX, &request->query.newest, err);
	case 'a':
		request->all = true;
		return 0;
	case 'r':
		request->query.reverse = true;
		return 0;
	case 'f':
		request->follow = true;
		return 0;
	case 'o':
		return log_format_parse(value, &request->printer.format, err);
	case OPTION_BOM:
		request->printer.with_mark = true;
		return 0;
	case OPTION_JSON:
		request->printer.format = LOG_FORMAT_JSON;
		return 0;
	case OPTION_DIR:
		request->dir = value;
		return 0;
	case OPTION_KEY:
		request->key = value;
		return 0;
	}
	return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
}

/*
 * What is not said: the newest of everything, or all of what was asked for.  Programs get every
 * entry; people would look for what happened among heartbeats.
 */
static void set_defaults(struct request *request)
{
	struct log_filter *filter = &request->query.filter;

	filter->shows_damage = true;
	filter->no_housekeeping = !request->all && !request->one && !filter->types &&
				  (request->printer.format == LOG_FORMAT_SHORT ||
				   request->printer.format == LOG_FORMAT_WIDE);
	if (request->newest_given)
		return;
	if (request->follow)
		request->query.newest = NEWEST_FOLLOW;
	else if (filter->since_us == INT64_MIN && filter->seq_first == 0)
		request->query.newest = NEWEST_DEFAULT;
}

/* Return: 1 when --help was asked for, or an error. */
static int parse_arguments(int argc, char *argv[], struct request *request, struct err *err)
{
	bool is_show = argc > 1 && strcmp(argv[1], "show") == 0;
	int option;
	int rc = 0;

	if (is_show)
		argc--, argv++;
	while (rc == 0 && (option = option_next(argc, argv, "n:arfo:", options)) >= 0) {
		if (option == OPTION_HELP)
			return 1;
		rc = take_option(request, option, optarg, err);
	}
	if (rc == 0 && is_show && optind < argc) {
		request->one = true;
		rc = log_filter_set_seq(&request->query.filter, argv[optind++], err);
		if (rc == 0 && request->query.filter.seq_first != request->query.filter.seq_last)
			rc = err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
	}
	if (rc == 0 && (optind < argc || (request->follow && request->query.reverse)))
		rc = err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
	if (rc == 0)
		set_defaults(request);
	return rc;
}

static int show_entry(const struct log_entry *entry, void *ctx, struct err *err)
{
	struct request *request = ctx;
	struct log_entry shown = *entry;
	enum log_mark mark;
	int rc;

	if (entry->kind == LOG_ENTRY_BROKEN && request->one)
		return 0;
	rc = log_proof_has(&request->proof, &request->printer.marks, entry, &shown.is_proven, err);
	if (rc < 0)
		return rc;
	request->n_shown++;
	mark = log_mark_of(&request->printer.marks, &shown);
	request->n_damaged += mark == LOG_MARK_DAMAGED;
	if (request->one && request->printer.format == LOG_FORMAT_SHORT)
		log_show_print(&request->printer, &shown, request->dir);
	else
		log_print_entry(&request->printer, &shown);
	return ferror(request->printer.out) ? err_set(err, -EIO, "write: %m") : 0;
}

static const char *red(bool on)
{
	if (!isatty(STDERR_FILENO))
		return "";
	return on ? "\033[1;31m" : "\033[0m";
}

static void warn_unverified(const char *why)
{
	(void)fflush(stdout);
	(void)fputs(red(true), stderr);
	fprintf(stderr, tr("UNVERIFIED: %s"), why);
	fprintf(stderr, "%s\n", red(false));
}

static void warn_damaged(uint64_t n)
{
	(void)fflush(stdout);
	(void)fputs(red(true), stderr);
	fprintf(stderr,
		tr("DAMAGED: %llu of the lines shown are not proven to be what was signed; "
		   "remedy: run sekisho log verify"),
		(unsigned long long)n);
	fprintf(stderr, "%s\n", red(false));
}

/* The key that was given, or that of this terminal. */
static bool load_key(const struct request *request, struct note_key *ret, struct err *err)
{
	if (request->key)
		return note_key_load(request->key, ret, err) == 0;
	return !request->dir && note_key_load(LOG_DIR "/" WRITER_VKEY_FILE, ret, err) == 0;
}

static int follow(struct request *request, int dirfd, const struct note_key *key, struct err *err)
{
	struct log_query *query = &request->query;
	uint64_t last = query->filter.seq_last;
	struct log_follow following;
	int rc = log_follow_begin(dirfd, &following, err);

	if (rc < 0)
		return rc;
	if (following.entry.seq < last)
		query->filter.seq_last = following.entry.seq;
	rc = log_read(dirfd, query, show_entry, request, err);
	query->filter.seq_last = last;
	if (rc == 0)
		rc = log_follow_run(&following, &request->printer, key, &query->filter, err);
	log_follow_end(&following);
	return rc;
}

static int list(struct request *request, struct err *err)
{
	struct err trouble = { 0 };
	struct note_key key;
	bool has_key = load_key(request, &key, &trouble);
	cleanup_close int dirfd = -1;

	if (request->key && !has_key)
		return err_set(err, trouble.code, "%s", trouble.text);
	if (!request->dir)
		request->dir = LOG_DIR;
	dirfd = log_open_dir(request->dir, err);
	if (dirfd < 0)
		return dirfd;
	trouble = (struct err){ 0 };
	request->proof.dirfd = dirfd;
	request->printer.marks = log_marks_read(dirfd, has_key ? &key : NULL, &trouble);
	/* A log that nothing is known of is shown, and that is said first. */
	if (trouble.code < 0)
		warn_unverified(trouble.text);
	if (!request->one)
		log_print_begin(&request->printer);
	if (request->follow)
		return follow(request, dirfd, &key, err);
	return log_read(dirfd, &request->query, show_entry, request, err);
}

int log_list(int argc, char *argv[], void (*print_usage)(FILE *out), struct err *err)
{
	struct request request = { .query.filter = log_filter_all(), .printer.out = stdout };
	int rc = parse_arguments(argc, argv, &request, err);

	if (rc > 0)
		return options_usage(rc, print_usage);
	if (rc == 0 && sodium_init() < 0)
		rc = err_set(err, -EIO, "libsodium does not start");
	if (rc == 0)
		rc = list(&request, err);
	log_proof_free(&request.proof);
	if (rc == 0 && request.one && request.n_shown == 0)
		rc = err_set(err, -ENOENT, "there is no entry %llu in this log",
			     (unsigned long long)request.query.filter.seq_first);
	if (rc == 0 && request.n_damaged > 0) {
		warn_damaged(request.n_damaged);
		return EXIT_FAILURE;
	}
	return rc;
}
