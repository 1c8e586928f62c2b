/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_verify.h"

#include "audit/report.h"
#include "audit/verify_front.h"
#include "audit/writer.h"
#include "cli/log_live.h"
#include "cli/options.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>

#define LOG_DIR "/var/lib/sekisho/audit"
#define OWN_KEY LOG_DIR "/" WRITER_VKEY_FILE
#define LIVE_TRIES 5 /* a commit may be half written at the moment we read */
#define LIVE_PAUSE_MS 50

struct request {
	struct verify_front front;
	bool json;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho log verify [DIR|FILE] [--key VKEY|FILE] [--witness FILE]\n"
		 "                   [--deep|--no-deep] [--json]\n\n"
		 "Proves the audit log of this terminal, or a copy.  --witness compares it with a\n"
		 "checkpoint that was kept elsewhere; --deep looks at every byte, as it does "
		 "anyway\n"
		 "below 100000 entries.  Exit status: 0 proven, 1 tampered, 2 incomplete or no "
		 "key,\n"
		 "3 wrong usage or unreadable.\n"),
	      out);
}

static bool take_option(struct request *request, int option, const char *value)
{
	switch (option) {
	case 'k':
		request->front.key = value;
		return true;
	case 'D':
		request->front.path = value;
		return true;
	case 'w':
		request->front.witness = value;
		return true;
	case 'd':
		request->front.depth = VERIFY_DEPTH_DEEP;
		return true;
	case 'p':
		request->front.depth = VERIFY_DEPTH_PROOF;
		return true;
	case 'j':
		request->json = true;
		return true;
	}
	return false;
}

/* Return: 1 when --help was asked for, or an error. */
static int parse_arguments(int argc, char *argv[], struct request *request, struct err *err)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "dir", required_argument, NULL, 'D' },
		{ "witness", required_argument, NULL, 'w' },
		{ "deep", no_argument, NULL, 'd' },
		{ "no-deep", no_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*request = (struct request){ 0 };
	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'h') {
			print_usage(stdout);
			return 1;
		}
		if (!take_option(request, option, optarg))
			return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
	}
	if (optind < argc)
		request->front.path = argv[optind++];
	if (optind < argc)
		return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
	return 0;
}

/* Wrong although the files fit each other: what the daemon has after them, or all that it has. */
static void contradict(struct verify_result *result, uint64_t live_size, const char *reason)
{
	result->outcome = VERIFY_TAMPERED;
	result->bad_first = result->bad_last = result->proven_end;
	if (live_size > result->proven_end)
		result->bad_last = live_size - 1;
	(void)snprintf(result->reason, sizeof(result->reason), "%s", reason);
}

/* A commit may be half written, or done, between the question and the reading. */
static bool is_open(enum log_live_match match, const struct verify_result *result)
{
	return match != LOG_LIVE_MATCHES || result->outcome == VERIFY_INCOMPLETE;
}

/*
 * The daemon is asked first: what it has acknowledged must then be in the files,
 * and it must hold the key that these say signs next.  A log that is cut, or put
 * back as a whole under a daemon that runs, fits itself but not the daemon.
 */
static int verify_live(const struct verify_front *given, struct verify_result *ret, struct err *err)
{
	struct verify_front front = *given;
	enum log_live_match match = LOG_LIVE_MOVED;
	struct note_key
		own; /* signs the answer; the given one may be an earlier that leads to it */
	struct log_live live;
	struct err why = { 0 };
	int rc;

	front.path = LOG_DIR;
	if (!front.key)
		front.key = OWN_KEY;
	if (note_key_load(OWN_KEY, &own, &why) < 0) {
		rc = note_key_load(front.key, &own, err);
		if (rc < 0)
			return rc;
	}
	for (int i = 0; i < LIVE_TRIES && is_open(match, ret); i++) {
		int asked = log_live_challenge(&own, NULL, &live, &why);

		rc = verify_front_run(&front, ret, err);
		if (rc < 0 || ret->outcome == VERIFY_TAMPERED)
			return rc;
		if (asked == -EBADMSG)
			contradict(ret, 0, why.text);
		if (asked < 0)
			return 0; /* no daemon: the files alone are proven */
		match = log_live_match(&live, ret);
		if (is_open(match, ret))
			(void)poll(NULL, 0, LIVE_PAUSE_MS);
	}
	/* Entries come without pause, or the files have some that the daemon never wrote. */
	if (match == LOG_LIVE_MOVED &&
	    (log_live_challenge(&own, NULL, &live, &why) < 0 || live.head.size < ret->proven_end))
		match = LOG_LIVE_DIFFERS;
	if (match == LOG_LIVE_DIFFERS)
		contradict(ret, live.head.size,
			   tr("the daemon that runs holds another head or key than the "
			      "files say"));
	return 0;
}

static int run(int argc, char *argv[], struct err *err)
{
	struct verify_result result;
	struct request request;
	int rc = parse_arguments(argc, argv, &request, err);

	if (rc != 0)
		return rc < 0 ? rc : EXIT_SUCCESS;
	if (sodium_init() < 0)
		return err_set(err, -EIO, "libsodium does not start");
	rc = request.front.path ? verify_front_run(&request.front, &result, err)
				: verify_live(&request.front, &result, err);
	if (rc < 0)
		return rc;
	if (request.json)
		report_print_json(&result, stdout);
	else
		report_print(&result, stdout);
	return report_exit_status(&result);
}

int log_verify(int argc, char *argv[], struct err *err)
{
	int rc = run(argc, argv, err);

	if (rc >= 0)
		return rc;
	fprintf(stderr, "sekisho log verify: %s\n", err->text);
	return REPORT_EXIT_FAILURE;
}
