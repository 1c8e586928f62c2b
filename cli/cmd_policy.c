/* SPDX-License-Identifier: Apache-2.0 */

/* A policy before it is live, and the one that is. */

#include "cli/commands.h"
#include "cli/policy_commands.h"
#include "cli/subcommand.h"
#include "core/lang.h"

static const struct subcommand subcommands[] = {
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

int cmd_policy(int argc, char *argv[], struct err *err)
{
	static const struct subcommand_list list = {
		.command = "policy",
		.items = subcommands,
		.n_items = sizeof(subcommands) / sizeof(subcommands[0]),
		.name_width = 8,
		.usage_width = 20,
		.see = N_("See sekisho(1) for the options and sekisho-policy(5) for the "
			  "language."),
	};

	return subcommand_run(&list, argc, argv, err);
}
