/* SPDX-License-Identifier: Apache-2.0 */

/* The register of media. */

#include "cli/commands.h"
#include "cli/media_files.h"
#include "cli/subcommand.h"
#include "core/lang.h"

static const struct subcommand subcommands[] = {
	{ "check", media_check, "FILE", N_("every error of a register, with its place") },
	{ "sign", media_sign, "FILE --key FILE", N_("make a draft what terminals accept") },
	{ "import", media_import, "FILE.csv", N_("make a draft of the office's table") },
	{ "export", media_export, "[--csv] FILE", N_("the next draft, or a table for the office") },
};

int cmd_media(int argc, char *argv[], struct err *err)
{
	static const struct subcommand_list list = {
		.command = "media",
		.items = subcommands,
		.n_items = sizeof(subcommands) / sizeof(subcommands[0]),
		.name_width = 9,
		.usage_width = 20,
		.see = N_("See sekisho(1) for the options and sekisho-register(5) for the "
			  "language."),
	};

	return subcommand_run(&list, argc, argv, err);
}
