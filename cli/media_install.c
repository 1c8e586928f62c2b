/* SPDX-License-Identifier: Apache-2.0 */

/* Put a signed register where sekishod looks for it, and say what became of it. */

#include "cli/media_changes.h"
#include "cli/media_files.h"
#include "cli/options.h"
#include "cli/proposal.h"
#include "cli/register_file.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LIVE "/etc/sekisho/sekisho.register"
#define IN_FORCE "/var/lib/sekisho/register/current"

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media install FILE [--dry-run]\n\n"
		 "Checks FILE, puts it in place, and says whether it is in force.  --dry-run only\n"
		 "says what it changes.\n"),
	      out);
}

/* Without one in force everything is new. */
static int print_dry(const struct register_file *file, struct err *err)
{
	cleanup_register_file struct register_file before = { 0 };
	int rc = access(IN_FORCE, F_OK) == 0 ? register_file_read(IN_FORCE, NULL, &before, err) : 0;

	if (rc == 0)
		media_changes_print(before.ledger, file->ledger);
	return rc;
}

int media_install(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	cleanup_register_file struct register_file file = { 0 };
	bool is_dry = false;
	int option, rc;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'n')
			return options_usage(option == 'h', print_usage);
		is_dry = true;
	}
	if (optind != argc - 1)
		return options_usage(-EINVAL, print_usage);
	if (geteuid() != 0)
		return err_set(err, -EPERM,
			       "only root may do this; remedy: sudo sekisho media install FILE");
	rc = register_file_read(argv[optind], NULL, &file, err);
	if (rc == 0 && is_dry)
		return print_dry(&file, err);
	if (rc == 0)
		rc = proposal_offer(LIVE, file.bytes, file.len, LEDGER_BYTES_MAX,
				    IPC_AGENT_REGISTER, err);
	if (rc < 0)
		return err_wrap(err, "not installed, the register before stays in force");
	if (rc == 0)
		printf(tr("%s is in force, %zu media\n"), argv[optind], file.ledger->n_media);
	return rc;
}
