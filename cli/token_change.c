/* SPDX-License-Identifier: Apache-2.0 */

/* Taking a user's tokens away, and ending the wait that his failures imposed. */

#include "cli/options.h"
#include "cli/token_ask.h"
#include "cli/token_commands.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"

#include <stdio.h>
#include <stdlib.h>

static void print_revoke_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token revoke USER\n"), out);
}

static void print_unlock_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token unlock USER\n"), out);
}

static int ask_about_user(const char *user, enum ipc_kind kind, const char *done, struct err *err)
{
	struct ipc_otp_user request = { .header = ipc_header(kind) };
	int rc = token_set_name(request.user, sizeof(request.user), user, err);

	if (rc == 0)
		rc = token_ask(&request, sizeof(request), user, err);
	if (rc < 0)
		return rc;
	printf(tr(done), user);
	return EXIT_SUCCESS;
}

int token_revoke(int argc, char *argv[], struct err *err)
{
	int rc = options_none(argc, argv, 1);

	if (rc != 0)
		return options_usage(rc, print_revoke_usage);
	return ask_about_user(argv[optind], IPC_OTP_REVOKE, N_("The tokens of %s are revoked.\n"),
			      err);
}

int token_unlock(int argc, char *argv[], struct err *err)
{
	int rc = options_none(argc, argv, 1);

	if (rc != 0)
		return options_usage(rc, print_unlock_usage);
	return ask_about_user(argv[optind], IPC_OTP_UNLOCK, N_("%s may try again.\n"), err);
}
