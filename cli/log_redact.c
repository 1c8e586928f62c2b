/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho log redact: two people have an entry blacked out, for good. */

#include "audit/redact.h"
#include "cli/log_commands.h"
#include "cli/otp_text.h"
#include "cli/people.h"
#include "cli/prompt.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"
#include "ipc/client.h"
#include "ipc/redact.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Nobody's code is used up for what the log will refuse. */
static int look(const struct log_request *request, uint64_t seq, struct err *err)
{
	cleanup_close int dirfd = log_open(request, err);
	uint8_t leaf[TREE_HASH_SIZE];

	return dirfd < 0 ? dirfd : redact_look(dirfd, seq, leaf, err);
}

static int ask_people(const struct log_request *request, struct ipc_otp_redact *ask,
		      struct err *err)
{
	int rc = people_take_issuer(ask->issuer, request->issuer, err);

	if (rc == 0 && request->approver)
		rc = people_take_name(ask->approver, request->approver, err);
	else if (rc == 0)
		rc = prompt_line(tr("Second person: "), ask->approver, sizeof(ask->approver), err);
	if (rc == 0 && strcmp(ask->issuer, ask->approver) == 0)
		rc = err_set(err, -EINVAL,
			     "issuer and approver must be two people; remedy: ask a "
			     "colleague");
	if (rc == 0)
		rc = people_ask_code(ask->issuer, ask->issuer_code, err);
	if (rc == 0)
		rc = people_ask_code(ask->approver, ask->approver_code, err);
	return rc;
}

static int submit(struct ipc_otp_redact *ask, struct err *err)
{
	struct ipc_otp_redacted reply = { .result = IPC_OTP_UNAVAILABLE };
	int rc = ipc_call(IPC_SOCKET_OTP, ask, sizeof(*ask), IPC_OTP_REDACTED, &reply,
			  sizeof(reply), err);

	if (rc < 0)
		return rc;
	if (reply.result == IPC_OTP_UNAVAILABLE)
		return err_set(
			err, -EIO,
			"the log has not blacked it out, or not yet; remedy: sekisho status, "
			"then again");
	if (reply.result != IPC_OTP_ACCEPTED)
		return err_set(err, -EACCES, "%s: %s", reply.approver ? ask->approver : ask->issuer,
			       tr(otp_result_text(reply.result)));
	return 0;
}

int log_redact(const struct log_request *request, struct err *err)
{
	struct ipc_otp_redact ask = { .header = ipc_header(IPC_OTP_REDACT) };
	int rc = parse_u64(request->words[0], SEGMENT_SEQ_MAX, &ask.seq, err);

	if (rc == 0 && (!request->reason || !*request->reason ||
			strlen(request->reason) >= sizeof(ask.reason)))
		rc = err_set(err, -EINVAL,
			     "why must stand in the log; remedy: --reason with one sentence, such "
			     "as the number of the decision");
	if (rc == 0)
		rc = look(request, ask.seq, err);
	if (rc == 0) {
		strcpy(ask.reason, request->reason);
		rc = ask_people(request, &ask, err);
	}
	if (rc == 0)
		rc = submit(&ask, err);
	explicit_bzero(ask.issuer_code, sizeof(ask.issuer_code));
	explicit_bzero(ask.approver_code, sizeof(ask.approver_code));
	if (rc == 0)
		printf(tr("Entry %" PRIu64
			  " is blacked out; that it was there, when, and by whom it "
			  "went stays in the log.\n"),
		       ask.seq);
	return rc;
}
