/* SPDX-License-Identifier: Apache-2.0 */

/* The register of media. */

#include "cli/commands.h"
#include "cli/media_commands.h"
#include "cli/media_files.h"
#include "cli/subcommand.h"
#include "core/lang.h"

static const struct subcommand subcommands[] = {
	{ "register", media_register, "NUMBER [...]", N_("enter what is plugged in") },
	{ "list", media_list, "[...]", N_("the register as it stands here") },
	{ "show", media_show, "NUMBER", N_("all about one medium") },
	{ "lend", media_lend, "NUMBER [...]", N_("give one to somebody, until a day") },
	{ "return", media_return, "NUMBER [...]", N_("it is back, and erased") },
	{ "overdue", media_overdue, "[--json]", N_("what is not back though it is due") },
	{ "lost", media_lost, "NUMBER [...]", N_("report one lost: it is refused") },
	{ "found", media_found, "NUMBER [...]", N_("a lost one is back") },
	{ "missing", media_missing, "NUMBER [...]", N_("it was not shown when stock was taken") },
	{ "dispose", media_dispose, "NUMBER [...]", N_("it is destroyed, or handed over for it") },
	{ "stocktake", media_stocktake, "[...]", N_("which were plugged in, and which not") },
	{ "incident", media_incident, "NUMBER", N_("what is known of a lost one, and the terms") },
	{ "check", media_check, "FILE", N_("every error of a register, with its place") },
	{ "sign", media_sign, "FILE --key FILE", N_("make a draft what terminals accept") },
	{ "install", media_install, "FILE [...]", N_("put a signed register in force here") },
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
		.usage_width = 15,
		.see = N_("See sekisho(1) for the options and sekisho-register(5) for the "
			  "language."),
	};

	return subcommand_run(&list, argc, argv, err);
}
