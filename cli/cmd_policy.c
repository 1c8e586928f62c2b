/* SPDX-License-Identifier: Apache-2.0 */

/* A policy before it is live, and the one that is. */

#include "cli/cell.h"
#include "cli/commands.h"
#include "cli/policy_commands.h"
#include "core/lang.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand {
	const char *name;
	int (*run)(int argc, char *argv[], struct err *err);
	const char *usage;
	const char *summary;
} subcommands[] = {
	{ "check", policy_check, "FILE", N_("every error and every warning, with its place") },
	{ "explain", policy_explain_device, "DEVICE|--saved FILE",
	  N_("which rule decides, and why not those before it") },
	{ "generate", policy_generate, "", N_("rules for the devices that are attached") },
	{ "impact", policy_impact, "FILE", N_("what would have been otherwise, from the log") },
	{ "diff", policy_diff, "OLD NEW", N_("what differs in meaning") },
	{ "sign", policy_sign, "FILE --key FILE", N_("make a draft what terminals accept") },
	{ "install", policy_install, "FILE", N_("put a policy in force on this terminal") },
	{ "show", policy_show, "", N_("the policy in force") },
};

static void print_usage(FILE *out)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		cell_print(i == 0 ? tr("Usage:") : "", text_width(tr("Usage:")), out);
		fprintf(out, " sekisho policy %-8s %-20s %s\n", subcommands[i].name,
			subcommands[i].usage, tr(subcommands[i].summary));
	}
	fprintf(out, "\n%s\n",
		tr("See sekisho(1) for the options and sekisho-policy(5) for the "
		   "language."));
}

int cmd_policy(int argc, char *argv[], struct err *err)
{
	for (size_t i = 0; argc > 1 && i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 1, argv + 1, err);
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (argc > 1)
		fprintf(stderr, tr("unknown command '%s'\n"), argv[1]);
	print_usage(stderr);
	return EXIT_FAILURE;
}
