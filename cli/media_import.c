/* SPDX-License-Identifier: Apache-2.0 */

/* The office's table becomes a draft of the register; what that changes is shown first. */

#include "cli/media_columns.h"
#include "cli/media_changes.h"
#include "cli/media_files.h"
#include "cli/media_import.h"
#include "cli/options.h"
#include "cli/policy_file.h"
#include "cli/register_file.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media import FILE.csv [--into REGISTER [--all]] [--output FILE]\n"
		 "                            [--dry-run]\n\n"
		 "Makes a draft of the register of a table, or of a register and a table that\n"
		 "changes it.  With --all the table is the whole register: media that it lacks\n"
		 "and that nothing happened to are left out.  --dry-run only says what changes.\n"),
	      out);
}

struct arguments {
	const char *table;
	const char *into;
	const char *output;
	bool all;
	bool dry_run;
};

static int import(const struct arguments *arguments, struct err *err)
{
	cleanup_register_file struct register_file into = { 0 };
	cleanup_ledger struct ledger *ledger = NULL;
	cleanup_csv struct csv csv = { 0 };
	cleanup_free char *bytes = NULL;
	cleanup_free char *text = NULL;
	size_t len = 0;
	int rc = arguments->into ? register_file_read(arguments->into, NULL, &into, err) : 0;

	if (rc == 0)
		rc = read_any_file(arguments->table, LEDGER_BYTES_MAX, &bytes, &len, err);
	if (rc == 0)
		rc = csv_parse(arguments->table, bytes, len, &csv, err);
	if (rc == 0)
		rc = media_import_rows(arguments->table, &csv, into.ledger, arguments->all, &text,
				       &ledger, err);
	if (rc != 0)
		return rc;
	if (arguments->dry_run) {
		media_changes_print(into.ledger, ledger);
		return 0;
	}
	return register_file_write(arguments->output, text, strlen(text), err);
}

int media_import(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "into", required_argument, NULL, 'i' },
		{ "output", required_argument, NULL, 'o' },
		{ "all", no_argument, NULL, 'a' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct arguments arguments = { 0 };
	int option;

	optind = 1;
	while ((option = option_next(argc, argv, "o:n", options)) >= 0) {
		if (option == 'i')
			arguments.into = optarg;
		else if (option == 'o')
			arguments.output = optarg;
		else if (option == 'a')
			arguments.all = true;
		else if (option == 'n')
			arguments.dry_run = true;
		else
			return options_usage(option == 'h', print_usage);
	}
	if (optind != argc - 1 || (arguments.all && !arguments.into))
		return options_usage(-EINVAL, print_usage);
	arguments.table = argv[optind];
	return import(&arguments, err);
}
