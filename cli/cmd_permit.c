/* SPDX-License-Identifier: Apache-2.0 */

/* Permits: who may use which medium, when and for what. */

#include "cli/commands.h"
#include "cli/permit_commands.h"
#include "cli/subcommand.h"
#include "core/lang.h"

static const struct subcommand subcommands[] = {
	{ "request", permit_request, "[...]", N_("ask for the use of a medium") },
	{ "vendor", permit_vendor, "[...]", N_("ask for a company to bring in a medium") },
	{ "list", permit_list, "[...]", N_("permits, and which wait for somebody") },
	{ "show", permit_show, "NUMBER", N_("all about one") },
	{ "approve", permit_grant, "NUMBER [...]", N_("approve one, by the approver's code") },
	{ "grant", permit_desk_grant, "NUMBER [...]",
	  N_("approve one by telephone, at the help desk") },
	{ "witness", permit_witness, "NUMBER", N_("stand beside what a company brings in") },
	{ "record", permit_record, "NUMBER", N_("work record of a company, to print and seal") },
	{ "deny", permit_deny, "NUMBER [...]", N_("refuse one") },
	{ "revoke", permit_revoke, "NUMBER [...]", N_("take one back at once") },
	{ "close", permit_close, "NUMBER [...]", N_("the medium is back and erased") },
	{ "check", permit_check_file, "FILE", N_("what is wrong in a permit's file") },
	{ "sign", permit_sign, "FILE --key FILE", N_("approve one beforehand, by a signature") },
	{ "import", permit_import, "FILE", N_("bring a signed one to this terminal") },
	{ "reconcile", permit_reconcile, "--month M [...]",
	  N_("what was used and what permitted") },
};

int cmd_permit(int argc, char *argv[], struct err *err)
{
	static const struct subcommand_list list = {
		.command = "permit",
		.items = subcommands,
		.n_items = sizeof(subcommands) / sizeof(subcommands[0]),
		.name_width = 9,
		.usage_width = 15,
	};

	return subcommand_run(&list, argc, argv, err);
}
