/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/desk.h"

#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"
#include "ipc/lost.h"
#include "mfa/escrow.h"
#include "otpd/answer.h"
#include "otpd/lost.h"
#include "otpd/people.h"
#include "otpd/request.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(ESCROW_SEALED_LEN == IPC_ESCROW_LEN, "one size on the wire");

static void refuse(struct otpd *otpd, const struct ipc_request *request, int code, const char *text)
{
	struct err err = { 0 };

	(void)err_set(&err, code, "%s", text);
	ipc_reply_error(&otpd->server, request->client, request->tag, &err);
}

static bool has_key(struct otpd *otpd, const struct ipc_request *request)
{
	struct err err = { 0 };

	if (lost_key(otpd, LOST_KEY_HOST))
		return true;
	(void)err_set(&err, -ENOKEY, "there is no host key: %s", otpd->key_detail);
	ipc_reply_error(&otpd->server, request->client, request->tag, &err);
	return false;
}

void desk_escrow(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_escrow *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_escrowed fallback = { .header.kind = IPC_OTP_ESCROWED };
	enum escrow_purpose purpose = ask->host_key ? ESCROW_HOST : ESCROW_TEMPORARY;
	enum lost_key key = ask->host_key ? LOST_KEY_HOST : LOST_KEY_TEMPORARY;
	struct ipc_otp_escrowed reply = fallback;
	char hex[2 * sizeof(ask->to) + 1];
	struct ipc_log_append event;

	if (!has_key(otpd, request))
		return;
	lost_terminal(otpd, reply.terminal);
	if (!request_is_user(ask->name, sizeof(ask->name)) ||
	    !escrow_seal(purpose, reply.terminal, lost_key(otpd, key), ask->to, reply.sealed)) {
		refuse(otpd, request, -EINVAL,
		       tr("nothing can be sealed to that key; remedy: the line that sekisho token "
			  "desk or sekisho key generate printed"));
		return;
	}
	sodium_bin2hex(hex, sizeof(hex), ask->to, sizeof(ask->to));
	ipc_event_init(&event, ask->host_key ? "token.backup" : "token.escrow");
	ipc_event_add_number(&event, "uid", request->peer.uid);
	ipc_event_add(&event, "terminal", reply.terminal);
	ipc_event_add(&event, "keys", hex);
	ipc_event_add(&event, "detail", ask->name);
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
}

void desk_key_change(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_key_change *ask = request->message;
	const struct ipc_otp_answer answer = answer_result(IPC_OTP_ACCEPTED);
	struct otpd *otpd = server->ctx;
	struct ipc_log_append event;

	if (!text_is_safe_field(ask->action, sizeof(ask->action)) ||
	    !text_is_safe_field(ask->terminal, sizeof(ask->terminal))) {
		refuse(otpd, request, -EINVAL, tr("that says nothing of a host key"));
		return;
	}
	ipc_event_init(&event, "token.restore");
	ipc_event_add_number(&event, "uid", request->peer.uid);
	ipc_event_add(&event, "terminal", ask->terminal);
	ipc_event_add(&event, "action", ask->action);
	answer_result_after_log(otpd, request, &event, &answer);
}

void desk_key(struct ipc_server *server, const struct ipc_request *request)
{
	struct otpd *otpd = server->ctx;
	struct ipc_otp_desk_key reply = { .header.kind = IPC_OTP_DESK_KEY };

	if (!has_key(otpd, request))
		return;
	(void)gethostname(reply.host, sizeof(reply.host) - 1);
	escrow_desk(lost_key(otpd, LOST_KEY_HOST), reply.key);
	ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
}

static bool is_code(const char *code)
{
	return strnlen(code, IPC_WORD_MAX) < IPC_WORD_MAX;
}

static bool is_well_formed(const struct ipc_otp_issue *ask)
{
	return request_is_user(ask->user, sizeof(ask->user)) &&
	       request_is_user(ask->issuer, sizeof(ask->issuer)) &&
	       request_is_user(ask->approver, sizeof(ask->approver)) &&
	       text_is_safe_field(ask->challenge, sizeof(ask->challenge)) &&
	       is_code(ask->issuer_code) && is_code(ask->approver_code) && ask->quarters >= 1 &&
	       ask->quarters <= TEMPORARY_QUARTERS_MAX && ask->uses >= 1 &&
	       ask->uses <= TEMPORARY_USES_MAX;
}

/* What is wrong with the question, before anybody's code is used up for it. */
static int object(struct otpd *otpd, const struct ipc_request *request, const struct people *people,
		  struct escrow *escrow, struct ipc_otp_issued *reply, struct err *err)
{
	const struct ipc_otp_issue *ask = request->message;
	int rc;

	if (!is_well_formed(ask))
		return err_set(err, -EINVAL, "that is no question for a temporary code");
	rc = people_check(otpd, request, people, err);
	if (rc < 0)
		return rc;
	if (!temporary_read_challenge(ask->challenge, reply->challenge))
		return err_set(err, -EINVAL,
			       "the challenge was misheard; remedy: have it read out again");
	if (!escrow_open(ask->sealed, lost_key(otpd, LOST_KEY_HOST), escrow))
		return err_set(err, -EINVAL,
			       "the key of that terminal was not given to this machine; remedy: "
			       "there, sekisho token escrow --to the key that sekisho token desk "
			       "prints here");
	return 0;
}

static void begin_event(const struct ipc_otp_issue *ask, const struct ipc_otp_issued *reply,
			struct ipc_log_append *event)
{
	char signers[2 * IPC_USER_MAX];

	(void)snprintf(signers, sizeof(signers), "%s %s", ask->issuer, ask->approver);
	ipc_event_init(event, "code.issue");
	ipc_event_add(event, "user", ask->user);
	ipc_event_add(event, "result", answer_word((enum ipc_otp_result)reply->result));
	ipc_event_add_number(event, "wait", ask->quarters * TEMPORARY_QUARTER_S);
	ipc_event_add(event, "signer", signers);
	ipc_event_add(event, "terminal", reply->terminal);
	ipc_event_add(event, "ticket", reply->challenge);
	ipc_event_add_number(event, "count", ask->uses);
}

void desk_issue(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_issue *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_issued fallback = { .header.kind = IPC_OTP_ISSUED,
						 .result = IPC_OTP_UNAVAILABLE };
	const struct people people = { .user = ask->user,
				       .issuer = ask->issuer,
				       .issuer_code = ask->issuer_code,
				       .approver = ask->approver,
				       .approver_code = ask->approver_code };
	struct ipc_otp_issued reply = fallback;
	struct ipc_log_append event;
	struct escrow escrow = { 0 };
	struct err err = { 0 };

	if (!has_key(otpd, request))
		return;
	if (object(otpd, request, &people, &escrow, &reply, &err) < 0) {
		ipc_reply_error(server, request->client, request->tag, &err);
		sodium_memzero(&escrow, sizeof(escrow));
		return;
	}
	(void)snprintf(reply.terminal, sizeof(reply.terminal), "%s", escrow.terminal);
	reply.result = (uint8_t)people_prove(otpd, &people, &reply.approver, &reply.wait_sec);
	if (reply.result == IPC_OTP_ACCEPTED) {
		const struct temporary_grant grant = { .user = ask->user,
						       .terminal = escrow.terminal,
						       .challenge = reply.challenge,
						       .quarters = ask->quarters,
						       .uses = ask->uses };

		temporary_digits(&grant, escrow.key, reply.digits);
	}
	begin_event(ask, &reply, &event);
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
	sodium_memzero(&escrow, sizeof(escrow));
	sodium_memzero(&reply, sizeof(reply));
}
