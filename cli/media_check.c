/* SPDX-License-Identifier: Apache-2.0 */

/* Every error and every warning of a register, before it is in force. */

#include "cli/media_files.h"
#include "cli/options.h"
#include "cli/register_file.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media check FILE\n\n"
		 "Reads a register, signed or not, and says what is wrong with it.  Exit status 1\n"
		 "when it has errors.\n"),
	      out);
}

static void print_summary(const struct register_file *file)
{
	const struct ledger *ledger = file->ledger;
	char end[24];

	printf(tr("%s: %zu media, %zu sections, %zu events\n"), file->path, ledger->n_media,
	       ledger->n_sections, ledger->n_events);
	if (ledger->version == 0)
		printf("%s\n", tr("a draft: it has no version"));
	else
		printf(tr("register %s, version %" PRIu64 "\n"), ledger->name, ledger->version);
	for (size_t i = 0; file->is_signed && i < file->note.n_signatures; i++)
		printf(tr("carries a signature of %s, which is not checked here\n"),
		       file->note.signatures[i].name);
	if (ledger->expires == 0)
		return;
	policy_minute_print(ledger->expires, end);
	if (ledger->expires < policy_minute_from_clock(time(NULL)))
		printf(tr("warning: its end is past: %s\n"), end);
	else
		printf(tr("holds until %s\n"), end);
}

int media_check(int argc, char *argv[], struct err *err)
{
	cleanup_register_file struct register_file file = { 0 };
	int rc = options_none(argc, argv, 1);

	if (rc != 0)
		return options_usage(rc, print_usage);
	rc = register_file_read(argv[optind], NULL, &file, err);
	if (rc == 0)
		print_summary(&file);
	return rc;
}
