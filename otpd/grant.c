/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/grant.h"

#include "core/err.h"
#include "core/text.h"
#include "mfa/approval.h"
#include "mfa/escrow.h"
#include "otpd/answer.h"
#include "otpd/lost.h"
#include "otpd/people.h"
#include "otpd/phone.h"
#include "otpd/request.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* A grant on its way; wiped. */
struct grant {
	struct ipc_permit_terms terms;
	struct approval approval; /* its texts are in what follows */
	char challenge[TEMPORARY_CHALLENGE_SIZE];
	struct escrow escrow;
};

static bool is_code(const char *code)
{
	return strnlen(code, IPC_WORD_MAX) < IPC_WORD_MAX;
}

/* What is wrong with the question, before anybody's code is used up for it. */
static int take(struct otpd *otpd, const struct ipc_request *request, const struct people *people,
		struct grant *ret, struct err *err)
{
	const struct ipc_otp_grant *ask = request->message;
	const uint8_t *host_key = lost_key(otpd, LOST_KEY_HOST);
	int rc;

	if (!host_key)
		return err_set(err, -ENOKEY, "there is no host key: %s", otpd->key_detail);
	if (!phone_take_terms(&ask->terms, &ret->terms) ||
	    !request_is_user(ask->issuer, sizeof(ask->issuer)) ||
	    !text_is_safe_field(ask->challenge, sizeof(ask->challenge)) ||
	    !is_code(ask->issuer_code) || !is_code(ask->approver_code))
		return err_set(err, -EINVAL, "that is no question for approving a permit");
	rc = people_check_grant(otpd, request, people, err);
	if (rc < 0)
		return rc;
	approval_digest(&ret->terms, sizeof(ret->terms), ret->approval.digest);
	if (!temporary_read_challenge(ask->challenge, ret->challenge) ||
	    !approval_fits(ret->challenge, ret->approval.digest))
		return err_set(err, -EINVAL,
			       "that is not what the terminal shows; remedy: have it read out "
			       "again");
	if (!escrow_open(ask->sealed, host_key, &ret->escrow))
		return err_set(err, -EINVAL,
			       "the key of that terminal was not given to this machine; remedy: "
			       "there, sekisho token escrow --to the key that sekisho token desk "
			       "prints here");
	ret->approval.challenge = ret->challenge;
	ret->approval.terminal = ret->escrow.terminal;
	return 0;
}

static void begin_event(const struct grant *grant, const struct people *people,
			enum ipc_otp_result result, struct ipc_log_append *event)
{
	char signers[2 * IPC_USER_MAX];

	(void)snprintf(signers, sizeof(signers), "%s %s", people->issuer, people->approver);
	ipc_event_init(event, "code.issue");
	ipc_event_add(event, "user", grant->terms.user);
	ipc_event_add(event, "result", answer_word(result));
	ipc_event_add_number(event, "wait", TEMPORARY_APPROVAL_QUARTERS * TEMPORARY_QUARTER_S);
	ipc_event_add(event, "signer", signers);
	ipc_event_add(event, "terminal", grant->escrow.terminal);
	ipc_event_add(event, "ticket", grant->challenge);
	ipc_event_add_number(event, "count", 1);
	phone_describe(&grant->terms, event);
}

void grant_request(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_grant *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_issued fallback = { .header.kind = IPC_OTP_ISSUED,
						 .result = IPC_OTP_UNAVAILABLE };
	struct ipc_otp_issued reply = fallback;
	struct grant grant = { 0 };
	const struct people people = { .user = grant.terms.user,
				       .issuer = ask->issuer,
				       .issuer_code = ask->issuer_code,
				       .approver = grant.terms.approver,
				       .approver_code = ask->approver_code };
	struct ipc_log_append event;
	struct err err = { 0 };

	if (take(otpd, request, &people, &grant, &err) < 0) {
		ipc_reply_error(server, request->client, request->tag, &err);
		sodium_memzero(&grant, sizeof(grant));
		return;
	}
	(void)snprintf(reply.terminal, sizeof(reply.terminal), "%s", grant.escrow.terminal);
	memcpy(reply.challenge, grant.challenge, sizeof(grant.challenge));
	reply.result = (uint8_t)people_prove(otpd, &people, &reply.approver, &reply.wait_sec);
	if (reply.result == IPC_OTP_ACCEPTED)
		approval_digits(&grant.approval, grant.escrow.key, reply.digits);
	begin_event(&grant, &people, (enum ipc_otp_result)reply.result, &event);
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
	sodium_memzero(&grant, sizeof(grant));
	sodium_memzero(&reply, sizeof(reply));
}
