/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho permit approve, deny, revoke, close: what becomes of a permit. */

#include "cli/act.h"
#include "cli/act_options.h"
#include "cli/moment.h"
#include "cli/permit_commands.h"
#include "cli/permit_phone.h"
#include "cli/permit_rows.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct decision {
	const char *type;
	const struct act_option *options;
	const char *usage; /* extracted with N_() */
	const char *done;  /* likewise, with the permit's number */
	bool show_first;   /* nobody approves what he has not seen */
	bool own_code;     /* of who does it */
};

static int show(const char *number, struct err *err)
{
	const struct agent_row *row = NULL;
	struct agent_rows rows = { 0 };
	int rc = permit_row_fetch(number, &rows, &row, err);

	if (rc == 0)
		permit_row_print(row, moment_now());
	agent_rows_done(&rows);
	return rc;
}

static int run(const struct decision *decision, int argc, char *argv[], struct err *err)
{
	struct ipc_agent_acted acted = { 0 };
	struct ipc_agent_act act = { 0 };
	int rc = act_options_read(argc, argv, decision->type, decision->options, "permit", &act,
				  err);

	if (rc == 1 || rc == -EINVAL) {
		fputs(tr(decision->usage), rc == 1 ? stdout : stderr);
		return rc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (rc == 0 && *act_options_get(&act, "method"))
		rc = permit_phone_send(&act, err);
	else if (rc == 0 && decision->show_first)
		rc = show(act_options_get(&act, "permit"), err);
	if (rc == 0 && !*act_options_get(&act, "method"))
		rc = act_send(&act, decision->own_code, &acted, err);
	if (rc < 0)
		return rc;
	printf(tr(decision->done), act_options_get(&act, "permit"));
	return EXIT_SUCCESS;
}

int permit_grant(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "approver", .value = ACT_PERSON, .required = true },
		{ .name = "by-phone", .key = "method", .value = ACT_FLAG, .flag = "telephone" },
		{ 0 },
	};
	static const struct decision decision = {
		.type = "permit.approve",
		.options = options,
		.usage = N_(
			"Usage: sekisho permit approve NUMBER --approver NAME [--by-phone]\n\n"
			"Shows the permit, then asks for a code of NAME, who approves it by that.\n"
			"--by-phone: NAME is at the help desk. Shows what is to be read out to "
			"it,\n"
			"then asks for the digits that are read back.\n"),
		.done = N_("Permit %s is approved. Plug the medium in, or take it out and in.\n"),
		.show_first = true,
	};

	return run(&decision, argc, argv, err);
}

int permit_witness(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = { { 0 } };
	static const struct decision decision = {
		.type = "permit.witness",
		.options = options,
		.usage = N_("Usage: sekisho permit witness NUMBER\n\n"
			    "Asks for a code of yours, and opens the company's medium while you "
			    "stand beside\nit: for 60 minutes, and no longer than your session.\n"),
		.done = N_("Permit %s is witnessed by you: the medium opens to be read.\n"),
		.show_first = true,
		.own_code = true,
	};

	return run(&decision, argc, argv, err);
}

int permit_deny(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "approver", .value = ACT_PERSON, .required = true },
		{ .name = "reason", .key = "reason" },
		{ 0 },
	};
	static const struct decision decision = {
		.type = "permit.deny",
		.options = options,
		.usage = N_("Usage: sekisho permit deny NUMBER --approver NAME [--reason TEXT]\n"),
		.done = N_("Permit %s is denied.\n"),
	};

	return run(&decision, argc, argv, err);
}

int permit_revoke(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "reason", .key = "reason" },
		{ 0 },
	};
	static const struct decision decision = {
		.type = "permit.revoke",
		.options = options,
		.usage = N_("Usage: sekisho permit revoke NUMBER [--reason TEXT]\n\n"
			    "Takes it back at once; a use that goes on ends.\n"),
		.done = N_("Permit %s is taken back.\n"),
	};

	return run(&decision, argc, argv, err);
}

int permit_close(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "erased-by", .key = "erased_by", .value = ACT_PERSON, .required = true },
		{ 0 },
	};
	static const struct decision decision = {
		.type = "permit.close",
		.options = options,
		.usage = N_(
			"Usage: sekisho permit close NUMBER --erased-by USER\n\n"
			"The medium is back. USER, who saw that nothing is left on it, confirms\n"
			"that by a code.\n"),
		.done = N_("Permit %s is closed: the medium is back and erased.\n"),
	};

	return run(&decision, argc, argv, err);
}
