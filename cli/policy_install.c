/* SPDX-License-Identifier: Apache-2.0 */

/* Put a policy where sekishod looks for it, and say what became of it. */

#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "ipc/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A policy that is refused must not stay in the way of the one before. */
static int put_back(const char *before, size_t len, struct err *err)
{
	struct err ignored = { 0 };
	int rc = err->code;

	if (before)
		(void)file_replace(AT_FDCWD, POLICY_LIVE, before, len, 0644, &ignored);
	else
		(void)unlink(POLICY_LIVE);
	return rc;
}

static int offer(const struct policy_file *file, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_AGENT_POLICY);
	cleanup_free char *before = NULL;
	struct ipc_log_ack ack;
	struct err ignored = { 0 };
	size_t len = 0;
	int rc;

	(void)file_read_trusted(AT_FDCWD, POLICY_LIVE, 0, POLICY_BYTES_MAX, &before, &len,
				&ignored);
	rc = file_replace(AT_FDCWD, POLICY_LIVE, file->bytes, file->len, 0644, err);
	if (rc < 0)
		return rc;
	/* The agent may have seen the file come and be at it already. */
	for (int tries = 0; tries < 20; tries++) {
		struct ipc_header again = request;

		*err = (struct err){ 0 };
		rc = ipc_call(IPC_SOCKET_AGENT, &again, sizeof(again), IPC_LOG_ACK, &ack,
			      sizeof(ack), err);
		if (rc != -EBUSY)
			break;
		(void)usleep(100000);
	}
	return rc < 0 ? put_back(before, len, err) : 0;
}

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
		rc = offer(&file, err);
	if (rc < 0)
		return err_wrap(err, "not installed, the policy before stays in force");
	if (rc == 0)
		printf(tr("%s is in force, %zu rules\n"), argv[optind], file.policy->n_rules);
	return rc;
}
