/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/redact.h"

#include "core/err.h"
#include "ipc/redact.h"
#include "otpd/answer.h"
#include "otpd/people.h"
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
	const struct people people = { .issuer = ask->issuer,
				       .issuer_code = ask->issuer_code,
				       .approver = ask->approver,
				       .approver_code = ask->approver_code };
	struct ipc_log_append event;
	struct err err = { 0 };
	int rc = is_well_formed(ask)
			 ? people_check(otpd, request, &people, &err)
			 : err_set(&err, -EINVAL, "that is no question to black out an entry");

	if (rc < 0) {
		ipc_reply_error(server, request->client, request->tag, &err);
		return;
	}
	reply.result = (uint8_t)people_prove(otpd, &people, &reply.approver, &reply.wait_sec);
	if (reply.result != IPC_OTP_ACCEPTED) {
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
		return;
	}
	begin_event(ask, &event);
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
}
