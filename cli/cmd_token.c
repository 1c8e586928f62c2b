/* SPDX-License-Identifier: Apache-2.0 */

/* Tokens: everything is done by sekisho-otpd. */

#include "cli/commands.h"
#include "cli/lost.h"
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
	{ "temporary", lost_temporary, "USER [...]", N_("a temporary code, at the help desk") },
	{ "revoke-temporary", lost_end_temporary, "USER", N_("ends it, at the terminal") },
	{ "recovery", lost_recovery, "USER [--left]", N_("eight codes on paper, for a user") },
	{ "envelope", lost_envelope, "[...]", N_("codes for sealed envelopes, for this terminal") },
	{ "desk", lost_desk, "", N_("the key of this help desk's machine") },
	{ "escrow", lost_escrow, "--to KEY|FILE", N_("this terminal's key, for that help desk") },
};

int cmd_token(int argc, char *argv[], struct err *err)
{
	static const struct subcommand_list list = {
		.command = "token",
		.items = subcommands,
		.n_items = sizeof(subcommands) / sizeof(subcommands[0]),
		.name_width = 16,
		.usage_width = 13,
	};

	return subcommand_run(&list, argc, argv, err);
}
