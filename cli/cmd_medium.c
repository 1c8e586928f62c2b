/* SPDX-License-Identifier: Apache-2.0 */

/* What a person does with a medium that was granted. */

#include "cli/cell.h"
#include "cli/commands.h"
#include "cli/medium_commands.h"
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
	{ "list", medium_list, "[--json]", N_("the media that you can use, and where") },
	{ "eject", medium_eject, "[NODE|PATH]", N_("write everything out, then take it out") },
	{ "unlock", medium_unlock, "[NODE|UUID]", N_("open an encrypted one by its passphrase") },
	{ "watch", medium_watch, "[--desktop]", N_("say what happens to your media") },
};

static void print_usage(FILE *out)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		cell_print(i == 0 ? tr("Usage:") : "", text_width(tr("Usage:")), out);
		fprintf(out, " sekisho medium %-6s %-12s %s\n", subcommands[i].name,
			subcommands[i].usage, tr(subcommands[i].summary));
	}
}

int cmd_medium(int argc, char *argv[], struct err *err)
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
