/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho permit list, show: permits and what became of them. */

#include "cli/moment.h"
#include "cli/options.h"
#include "cli/permit_commands.h"
#include "cli/permit_rows.h"
#include "cli/sheet.h"
#include "cli/state_words.h"
#include "cli/table.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const permit_row_keys[] = {
	"number",      "stage",    "medium_number",  "user",    "section",   "terminal",
	"access",      "purpose",  "classification", "from",    "until",     "uses",
	"used",        "carrier",  "destination",    "company", "contract",  "worker",
	"subcontract", "usb",      "serial",         "scan",    "expected",  "note",
	"requester",   "approver", "files",          "bytes",   "erased_by", NULL,
};

static bool is_stage(const struct agent_row *row, const char *stage)
{
	return strcmp(agent_row_get(row, "stage"), stage) == 0;
}

static bool was_used(const struct agent_row *row)
{
	const char *used = agent_row_get(row, "used");

	return *used && strcmp(used, "0") != 0;
}

static bool is_over(const struct agent_row *row, policy_minute now)
{
	policy_minute until;

	return is_stage(row, "expired") || is_stage(row, "revoked") ||
	       (policy_minute_parse(agent_row_get(row, "until"), 'T', &until) && until <= now);
}

bool permit_row_is_late(const struct agent_row *row, policy_minute now)
{
	/* What a company brought in it takes away with it, and nothing was written to it. */
	return was_used(row) && is_over(row, now) && !is_stage(row, "closed") &&
	       strcmp(agent_row_get(row, "access"), "vendor") != 0;
}

bool permit_row_is_open(const struct agent_row *row, policy_minute now)
{
	return is_stage(row, "requested") || (is_stage(row, "approved") && !is_over(row, now)) ||
	       permit_row_is_late(row, now);
}

const char *permit_row_stage(const struct agent_row *row, policy_minute now)
{
	return permit_row_is_late(row, now) ? "not-returned" : agent_row_get(row, "stage");
}

json_t *permit_row_json(const struct agent_row *row, policy_minute now)
{
	json_t *object = agent_row_json(row, permit_row_keys);

	(void)json_object_set_new(object, "open", json_boolean(permit_row_is_open(row, now)));
	(void)json_object_set_new(object, "overdue", json_boolean(permit_row_is_late(row, now)));
	return object;
}

void permit_row_print(const struct agent_row *row, policy_minute now)
{
	sheet_line(tr("permit"), agent_row_get(row, "number"));
	sheet_line(tr("state"), state_word(permit_row_stage(row, now)));
	sheet_line(tr("purpose"), state_word(agent_row_get(row, "purpose")));
	sheet_line(tr("classification"), agent_row_get(row, "classification"));
	sheet_line(tr("medium"), agent_row_get(row, "medium_number"));
	sheet_line(tr("terminal"), agent_row_get(row, "terminal"));
	sheet_line(tr("user"), agent_row_get(row, "user"));
	sheet_line(tr("section"), agent_row_get(row, "section"));
	sheet_line(tr("access"), state_word(agent_row_get(row, "access")));
	sheet_line(tr("begins"), agent_row_get(row, "from"));
	sheet_line(tr("ends"), agent_row_get(row, "until"));
	sheet_line(tr("uses"), agent_row_get(row, "uses"));
	sheet_line(tr("used"), agent_row_get(row, "used"));
	sheet_line(tr("carried by"), agent_row_get(row, "carrier"));
	sheet_line(tr("destination"), agent_row_get(row, "destination"));
	sheet_line(tr("company"), agent_row_get(row, "company"));
	sheet_line(tr("contract"), agent_row_get(row, "contract"));
	sheet_line(tr("worker"), agent_row_get(row, "worker"));
	sheet_line(tr("subcontractor"), agent_row_get(row, "subcontract"));
	sheet_line(tr("device"), agent_row_get(row, "usb"));
	sheet_line(tr("serial number"), agent_row_get(row, "serial"));
	sheet_line(tr("scan record"), agent_row_get(row, "scan"));
	sheet_line(tr("expected SHA-256"), agent_row_get(row, "expected"));
	sheet_line(tr("note"), agent_row_get(row, "note"));
	sheet_line(tr("asked for by"), agent_row_get(row, "requester"));
	sheet_line(tr("approver"), agent_row_get(row, "approver"));
	sheet_line(tr("files written"), agent_row_get(row, "files"));
	sheet_line(tr("bytes written"), agent_row_get(row, "bytes"));
	sheet_line(tr("erasure seen by"), agent_row_get(row, "erased_by"));
}

struct choice {
	bool open_only;
	bool late_only;
	policy_minute now;
};

static bool is_meant(const struct choice *choice, const struct agent_row *row)
{
	return (!choice->open_only || permit_row_is_open(row, choice->now)) &&
	       (!choice->late_only || permit_row_is_late(row, choice->now));
}

static size_t print_table(const struct agent_rows *rows, const struct choice *choice, bool below)
{
	static const char *const titles[] = {
		N_("PERMIT"), N_("STATE"), N_("MEDIUM"), N_("USER"),
		N_("ACCESS"), N_("FROM"),  N_("UNTIL"),  N_("APPROVER"),
	};
	struct table table = { .titles = titles, .n_columns = sizeof(titles) / sizeof(titles[0]) };
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct agent_row *row = rows->items[i];

		if (!is_meant(choice, row))
			continue;
		table_add(&table,
			  (const char *const[]){
				  agent_row_get(row, "number"),
				  state_word(permit_row_stage(row, choice->now)),
				  agent_row_get(row, "medium_number"), agent_row_get(row, "user"),
				  state_word(agent_row_get(row, "access")),
				  agent_row_get(row, "from"), agent_row_get(row, "until"),
				  agent_row_get(row, "approver") });
		n++;
	}
	if (n > 0 && below)
		putchar('\n');
	if (n > 0)
		table_print(&table, stdout);
	table_done(&table);
	return n;
}

static size_t add_json(const struct agent_rows *rows, const struct choice *choice, json_t *into)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		if (!is_meant(choice, rows->items[i]))
			continue;
		(void)json_array_append_new(into, permit_row_json(rows->items[i], choice->now));
		n++;
	}
	return n;
}

size_t permit_rows_print_late(const struct agent_rows *rows, policy_minute now, bool below)
{
	return print_table(rows, &(struct choice){ .late_only = true, .now = now }, below);
}

size_t permit_rows_json_late(const struct agent_rows *rows, policy_minute now, json_t *into)
{
	return add_json(rows, &(struct choice){ .late_only = true, .now = now }, into);
}

static void print_list_usage(FILE *out)
{
	fputs(tr("Usage: sekisho permit list [--open] [--overdue] [--json]\n\n"
		 "Your permits; for root and sekisho-admin all of them. --open: with which "
		 "something\n"
		 "is to be done; --overdue: used, over, and not closed.\n"),
	      out);
}

int permit_list(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "open", no_argument, NULL, 'o' },
		{ "overdue", no_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct choice choice = { .now = moment_now() };
	json_auto_t *array = json_array();
	struct agent_rows rows = { 0 };
	bool as_json = false;
	int option;
	int rc;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'o' && option != 'l' && option != 'j')
			return options_usage(option == 'h', print_list_usage);
		choice.open_only |= option == 'o';
		choice.late_only |= option == 'l';
		as_json |= option == 'j';
	}
	if (optind != argc)
		return options_usage(-EINVAL, print_list_usage);
	rc = agent_rows_fetch(IPC_AGENT_PERMITS, &rows, err);
	if (rc == 0 && as_json) {
		(void)add_json(&rows, &choice, array);
		(void)json_dumpf(array, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (rc == 0 && print_table(&rows, &choice, false) == 0) {
		puts(tr("There is no such permit."));
	}
	agent_rows_done(&rows);
	return rc < 0 ? rc : EXIT_SUCCESS;
}

static void print_show_usage(FILE *out)
{
	fputs(tr("Usage: sekisho permit show NUMBER [--json]\n"), out);
}

int permit_show(int argc, char *argv[], struct err *err)
{
	const struct agent_row *row = NULL;
	struct agent_rows rows = { 0 };
	bool as_json;
	int rc = options_json(argc, argv, 1, &as_json);

	if (rc != 0)
		return options_usage(rc, print_show_usage);
	rc = permit_row_fetch(argv[optind], &rows, &row, err);
	if (rc == 0 && as_json) {
		json_auto_t *object = permit_row_json(row, moment_now());

		(void)json_dumpf(object, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (rc == 0) {
		permit_row_print(row, moment_now());
	}
	agent_rows_done(&rows);
	return rc < 0 ? rc : EXIT_SUCCESS;
}

int permit_row_fetch(const char *number, struct agent_rows *rows, const struct agent_row **ret,
		     struct err *err)
{
	int rc = agent_rows_fetch(IPC_AGENT_PERMITS, rows, err);

	if (rc < 0)
		return rc;
	*ret = agent_rows_find(rows, "number", number);
	if (!*ret)
		return err_set(err, -ENOENT,
			       "there is no permit %s here; remedy: sekisho permit list shows "
			       "yours, and those of others to root and sekisho-admin",
			       number);
	return 0;
}
