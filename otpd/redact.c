/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/redact.h"

#include "core/err.h"
#include "core/lang.h"
#include "ipc/redact.h"
#include "otpd/answer.h"
#include "otpd/desk.h"
#include "otpd/request.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

static bool is_well_formed(const struct ipc_otp_redact *ask)
{
	return request_is_user(ask->issuer, sizeof(ask->issuer)) &&
	       request_is_user(ask->approver, sizeof(ask->approver)) &&
	       request_is_user(ask->reason, sizeof(ask->reason)) &&
	       memchr(ask->issuer_code, '\0', sizeof(ask->issuer_code)) &&
	       memchr(ask->approver_code, '\0', sizeof(ask->approver_code));
}

/* What is wrong with the question, before anybody's code is used up for it; NULL: nothing. */
static const char *objection(const struct ipc_request *request)
{
	const struct ipc_otp_redact *ask = request->message;

	if (!is_well_formed(ask))
		return N_("that is no question to black out an entry");
	if (!request_may_ask(&request->peer, ask->issuer))
		return N_("you are not the issuer you name; remedy: leave out --issuer");
	if (strcmp(ask->issuer, ask->approver) == 0)
		return N_("issuer and approver must be two people; remedy: ask a colleague");
	return NULL;
}

/* The log adds the hash of the entry, and blacks it out once this is durable. */
static void begin_event(const struct ipc_otp_redact *ask, struct ipc_log_append *event)
{
	ipc_event_init(event, "log.redact");
	ipc_event_add_number(event, "seq_of", (int64_t)ask->seq);
	ipc_event_add(event, "user", ask->issuer);
	ipc_event_add(event, "approver", ask->approver);
	ipc_event_add(event, "reason", ask->reason);
}

void redact_request(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_redact *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_redacted fallback = { .header.kind = IPC_OTP_REDACTED,
						   .result = IPC_OTP_UNAVAILABLE };
	struct ipc_otp_redacted reply = fallback;
	const char *wrong = objection(request);
	struct ipc_log_append event;
	struct err err = { 0 };

	if (wrong) {
		(void)err_set(&err, -EINVAL, "%s", tr(wrong));
		ipc_reply_error(server, request->client, request->tag, &err);
		return;
	}
	reply.result = (uint8_t)desk_prove_both(otpd,
						&(struct desk_people){
							.issuer = ask->issuer,
							.issuer_code = ask->issuer_code,
							.approver = ask->approver,
							.approver_code = ask->approver_code },
						&reply.approver, &reply.wait_sec);
	if (reply.result != IPC_OTP_ACCEPTED) {
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
		return;
	}
	begin_event(ask, &event);
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
}
