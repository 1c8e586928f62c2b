/* SPDX-License-Identifier: Apache-2.0 */

/* Put a policy where sekishod looks for it, and say what became of it. */

#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "cli/proposal.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy install FILE\n\n"
		 "Checks FILE, puts it in place, and says whether it is in force.\n"),
	      out);
}

int policy_install(int argc, char *argv[], struct err *err)
{
	cleanup_policy_file struct policy_file file = { 0 };
	int rc = options_none(argc, argv, 1);

	if (rc != 0)
		return options_usage(rc, print_usage);
	if (geteuid() != 0)
		return err_set(err, -EPERM,
			       "only root may do this; remedy: sudo sekisho policy install FILE");
	rc = policy_file_read(argv[optind], &file, err);
	if (rc == 0)
		rc = proposal_offer(POLICY_LIVE, file.bytes, file.len, POLICY_BYTES_MAX,
				    IPC_AGENT_POLICY, err);
	if (rc < 0)
		return err_wrap(err, "not installed, the policy before stays in force");
	if (rc == 0)
		printf(tr("%s is in force, %zu rules\n"), argv[optind], file.policy->n_rules);
	return rc;
}
