/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_commands.h"

#include "audit/proof_file.h"
#include "cli/options.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"

static const struct option options[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "key", required_argument, NULL, 'k' },
	{ "at", required_argument, NULL, 'a' },
	{ "tiles", required_argument, NULL, 't' },
	{ "fiscal-year", required_argument, NULL, 'y' },
	{ "reason", required_argument, NULL, 'r' },
	{ "issuer", required_argument, NULL, 'i' },
	{ "approver", required_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const struct log_command {
	const char *name;
	int (*run)(const struct log_request *request, struct err *err);
	const char *letters; /* of the options above that it takes */
	int n_min;           /* words */
	int n_max;
	const char *usage;
} commands[] = {
	{ "prove", log_prove, "d", 1, 1,
	  N_("Usage: sekisho log prove SEQ [--dir DIR] > FILE.tlog-proof\n\n"
	     "Writes a C2SP tlog-proof of one entry; the entry and the signed head are in it.\n"
	     "Exit status: 0 done, 1 the log is damaged, 2 the entry was pruned, 3 failed.\n") },
	{ "consistency", log_consistency, "d", 1, 1,
	  N_("Usage: sekisho log consistency CHECKPOINT [--dir DIR] > FILE\n\n"
	     "Proves that the log begins with all that was in it when sekisho log checkpoint\n"
	     "wrote CHECKPOINT.  Exit status: 0 proven, 1 changed, cut or another's, 2 that\n"
	     "beginning was pruned, 3 failed.\n") },
	{ "check-proof", log_check_proof, "k", 1, 2,
	  N_("Usage: sekisho log check-proof FILE --key VKEY|FILE [ENTRY|CHECKPOINT]\n\n"
	     "Checks what prove or consistency wrote.  ENTRY is a file with the line of the\n"
	     "entry where the proof lacks it, CHECKPOINT the earlier one.  Exit status:\n"
	     "0 proven, 1 not proven, 3 failed.\n") },
	{ "seal", log_seal, "da", 0, 0,
	  N_("Usage: sekisho log seal [--at TIME] [--dir DIR]\n\n"
	     "Prints the seal of the log as it is, or was at TIME: eight groups for a paper\n"
	     "form or the telephone, that later show whether it was changed or cut.\n") },
	{ "check-seal", log_check_seal, "d", 1, 2,
	  N_("Usage: sekisho log check-seal SEAL [DIR|EXPORT]\n\n"
	     "Says whether the log still holds what was sealed.  Exit status: 0 it does,\n"
	     "1 changed, cut or another's, 2 pruned, 3 mistyped or failed.\n") },
	{ "redact", log_redact, "rip", 1, 1,
	  N_("Usage: sekisho log redact SEQ --reason TEXT [--issuer NAME] [--approver NAME]\n\n"
	     "Blacks out an entry of this terminal's log for good, for what must not be kept.\n"
	     "You and a second person each give a code; TEXT, both names, and that the entry\n"
	     "was there stay in the log, and it verifies as before.\n") },
	{ "export", log_export, "dty", 0, 1,
	  N_("Usage: sekisho log export --fiscal-year YEAR FILE [--dir DIR]\n"
	     "       sekisho log export --tiles FOLDER [--dir DIR]\n\n"
	     "Writes one ZIP with the log of a fiscal year (R8, 2026) and all that proves it,\n"
	     "or the whole log as C2SP tlog-tiles.\n") },
};

static int wrong_usage(const struct log_command *command, struct err *err)
{
	return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log %s --help", command->name);
}

static void take_option(struct log_request *request, int option, const char *value)
{
	switch (option) {
	case 'd':
		request->dir = value;
		break;
	case 'k':
		request->key = value;
		break;
	case 'a':
		request->at = value;
		break;
	case 't':
		request->tiles = value;
		break;
	case 'y':
		request->fiscal_year = value;
		break;
	case 'r':
		request->reason = value;
		break;
	case 'i':
		request->issuer = value;
		break;
	case 'p':
		request->approver = value;
		break;
	}
}

/* Return: 1 when --help was asked for, or an error. */
static int parse(const struct log_command *command, int argc, char *argv[], struct log_request *ret,
		 struct err *err)
{
	int option;

	*ret = (struct log_request){ .dir = LOG_DIR };
	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'h') {
			fputs(tr(command->usage), stdout);
			return 1;
		}
		if (!strchr(command->letters, option))
			return wrong_usage(command, err);
		take_option(ret, option, optarg);
	}
	ret->n_words = argc - optind;
	if (ret->n_words < command->n_min || ret->n_words > command->n_max)
		return wrong_usage(command, err);
	for (int i = 0; i < ret->n_words; i++)
		ret->words[i] = argv[optind + i];
	return 0;
}

static int run(const struct log_command *command, int argc, char *argv[], struct err *err)
{
	struct log_request request;
	int rc = parse(command, argc, argv, &request, err);

	if (rc > 0)
		return 0;
	if (rc == 0 && sodium_init() < 0)
		rc = err_set(err, -EIO, "libsodium does not start");
	if (rc == 0)
		rc = command->run(&request, err);
	if (rc < 0)
		fprintf(stderr, "sekisho log %s: %s\n", command->name, err->text);
	return proof_exit_status(rc);
}

bool log_command_run(int argc, char *argv[], int *ret_status, struct err *err)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			*ret_status = run(&commands[i], argc - 1, argv + 1, err);
			return true;
		}
	}
	return false;
}

int log_open(const struct log_request *request, struct err *err)
{
	int fd = open(request->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(err, -errno, "open %s: %m", request->dir) : fd;
}
