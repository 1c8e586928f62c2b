/* SPDX-License-Identifier: Apache-2.0 */

/* Tokens: everything is done by sekisho-otpd. */

#include "cli/commands.h"
#include "cli/subcommand.h"
#include "cli/token_commands.h"
#include "core/lang.h"

static const struct subcommand subcommands[] = {
	{ "enroll", token_enroll, "USER [...]", N_("a new token, confirmed by one code") },
	{ "import", token_import, "FILE [...]", N_("hardware tokens from a PSKC file") },
	{ "assign", token_assign, "SERIAL USER", N_("give an imported token to somebody") },
	{ "list", token_list, "[...]", N_("tokens, their drift, and who is locked out") },
	{ "revoke", token_revoke, "USER [...]", N_("end tokens, at the next attempt") },
	{ "resync", token_resync, "USER [...]", N_("find the clock of a token again") },
	{ "unlock", token_unlock, "USER", N_("end the wait after failures") },
};

int cmd_token(int argc, char *argv[], struct err *err)
{
	static const struct subcommand_list list = {
		.command = "token",
		.items = subcommands,
		.n_items = sizeof(subcommands) / sizeof(subcommands[0]),
		.name_width = 6,
		.usage_width = 11,
	};

	return subcommand_run(&list, argc, argv, err);
}
