/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/lost.h"

#include "cli/options.h"
#include "cli/otp_text.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void print_end_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token revoke-temporary USER\n\n"
		 "Ends the temporary code of USER on this terminal, and the wait after wrong "
		 "ones.\n"),
	      out);
}

int lost_end_temporary(int argc, char *argv[], struct err *err)
{
	struct ipc_otp_user request = { .header = ipc_header(IPC_OTP_END_TEMPORARY) };
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	int rc = options_none(argc, argv, 1);

	if (rc != 0)
		return options_usage(rc, print_end_usage);
	if (strlen(argv[optind]) >= sizeof(request.user))
		return err_set(err, -EINVAL, "'%s' is too long for a user name", argv[optind]);
	strcpy(request.user, argv[optind]);
	rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_ANSWER, &answer,
		      sizeof(answer), err);
	if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EIO, "%s: %s", request.user, tr(otp_result_text(answer.result)));
	if (rc < 0)
		return rc;
	printf(tr("The temporary code of %s is revoked.\n"), request.user);
	return EXIT_SUCCESS;
}
