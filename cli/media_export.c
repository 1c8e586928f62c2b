/* SPDX-License-Identifier: Apache-2.0 */

/* The register as a table for the office, or with what happened since as the next draft. */

#include "cli/csv.h"
#include "cli/media_columns.h"
#include "cli/media_files.h"
#include "cli/options.h"
#include "cli/register_file.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"

#include <errno.h>
#include <stdio.h>

#define SUPPLEMENTS_MAX 256 /* terminals, at one time */

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media export [--csv] [--add SUPPLEMENT]... [--output FILE] "
		 "REGISTER\n\n"
		 "Writes the register as the next draft to be signed, or as a table (--csv) that "
		 "a\n"
		 "spreadsheet can open.  --add takes in what happened at a terminal since.\n"),
	      out);
}

static void put_table(const struct ledger *ledger, FILE *out)
{
	char cell[MEDIA_CELL_MAX];

	(void)fputs(TEXT_BYTE_ORDER_MARK, out);
	for (enum media_column column = 0; column < MEDIA_COLUMNS; column++)
		(void)fprintf(out, "%s\"%s\"", column ? "," : "", media_column_heading(column));
	(void)fputs(CSV_EOL, out);
	for (size_t i = 0; i < ledger->n_media; i++) {
		for (enum media_column column = 0; column < MEDIA_COLUMNS; column++) {
			(void)fputs(column ? "," : "", out);
			csv_put(media_column_get(ledger, &ledger->media[i], column, cell), out);
		}
		(void)fputs(CSV_EOL, out);
	}
}

static int put_draft(struct ledger *ledger, FILE *out)
{
	if (*ledger->name == '\0')
		ledger->name = "city";
	ledger->version++;
	return ledger_print(ledger, out);
}

static int write_out(struct ledger *ledger, bool as_table, const char *output, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return err_set(err, -ENOMEM, "out of memory");
	if (as_table)
		put_table(ledger, out);
	else
		(void)put_draft(ledger, out);
	if (fclose(out) != 0)
		return err_set(err, -ENOMEM, "out of memory");
	return register_file_write(output, text, len, err);
}

struct supplements {
	const char *paths[SUPPLEMENTS_MAX];
	size_t n;
};

/* Each against the register itself: what one terminal found, it knew of no other's loss. */
static int add(const struct ledger *base, const char *path, struct ledger **sum, struct err *err)
{
	cleanup_register_file struct register_file supplement = { 0 };
	struct ledger *both = NULL;
	int rc = register_file_read(path, base, &supplement, err);

	if (rc != 0)
		return rc;
	rc = ledger_merge(*sum ? *sum : base, supplement.ledger, &both, err);
	if (rc < 0)
		return err_wrap(err, "%s", path);
	ledger_free(*sum);
	*sum = both;
	return 0;
}

static int export(const char *path, const struct supplements *supplements, bool as_table,
		  const char *output, struct err *err)
{
	cleanup_register_file struct register_file file = { 0 };
	cleanup_ledger struct ledger *sum = NULL;
	int rc = register_file_read(path, NULL, &file, err);

	for (size_t i = 0; rc == 0 && i < supplements->n; i++)
		rc = add(file.ledger, supplements->paths[i], &sum, err);
	return rc != 0 ? rc : write_out(sum ? sum : file.ledger, as_table, output, err);
}

int media_export(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "csv", no_argument, NULL, 'c' },
		{ "add", required_argument, NULL, 'a' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct supplements supplements = { .n = 0 };
	const char *output = NULL;
	bool as_table = false;
	int option;

	optind = 1;
	while ((option = option_next(argc, argv, "o:", options)) >= 0) {
		if (option == 'c')
			as_table = true;
		else if (option == 'a' && supplements.n < SUPPLEMENTS_MAX)
			supplements.paths[supplements.n++] = optarg;
		else if (option == 'o')
			output = optarg;
		else
			return options_usage(option == 'h', print_usage);
	}
	if (optind != argc - 1)
		return options_usage(-EINVAL, print_usage);
	return export(argv[optind], &supplements, as_table, output, err);
}
