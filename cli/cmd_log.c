/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho log: read the audit log; prove it; show its head and key. */

#include "audit/checkpoint.h"
#include "audit/report.h"
#include "audit/writer.h"
#include "cli/commands.h"
#include "cli/log_commands.h"
#include "cli/log_time.h"
#include "cli/log_view.h"
#include "cli/options.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"
#include "ipc/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"
#define NEWEST_DEFAULT 100
#define NEWEST_MAX 10000000
#define LIVE_TRIES 5 /* a commit may be half written at the moment we read */
#define LIVE_PAUSE_MS 50

struct request {
	const char *dir; /* NULL: this terminal's */
	const char *key;
	bool json;
	bool newest_given;
	struct log_filter filter;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho log [--since TIME] [--until TIME] [--type TYPE] [--user USER]\n"
		 "                   [-n N] [--json] [--dir DIR]\n"
		 "       sekisho log verify [DIR] [--key VKEY|FILE] [--json]\n"
		 "       sekisho log checkpoint [--dir DIR]\n"
		 "       sekisho log vkey [--dir DIR]\n\n"
		 "Shows the audit log, newest last; -n 0 shows all of it.  verify proves it; exit\n"
		 "status: 0 proven, 1 tampered, 2 incomplete or no key, 3 wrong usage or\n"
		 "unreadable.\n"),
	      out);
}

static int take_option(struct request *request, int option, const char *value, struct err *err)
{
	int64_t now_us = clock_read_us(CLOCK_REALTIME);

	switch (option) {
	case 's':
		return log_time_parse(value, now_us, &request->filter.since_us, err);
	case 'u':
		return log_time_parse(value, now_us, &request->filter.until_us, err);
	case 'n':
		request->newest_given = true;
		return parse_u64(value, NEWEST_MAX, &request->filter.newest, err);
	case 't':
		request->filter.type = value;
		return 0;
	case 'U':
		request->filter.user = value;
		return 0;
	case 'k':
		request->key = value;
		return 0;
	case 'd':
		request->dir = value;
		return 0;
	case 'j':
		request->json = true;
		return 0;
	}
	return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
}

/* Return: 1 when --help was asked for, or an error. */
static int parse_arguments(int argc, char *argv[], struct request *request, struct err *err)
{
	static const struct option options[] = {
		{ "since", required_argument, NULL, 's' },
		{ "until", required_argument, NULL, 'u' },
		{ "type", required_argument, NULL, 't' },
		{ "user", required_argument, NULL, 'U' },
		{ "key", required_argument, NULL, 'k' },
		{ "dir", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*request = (struct request){ .filter = { .since_us = INT64_MIN, .until_us = INT64_MAX } };
	while ((option = option_next(argc, argv, "n:", options)) >= 0) {
		int rc;

		if (option == 'h') {
			print_usage(stdout);
			return 1;
		}
		rc = take_option(request, option, optarg, err);
		if (rc < 0)
			return rc;
	}
	if (!request->newest_given && request->filter.since_us == INT64_MIN)
		request->filter.newest = NEWEST_DEFAULT;
	return 0;
}

static void show_words(const char *line, void *ctx)
{
	log_view_print(line, ctx);
}

static void show_raw(const char *line, void *ctx)
{
	(void)fputs(line, ctx);
	(void)fputc('\n', ctx);
}

static int show(const struct request *request, struct err *err)
{
	return log_view_read(request->dir ? request->dir : LOG_DIR, &request->filter,
			     request->json ? show_raw : show_words, stdout, err);
}

/* The key of the log in @dir: only good to show, or to check the log on its own terminal. */
static int load_key_beside(const char *dir, struct note_key *ret, struct err *err)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s/" WRITER_VKEY_FILE, dir) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return note_key_load(path, ret, err);
}

static int show_key(const struct request *request, struct err *err)
{
	struct note_key key;
	char text[NOTE_VKEY_MAX];
	int rc = load_key_beside(request->dir ? request->dir : LOG_DIR, &key, err);

	if (rc < 0)
		return rc;
	note_key_format(&key, text);
	puts(text);
	return 0;
}

/* The daemon's newest head as it signed it, if the files agree that there is such a one. */
static int show_checkpoint(const struct request *request, struct err *err)
{
	const char *dir = request->dir ? request->dir : LOG_DIR;
	cleanup_close int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct checkpoint checkpoint;
	struct verify_result result;
	struct note_key key;
	char note[CHECKPOINT_MAX + 1];
	int rc = load_key_beside(dir, &key, err);
	bool found = rc == 0 && checkpoint_read(dirfd, CHECKPOINT_FILE, &key, &checkpoint, note);

	if (rc == 0)
		rc = verify_log(dir, &key, &result, err);
	if (rc < 0)
		return rc;
	if (!found || result.outcome == VERIFY_TAMPERED || result.newest.size < checkpoint.size)
		return err_set(err, -EBADMSG,
			       "the log has no head that could be shown; "
			       "remedy: run sekisho log verify");
	fputs(note, stdout);
	return 0;
}

/* How many entries the running daemon has acknowledged; 0 when it does not answer. */
static uint64_t live_size(void)
{
	struct ipc_header request = ipc_header(IPC_LOG_STATUS);
	struct ipc_log_state state;
	struct err err = { 0 };

	if (ipc_call(IPC_SOCKET_LOG, &request, sizeof(request), IPC_LOG_STATE, &state,
		     sizeof(state), &err) < 0)
		return 0;
	return state.size;
}

/* The daemon is asked first: what it has acknowledged must then be in the files. */
static int verify_live(const struct note_key *key, struct verify_result *ret, struct err *err)
{
	uint64_t size = live_size();
	int rc = verify_log(LOG_DIR, key, ret, err);

	for (int i = 1; rc == 0 && i < LIVE_TRIES && ret->outcome == VERIFY_INCOMPLETE; i++) {
		(void)poll(NULL, 0, LIVE_PAUSE_MS);
		rc = verify_log(LOG_DIR, key, ret, err);
	}
	if (rc < 0 || ret->outcome == VERIFY_TAMPERED || ret->proven_end >= size)
		return rc;
	ret->outcome = VERIFY_TAMPERED;
	ret->bad_first = ret->proven_end;
	ret->bad_last = size - 1;
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s",
		       tr("the daemon has acknowledged entries that are not in the files"));
	return 0;
}

static int verify(const struct request *request, struct err *err)
{
	struct verify_result result;
	struct note_key key;
	bool has_key = true;
	int rc = 0;

	if (request->key)
		rc = note_key_load(request->key, &key, err);
	else if (!request->dir)
		rc = load_key_beside(LOG_DIR, &key, err);
	else
		has_key = false;
	if (rc == 0)
		rc = request->dir ? verify_log(request->dir, has_key ? &key : NULL, &result, err)
				  : verify_live(&key, &result, err);
	if (rc < 0)
		return rc;
	if (request->json)
		report_print_json(&result, stdout);
	else
		report_print(&result, stdout);
	return report_exit_status(&result);
}

static const struct subcommand {
	const char *name;
	int (*run)(const struct request *request, struct err *err);
	bool takes_dir; /* as an argument without --dir */
	bool verifies;  /* failures have an exit status of their own */
} subcommands[] = {
	{ "show", show, false, false },
	{ "verify", verify, true, true },
	{ "checkpoint", show_checkpoint, false, false },
	{ "vkey", show_key, false, false },
};

static const struct subcommand *find_subcommand(const char *name)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (name && strcmp(subcommands[i].name, name) == 0)
			return &subcommands[i];
	}
	return NULL;
}

static int run(const struct subcommand *subcommand, int argc, char *argv[], struct err *err)
{
	struct request request;
	int rc = parse_arguments(argc, argv, &request, err);

	if (rc != 0)
		return rc < 0 ? rc : EXIT_SUCCESS;
	if (subcommand->takes_dir && optind < argc)
		request.dir = argv[optind++];
	if (optind < argc)
		return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
	if (sodium_init() < 0)
		return err_set(err, -EIO, "libsodium does not start");
	return subcommand->run(&request, err);
}

int cmd_log(int argc, char *argv[], struct err *err)
{
	const struct subcommand *subcommand = find_subcommand(argc > 1 ? argv[1] : NULL);
	int rc;

	if (log_command_run(argc, argv, &rc, err))
		return rc;
	if (!subcommand)
		return run(&subcommands[0], argc, argv, err);
	rc = run(subcommand, argc - 1, argv + 1, err);
	if (rc < 0 && subcommand->verifies) {
		fprintf(stderr, "sekisho log verify: %s\n", err->text);
		return REPORT_EXIT_FAILURE;
	}
	return rc;
}
