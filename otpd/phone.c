/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/phone.h"

#include "core/err.h"
#include "core/text.h"
#include "mfa/approval.h"
#include "otpd/answer.h"
#include "otpd/lost.h"
#include "otpd/request.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define TERM(name, key)                                                                            \
	{                                                                                          \
		offsetof(struct ipc_permit_terms, name),                                           \
			sizeof(((struct ipc_permit_terms *)NULL)->name), key                       \
	}

/* Where they are, and what the log calls them; NULL: the entry has it otherwise. */
static const struct {
	size_t at;
	size_t size;
	const char *key;
} terms_fields[] = {
	TERM(permit, "permit"),   TERM(approver, "approver"),
	TERM(user, NULL),         TERM(medium, "medium_number"),
	TERM(purpose, "purpose"), TERM(classification, "classification"),
	TERM(access, "access"),   TERM(from, "from"),
	TERM(until, "until"),     TERM(uses, "uses"),
};

bool phone_take_terms(const struct ipc_permit_terms *from, struct ipc_permit_terms *ret)
{
	*ret = (struct ipc_permit_terms){ 0 };
	for (size_t i = 0; i < N_ELEMENTS(terms_fields); i++) {
		const char *text = (const char *)from + terms_fields[i].at;

		if (!request_is_user(text, terms_fields[i].size))
			return false;
		strcpy((char *)ret + terms_fields[i].at, text);
	}
	return true;
}

void phone_describe(const struct ipc_permit_terms *terms, struct ipc_log_append *event)
{
	for (size_t i = 0; i < N_ELEMENTS(terms_fields); i++) {
		if (terms_fields[i].key)
			ipc_event_add(event, terms_fields[i].key,
				      (const char *)terms + terms_fields[i].at);
	}
}

static void refuse(struct ipc_server *server, const struct ipc_request *request)
{
	struct err err = { 0 };

	(void)err_set(&err, -EINVAL, "that says nothing of a permit");
	ipc_reply_error(server, request->client, request->tag, &err);
}

/* As request_may_try(), for whom sekishod asks. */
static bool may_try(struct otpd *otpd, uid_t uid)
{
	return rate_admit(&otpd->attempts, uid, otpd->clock.boot_us(otpd->clock.ctx));
}

void phone_call(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_call *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_challenged fallback = { .header.kind = IPC_OTP_CHALLENGED,
						     .result = IPC_OTP_UNAVAILABLE };
	struct ipc_otp_challenged reply = fallback;
	uint8_t digest[APPROVAL_DIGEST_LEN];
	struct ipc_permit_terms terms;
	struct ipc_log_append event;

	if (!request_is_user(ask->caller, sizeof(ask->caller)) ||
	    !phone_take_terms(&ask->terms, &terms)) {
		refuse(server, request);
		return;
	}
	if (!may_try(otpd, ask->uid)) {
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
		return;
	}
	lost_terminal(otpd, reply.terminal);
	approval_digest(&terms, sizeof(terms), digest);
	approval_draw(digest, reply.challenge);
	reply.result = (uint8_t)lost_begin(otpd, TEMPORARY_APPROVAL, ask->caller, reply.challenge,
					   &reply.wait_sec);
	if (reply.result != IPC_OTP_ACCEPTED)
		memset(reply.challenge, 0, sizeof(reply.challenge));
	ipc_event_init(&event, "code.challenge");
	ipc_event_add(&event, "user", ask->caller);
	ipc_event_add(&event, "result", answer_word((enum ipc_otp_result)reply.result));
	ipc_event_add(&event, "terminal", reply.terminal);
	ipc_event_add(&event, "ticket", reply.challenge);
	if (reply.wait_sec > 0)
		ipc_event_add_number(&event, "wait", reply.wait_sec);
	phone_describe(&terms, &event);
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
}

struct digits {
	const struct ipc_permit_terms *terms;
	char data[APPROVAL_DATA_SIZE];
};

static enum temporary_match decide(const struct lost_attempt *attempt,
				   struct temporary_state *state, const char *terminal,
				   const uint8_t key[static MFA_KEY_LEN],
				   const struct elapsed_now *now)
{
	const struct digits *digits = attempt->ctx;
	struct approval approval = { .terminal = terminal };

	approval_digest(digits->terms, sizeof(*digits->terms), approval.digest);
	return approval_decide(state, &approval, key, digits->data, now);
}

static void log_failure(struct otpd *otpd, const struct ipc_request *request, const char *result,
			const struct ipc_otp_approved *reply)
{
	const struct ipc_otp_approve *ask = request->message;
	const struct ipc_otp_approved fallback = { .header.kind = IPC_OTP_APPROVED,
						   .result = IPC_OTP_UNAVAILABLE };
	struct ipc_log_append event;

	ipc_event_init(&event, "code.fail");
	ipc_event_add(&event, "user", ask->caller);
	ipc_event_add(&event, "result", result);
	if (reply->wait_sec > 0)
		ipc_event_add_number(&event, "wait", reply->wait_sec);
	ipc_event_add(&event, "ticket", reply->ticket);
	ipc_event_add(&event, "permit", ask->terms.permit);
	ipc_event_add(&event, "approver", ask->terms.approver);
	ipc_event_add(&event, "detail", ask->refused);
	answer_after_log(otpd, request, &event, reply, &fallback, sizeof(fallback));
}

static void try_digits(struct otpd *otpd, const struct ipc_request *request,
		       const struct digits *digits, struct ipc_otp_approved *reply)
{
	const struct ipc_otp_approve *ask = request->message;
	const struct lost_attempt attempt = {
		.purpose = TEMPORARY_APPROVAL, .user = ask->caller, .decide = decide, .ctx = digits
	};
	const struct throttle_now now = otpd_boot_now(otpd);
	struct temporary_state state;

	reply->result = (uint8_t)lost_decide(otpd, &attempt, &state);
	reply->wait_sec = throttle_wait(&state.throttle, &now);
	memcpy(reply->ticket, state.challenge, sizeof(state.challenge));
	/* That they were right sekishod says, with what became of it. */
	if (reply->result == IPC_OTP_ACCEPTED)
		ipc_reply(&otpd->server, request->client, request->tag, reply, sizeof(*reply));
	else
		log_failure(otpd, request, answer_word((enum ipc_otp_result)reply->result), reply);
}

static bool is_well_formed(const struct ipc_otp_approve *ask)
{
	return request_is_user(ask->caller, sizeof(ask->caller)) &&
	       strnlen(ask->digits, sizeof(ask->digits)) < sizeof(ask->digits) &&
	       text_is_safe_field(ask->refused, sizeof(ask->refused)) &&
	       text_is_safe_field(ask->terms.permit, sizeof(ask->terms.permit)) &&
	       text_is_safe_field(ask->terms.approver, sizeof(ask->terms.approver));
}

void phone_approve(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_approve *ask = request->message;
	struct otpd *otpd = server->ctx;
	struct ipc_otp_approved reply = { .header.kind = IPC_OTP_APPROVED,
					  .result = IPC_OTP_UNAVAILABLE };
	struct ipc_permit_terms terms;
	struct digits digits = { .terms = &terms };
	unsigned int group = 0;

	if (!is_well_formed(ask) ||
	    (*ask->refused == '\0' && !phone_take_terms(&ask->terms, &terms))) {
		refuse(server, request);
		return;
	}
	if (!may_try(otpd, ask->uid)) {
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
	} else if (*ask->refused != '\0') {
		log_failure(otpd, request, "refused", &reply);
	} else if (approval_read_digits(ask->digits, digits.data, &group) != TEMPORARY_WHOLE) {
		reply.result = IPC_OTP_MISTYPED;
		reply.group = (uint8_t)group;
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
	} else {
		try_digits(otpd, request, &digits, &reply);
	}
	sodium_memzero(&digits, sizeof(digits));
}
