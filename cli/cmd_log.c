/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho log: read the audit log; prove it; show its head and key. */

#include "audit/checkpoint.h"
#include "audit/verify.h"
#include "audit/writer.h"
#include "cli/commands.h"
#include "cli/log_commands.h"
#include "cli/log_list.h"
#include "cli/log_live.h"
#include "cli/log_verify.h"
#include "cli/options.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"

struct request {
	const char *dir; /* NULL: this terminal's */
	const char *key;
	bool json;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho log [--since TIME] [--until TIME] [--type TYPE,...] [--user "
		 "USER]\n"
		 "                   [--device VID:PID[:SERIAL]|TEXT] [--verdict VERDICT]\n"
		 "                   [--zone ZONE] [--rule RULE] [--seq A..B] [-n N] [-a|--all]\n"
		 "                   [-r|--reverse] [-f|--follow]\n"
		 "                   [-o|--output short|wide|json|csv|rfc5424] [--bom] [--json]\n"
		 "                   [--dir DIR] [--key VKEY|FILE]\n"
		 "       sekisho log show SEQ [-o FORM] [--json] [--dir DIR] [--key VKEY|FILE]\n"
		 "       sekisho log verify [DIR|FILE] [--key VKEY|FILE] [--witness FILE]\n"
		 "                   [--deep|--no-deep] [--json]\n"
		 "       sekisho log checkpoint [--dir DIR]\n"
		 "       sekisho log vkey [--qr [--ascii]] [--dir DIR]\n"
		 "       sekisho log attest --nonce HEX\n"
		 "       sekisho log rotate-key\n"
		 "       sekisho log mark suspend|resume\n"
		 "       sekisho log prove SEQ\n"
		 "       sekisho log consistency CHECKPOINT\n"
		 "       sekisho log check-proof FILE\n"
		 "       sekisho log seal [--at TIME]\n"
		 "       sekisho log check-seal SEAL\n"
		 "       sekisho log export --fiscal-year YEAR FILE\n"
		 "       sekisho log redact SEQ --reason TEXT\n\n"
		 "Shows the audit log, newest last; -n 0 shows all of it, -a heartbeats and "
		 "changes\n"
		 "of keys as well, -f what comes in, show SEQ all about one entry.  verify proves "
		 "it;\n"
		 "exit status: 0 proven, 1 tampered, 2 incomplete or no key, 3 wrong usage or\n"
		 "unreadable.\n"),
	      out);
}

static int take_option(struct request *request, int option, const char *value, struct err *err)
{
	switch (option) {
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
		{ "key", required_argument, NULL, 'k' },
		{ "dir", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*request = (struct request){ 0 };
	while ((option = option_next(argc, argv, "", options)) >= 0) {
		int rc;

		if (option == 'h') {
			print_usage(stdout);
			return 1;
		}
		rc = take_option(request, option, optarg, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The key of the log in @dir: only good to show, or to check the log on its own terminal. */
static int load_key_beside(const char *dir, struct note_key *ret, struct err *err)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s/" WRITER_VKEY_FILE, dir) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return note_key_load(path, ret, err);
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

static const struct subcommand {
	const char *name;
	int (*run)(const struct request *request, struct err *err);
} subcommands[] = {
	{ "checkpoint", show_checkpoint },
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
	if (optind < argc)
		return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log --help");
	if (sodium_init() < 0)
		return err_set(err, -EIO, "libsodium does not start");
	return subcommand->run(&request, err);
}

int cmd_log(int argc, char *argv[], struct err *err)
{
	const struct subcommand *subcommand = find_subcommand(argc > 1 ? argv[1] : NULL);
	int status;

	if (log_command_run(argc, argv, &status, err) || log_live_run(argc, argv, &status, err))
		return status;
	if (argc > 1 && strcmp(argv[1], "verify") == 0)
		return log_verify(argc - 1, argv + 1, err);
	if (!subcommand)
		return log_list(argc, argv, print_usage, err);
	return run(subcommand, argc - 1, argv + 1, err);
}
