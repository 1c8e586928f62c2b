/* SPDX-License-Identifier: Apache-2.0 */

/* Exceptions, the disaster mode among them: two people declare one, and it ends by itself. */

#include "cli/act.h"
#include "cli/act_options.h"
#include "cli/agent_rows.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/sheet.h"
#include "cli/subcommand.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const row_keys[] = { "name",     "reason", "ticket", "issuer",
					"approver", "left_s", "rules",  NULL };

static int usage_of(int rc, const char *usage)
{
	fputs(tr(usage), rc == 1 ? stdout : stderr);
	return rc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool has_no_rule(const struct agent_row *row)
{
	return strcmp(agent_row_get(row, "rules"), "0") == 0;
}

/* Done is done: where the list cannot be had, nothing is said of rules. */
static void warn_of_no_rule(const char *name)
{
	struct agent_rows rows = { 0 };
	struct err ignored = { 0 };
	const struct agent_row *row = NULL;

	if (agent_rows_fetch(IPC_AGENT_EXCEPTIONS, &rows, &ignored) == 0)
		row = agent_rows_find(&rows, "name", name);
	if (row && has_no_rule(row))
		printf(tr("No rule of the policy in force asks for %s, so nothing opens by it; "
			  "remedy: a policy with \"exception %s\", or sekisho exception end\n"),
		       name, name);
	agent_rows_done(&rows);
}

static int declare(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "reason", .key = "reason", .required = true },
		{ .name = "hours", .key = "hours", .value = ACT_NUMBER, .required = true },
		{ .name = "ticket", .key = "ticket" },
		{ .name = "issuer", .value = ACT_ISSUER },
		{ .name = "approver", .value = ACT_PERSON, .required = true },
		{ 0 },
	};
	static const char usage[] = N_(
		"Usage: sekisho exception declare NAME --reason TEXT --hours N [--ticket TEXT]\n"
		"           [--issuer NAME] --approver NAME\n\n"
		"Rules of the policy with \"exception NAME\" hold from now on, for 1 to 72 hours.\n"
		"You and the approver each give a code.\n");
	struct ipc_agent_acted acted = { 0 };
	struct ipc_agent_act act = { 0 };
	int rc =
		act_options_read(argc, argv, "exception.declare", options, "exceptions", &act, err);

	if (rc == 1 || rc == -EINVAL)
		return usage_of(rc, usage);
	if (rc == 0)
		rc = act_send(&act, true, &acted, err);
	if (rc < 0)
		return rc;
	printf(tr("The exception %s holds, and ends by itself in %s hours.\n"),
	       act_options_get(&act, "exceptions"), act_options_get(&act, "hours"));
	warn_of_no_rule(act_options_get(&act, "exceptions"));
	return EXIT_SUCCESS;
}

static int end(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "reason", .key = "reason" },
		{ .name = "issuer", .value = ACT_ISSUER },
		{ 0 },
	};
	static const char usage[] =
		N_("Usage: sekisho exception end NAME [--reason TEXT] [--issuer NAME]\n\n"
		   "Ends it before its time. You give a code.\n");
	struct ipc_agent_acted acted = { 0 };
	struct ipc_agent_act act = { 0 };
	int rc = act_options_read(argc, argv, "exception.end", options, "exceptions", &act, err);

	if (rc == 1 || rc == -EINVAL)
		return usage_of(rc, usage);
	if (rc == 0)
		rc = act_send(&act, true, &acted, err);
	if (rc < 0)
		return rc;
	printf(tr("The exception %s is over.\n"), act_options_get(&act, "exceptions"));
	return EXIT_SUCCESS;
}

static void print_row(const struct agent_row *row)
{
	const long left_min = strtol(agent_row_get(row, "left_s"), NULL, 10) / 60;

	printf(tr("exception %s, %ld h %ld min left\n"), agent_row_get(row, "name"), left_min / 60,
	       left_min % 60);
	sheet_line(tr("reason"), agent_row_get(row, "reason"));
	sheet_line(tr("ticket"), agent_row_get(row, "ticket"));
	sheet_line(tr("declared by"), agent_row_get(row, "issuer"));
	sheet_line(tr("approver"), agent_row_get(row, "approver"));
	sheet_line(tr("rules"), agent_row_get(row, "rules"));
}

static void print_json(const struct agent_rows *rows)
{
	json_auto_t *list = json_array();

	for (size_t i = 0; i < rows->n; i++)
		(void)json_array_append_new(list, agent_row_json(rows->items[i], row_keys));
	(void)json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
}

static void print_list_usage(FILE *out)
{
	fputs(tr("Usage: sekisho exception list [--json]\n\n"
		 "Exceptions that hold now. Exit status: 0 none, 1 at least one.\n"),
	      out);
}

static int list(int argc, char *argv[], struct err *err)
{
	struct agent_rows rows = { 0 };
	bool json = false;
	int rc = options_json(argc, argv, 0, &json);
	size_t n;

	if (rc != 0)
		return options_usage(rc, print_list_usage);
	rc = agent_rows_fetch(IPC_AGENT_EXCEPTIONS, &rows, err);
	n = rows.n;
	if (rc == 0 && json)
		print_json(&rows);
	for (size_t i = 0; rc == 0 && !json && i < n; i++)
		print_row(rows.items[i]);
	if (rc == 0 && !json && n == 0)
		puts(tr("No exception is declared."));
	agent_rows_done(&rows);
	if (rc < 0)
		return rc;
	return n > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const struct subcommand subcommands[] = {
	{ "declare", declare, "NAME [...]", N_("two people declare one, for a reason") },
	{ "end", end, "NAME [...]", N_("end one before its time") },
	{ "list", list, "[--json]", N_("those that hold now") },
};

int cmd_exception(int argc, char *argv[], struct err *err)
{
	static const struct subcommand_list commands = {
		.command = "exception",
		.items = subcommands,
		.n_items = sizeof(subcommands) / sizeof(subcommands[0]),
		.name_width = 7,
		.usage_width = 10,
	};

	return subcommand_run(&commands, argc, argv, err);
}
