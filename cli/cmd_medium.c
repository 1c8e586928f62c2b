/* SPDX-License-Identifier: Apache-2.0 */

/* What a person does with a medium that was granted. */

#include "cli/commands.h"
#include "cli/medium_commands.h"
#include "cli/subcommand.h"
#include "core/lang.h"

static const struct subcommand subcommands[] = {
	{ "list", medium_list, "[--json]", N_("the media that you can use, and where") },
	{ "eject", medium_eject, "[NODE|PATH]", N_("write everything out, then take it out") },
	{ "unlock", medium_unlock, "[NODE|UUID]", N_("open an encrypted one by its passphrase") },
	{ "watch", medium_watch, "[--desktop]", N_("say what happens to your media") },
	{ "files", medium_files, "FILE --key KEY", N_("open a sealed list of what was written") },
};

int cmd_medium(int argc, char *argv[], struct err *err)
{
	static const struct subcommand_list list = {
		.command = "medium",
		.items = subcommands,
		.n_items = sizeof(subcommands) / sizeof(subcommands[0]),
		.name_width = 6,
		.usage_width = 14,
	};

	return subcommand_run(&list, argc, argv, err);
}
