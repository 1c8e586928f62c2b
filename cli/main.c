/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho: finds the command, runs it, prints its one error. */

#include "cli/commands.h"
#include "core/err.h"
#include "core/lang.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_OUTPUT 3

static const struct command {
	const char *name;
	int (*run)(int argc, char *argv[], struct err *err);
	const char *summary;
} commands[] = {
	{ "status", cmd_status, N_("is every gate closed, and why not if not") },
	{ "doctor", cmd_doctor, N_("by which paths somebody gets in without a code") },
	{ "devices", cmd_devices, N_("what is attached and what was decided") },
	{ "medium", cmd_medium, N_("use a medium that was granted, and take it out safely") },
	{ "media", cmd_media, N_("the register of media: enter, lend, report lost, take stock") },
	{ "permit", cmd_permit, N_("ask for the use of a medium, and approve it") },
	{ "exception", cmd_exception,
	  N_("declare an exception to the rules, which ends by itself") },
	{ "revoke", cmd_revoke, N_("close a device at once, whoever uses it") },
	{ "log", cmd_log, N_("read the audit log, or verify it") },
	{ "policy", cmd_policy, N_("check, explain, compare, sign and install policies") },
	{ "order", cmd_order, N_("sign and install what says in which zone a terminal stands") },
	{ "key", cmd_key, N_("make signing keys, and show their public part") },
	{ "token", cmd_token, N_("enrol, list, revoke and unlock one-time code tokens") },
	{ "setup", cmd_setup, N_("switch this terminal's guard on, or take it off again") },
};

static void print_usage(FILE *out)
{
	fprintf(out, "%s\n\n", tr("Usage: sekisho COMMAND [OPTION...]"));
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-10s%s\n", commands[i].name, tr(commands[i].summary));
	fprintf(out, "\n%s\n",
		tr("Each command explains itself with --help; see also sekisho(1)."));
}

/* What nobody could read was not said: a status of its own, that means neither yes nor no. */
static int check_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fputs(tr("sekisho: not all of the output could be written; "
		 "remedy: see whether the disk is full\n"),
	      stderr);
	return EXIT_OUTPUT;
}

static int run(const struct command *command, int argc, char *argv[])
{
	struct err err = { 0 };
	int rc = command->run(argc, argv, &err);

	if (rc < 0) {
		fprintf(stderr, "sekisho %s: %s\n", command->name, err.text);
		return EXIT_FAILURE;
	}
	return rc;
}

int main(int argc, char *argv[])
{
	(void)setlocale(LC_CTYPE, "");
	lang_set(lang_from_environment());

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("sekisho " SEKISHO_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
		print_usage(stdout);
		return check_output(EXIT_SUCCESS);
	}
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return check_output(run(&commands[i], argc - 1, argv + 1));
	}
	if (argc > 1)
		fprintf(stderr, tr("unknown command '%s'\n"), argv[1]);
	print_usage(stderr);
	return EXIT_FAILURE;
}
