/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/recover.h"

#include "core/err.h"
#include "core/log.h"
#include "ipc/lost.h"
#include "mfa/recovery.h"
#include "otpd/answer.h"
#include "otpd/lost.h"
#include "otpd/request.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

_Static_assert(RECOVERY_CODES <= IPC_PAPER_MAX && SYMBOLS_SIZE == IPC_PAPER_CODE, "on the wire");

bool recovery_login(struct otpd *otpd, const struct ipc_request *request,
		    const struct ipc_otp_verify *login)
{
	const uint8_t *key = lost_key(otpd, LOST_KEY_RECOVERY);
	struct ipc_otp_answer answer = lost_answer(IPC_OTP_ACCEPTED);
	struct ipc_log_append event;
	char code[SYMBOLS_SIZE];
	struct err err = { 0 };
	unsigned int left = 0;
	int rc;

	if (!key)
		return false;
	switch (symbols_read(login->code, RECOVERY_SYMBOLS, true, code)) {
	case SYMBOLS_OTHER:
		return false;
	case SYMBOLS_MISTYPED:
		answer_now(otpd, request, IPC_OTP_MISTYPED);
		return true;
	case SYMBOLS_WHOLE:
		break;
	}
	rc = recovery_use(otpd->lost.dir_fd, key, login->user, code, &left, &err);
	sodium_memzero(code, sizeof(code));
	if (rc == -ENOENT)
		return false; /* and counts as a wrong code of the token */
	if (rc < 0) {
		log_error("%s", err.text);
		answer.result = IPC_OTP_UNAVAILABLE;
	}
	lost_event(otpd, &event, "code.recovery", login);
	ipc_event_add(&event, "result", answer_word((enum ipc_otp_result)answer.result));
	if (rc == 0)
		ipc_event_add_number(&event, "count", left);
	answer_result_after_log(otpd, request, &event, &answer);
	return true;
}

static int make(struct otpd *otpd, const struct ipc_otp_recovery *ask, struct ipc_otp_paper *reply,
		struct err *err)
{
	const uint8_t *key = lost_key(otpd, LOST_KEY_RECOVERY);
	char codes[RECOVERY_CODES][SYMBOLS_SIZE];
	int rc;

	if (!key)
		return err_set(err, -ENOKEY, "there is no host key: %s", otpd->key_detail);
	rc = recovery_make(otpd->lost.dir_fd, key, ask->user, codes, err);
	memcpy(reply->codes, codes, sizeof(codes));
	sodium_memzero(codes, sizeof(codes));
	reply->count = RECOVERY_CODES;
	return rc;
}

static int count(struct otpd *otpd, const struct ipc_otp_recovery *ask, struct ipc_otp_paper *reply,
		 struct err *err)
{
	const uint8_t *key = lost_key(otpd, LOST_KEY_RECOVERY);
	unsigned int left = 0;
	int rc;

	if (!key)
		return err_set(err, -ENOKEY, "there is no host key: %s", otpd->key_detail);
	rc = recovery_count(otpd->lost.dir_fd, key, ask->user, &left, err);
	if (rc == -ENOENT)
		*err = (struct err){ 0 };
	reply->count = (uint8_t)left;
	return rc == -ENOENT ? 0 : rc;
}

void recovery_request(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_recovery *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_paper fallback = { .header.kind = IPC_OTP_PAPER,
						.result = IPC_OTP_UNAVAILABLE };
	struct ipc_otp_paper reply = { .header.kind = IPC_OTP_PAPER, .result = IPC_OTP_ACCEPTED };
	struct ipc_log_append event;
	struct err err = { 0 };

	if (!request_is_user(ask->user, sizeof(ask->user)))
		(void)err_set(&err, -EINVAL, "that is no user name");
	else if (ask->count_only)
		(void)count(otpd, ask, &reply, &err);
	else
		(void)make(otpd, ask, &reply, &err);
	lost_terminal(otpd, reply.terminal);
	if (err.code != 0) {
		ipc_reply_error(server, request->client, request->tag, &err);
	} else if (ask->count_only) {
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
	} else {
		ipc_event_init(&event, "token.recovery");
		ipc_event_add(&event, "user", ask->user);
		ipc_event_add_number(&event, "uid", request->peer.uid);
		ipc_event_add_number(&event, "count", reply.count);
		answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
	}
	sodium_memzero(&reply, sizeof(reply));
}
