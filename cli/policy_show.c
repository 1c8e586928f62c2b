/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "ipc/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

/* What is in force may not be what was accepted last: the agent knows. */
static void print_state(const struct ipc_agent_state *state)
{
	printf(tr("# zone %s, policy %s, version %llu, %u rules\n"), state->zone,
	       *state->policy_hash ? state->policy_hash : "-",
	       (unsigned long long)state->policy_version, state->n_rules);
	if (state->policy_packaged)
		printf(tr("# this is the package's policy for the zone: none was installed yet\n"));
	else if (*state->policy_signer)
		printf(tr("# signed by %s\n"), state->policy_signer);
	else
		printf(tr("# not signed: this terminal is not enrolled\n"));
	if (*state->policy_expires)
		printf(state->policy_expired ? tr("# EXPIRED on %s\n") : tr("# holds until %s\n"),
		       state->policy_expires);
	if (state->observing)
		printf(tr("# OBSERVING ONLY: nothing is blocked\n"));
	if (*state->policy_detail)
		printf(tr("# the file in /etc/sekisho is NOT in force: %s\n"),
		       state->policy_detail);
	putchar('\n');
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy show\n\n"
		 "Shows the policy in force.  Exit status: 0, or 1 when none is in force or the\n"
		 "file in /etc/sekisho is another one that was refused.\n"),
	      out);
}

int policy_show(int argc, char *argv[], struct err *err)
{
	struct ipc_header request = ipc_header(IPC_AGENT_STATUS);
	struct ipc_agent_state state = { 0 };
	cleanup_free char *path = NULL;
	cleanup_free char *text = NULL;
	size_t len = 0;
	int rc = options_none(argc, argv, 0);

	if (rc != 0)
		return options_usage(rc, print_usage);
	rc = ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_STATE, &state,
		      sizeof(state), err);
	if (rc < 0)
		return err_wrap(err, "sekishod does not answer");
	print_state(&state);
	if (!state.policy_in_force) {
		fprintf(stderr, tr("no policy is in force, nothing opens: %s\n"),
			state.policy_detail);
		return EXIT_FAILURE;
	}
	rc = policy_path_of_state(&state, &path, err);
	if (rc == 0)
		rc = file_read_trusted(AT_FDCWD, path, 0, POLICY_BYTES_MAX, &text, &len, err);
	if (rc < 0)
		return rc;
	(void)fwrite(text, 1, len, stdout);
	return *state.policy_detail ? EXIT_FAILURE : EXIT_SUCCESS;
}
