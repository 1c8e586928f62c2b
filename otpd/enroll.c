/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/enroll.h"

#include "core/err.h"
#include "core/log.h"
#include "core/text.h"
#include "mfa/enrol.h"
#include "mfa/pool.h"
#include "otpd/answer.h"
#include "otpd/person.h"
#include "otpd/request.h"
#include "ipc/tokens.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* One secret in two places would have two last steps: a code could be used in each. */
static bool has_secret(const struct mfa_user *user, const struct totp *totp)
{
	bool found = false;

	for (size_t i = 0; i < MFA_TOKENS_MAX; i++)
		found |= user->tokens[i].state == TOKEN_ACTIVE &&
			 sodium_memcmp(user->tokens[i].totp.secret, totp->secret,
				       sizeof(totp->secret)) == 0;
	return found;
}

/* Puts a new token in; a pending one is replaced, an active one never. */
static int add_pending(struct otpd *otpd, const char *name, const struct token *token,
		       struct err *err)
{
	struct mfa_user user;
	int rc = person_load_or_begin(otpd, name, &user, err);
	int place;

	if (rc < 0)
		return rc;
	place = mfa_user_find(&user, TOKEN_PENDING);
	if (place < 0)
		place = mfa_user_find(&user, TOKEN_NONE);
	if (has_secret(&user, &token->totp)) {
		rc = err_set(err, -EEXIST, "token %s is with %s; remedy: revoke it there first",
			     token->id, name);
	} else if (place < 0) {
		rc = err_set(err, -ENOSPC, "%s has %d tokens already; remedy: revoke one", name,
			     MFA_TOKENS_MAX);
	} else {
		user.tokens[place] = *token;
		user.tokens[place].state = TOKEN_PENDING;
		user.state.uses[place] = (struct totp_use){ 0 };
		rc = store_save_user(otpd->store, &user, err);
		if (rc == 0)
			otpd_heed_user(otpd, &user);
	}
	sodium_memzero(&user, sizeof(user));
	return rc;
}

static struct totp wanted_shape(const struct ipc_otp_shape *shape)
{
	return (struct totp){
		.algorithm = shape->algorithm ? shape->algorithm : (uint8_t)TOTP_SHA1,
		.digits = shape->digits ? shape->digits : 6,
		.period = shape->period_sec ? shape->period_sec : 30,
	};
}

static int begin_enrolment(struct otpd *otpd, const struct ipc_otp_enroll *ask, uid_t by,
			   struct ipc_otp_secret *ret, struct err *err)
{
	const struct totp wanted = wanted_shape(&ask->shape);
	struct token token;
	int rc = enrol_make_for(&wanted, &token, err);

	if (rc < 0)
		return rc;
	(void)snprintf(token.label, sizeof(token.label), "%s", ask->label);
	token.seen_by[0] = token.seen_by[1] = by;
	rc = enrol_base32(&token.totp, ret->secret, err);
	if (rc == 0)
		rc = add_pending(otpd, ask->user, &token, err);
	memcpy(ret->token, token.id, sizeof(token.id));
	ret->shape = (struct ipc_otp_shape){ .algorithm = token.totp.algorithm,
					     .digits = token.totp.digits,
					     .period_sec = token.totp.period };
	sodium_memzero(&token, sizeof(token));
	return rc;
}

void admin_enroll(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_enroll *ask = request->message;
	struct otpd *otpd = server->ctx;
	struct ipc_otp_secret reply = { .header.kind = IPC_OTP_SECRET };
	struct ipc_otp_secret fallback = { .header.kind = IPC_OTP_SECRET };
	struct ipc_log_append event;
	struct err err = { 0 };

	if (!request_is_user(ask->user, sizeof(ask->user)))
		(void)err_set(&err, -EINVAL, "that is no user name");
	else if (!text_is_safe_field(ask->label, sizeof(ask->label)))
		(void)err_set(&err, -EINVAL, "that is no label");
	else
		(void)begin_enrolment(otpd, ask, person_behind(&request->peer), &reply, &err);
	if (err.code != 0) {
		sodium_memzero(&reply, sizeof(reply));
		person_refuse(otpd, request, &err);
		return;
	}
	(void)gethostname(reply.host, sizeof(reply.host) - 1);
	person_event(&event, "token.enroll", ask->user, reply.token, &request->peer);
	/* An empty secret says that the log could not take it; the token stays pending. */
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
	sodium_memzero(&reply, sizeof(reply));
}

static int begin_assignment(struct otpd *otpd, const char *name, const char *serial, uid_t by,
			    struct err *err)
{
	cleanup_pool struct pool pool = { 0 };
	char owner[MFA_USER_MAX];
	struct token token;
	int index = -1;
	int rc = census_holder(&otpd->census, serial, owner, err);

	if (rc == 0 && *owner && strcmp(owner, name) != 0)
		rc = err_set(err, -EEXIST, "token %s is with %s; remedy: revoke it there first",
			     serial, owner);
	if (rc == 0)
		rc = otpd->store
			     ? pool_load(otpd->store, &pool, err)
			     : err_set(err, -ENOKEY, "there is no host key: %s", otpd->key_detail);
	if (rc == 0)
		index = pool_find(&pool, serial);
	if (rc == 0 && index < 0)
		rc = err_set(err, -ENOENT,
			     "there is no unassigned token %s; remedy: sekisho token list, or "
			     "import it",
			     serial);
	if (rc == 0 && !pool_open(otpd->store, &pool, index, &token))
		rc = err_set(err, -EBADMSG, "token %s is damaged; remedy: revoke and import it",
			     serial);
	if (rc == 0) {
		token.seen_by[1] = by;
		rc = add_pending(otpd, name, &token, err);
	}
	sodium_memzero(&token, sizeof(token));
	return rc;
}

void admin_assign(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_named *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_answer answer = answer_result(IPC_OTP_ACCEPTED);
	struct ipc_log_append event;
	struct err err = { 0 };

	if (!request_is_user(ask->user, sizeof(ask->user)))
		(void)err_set(&err, -EINVAL, "that is no user name");
	else if (!request_is_user(ask->token, sizeof(ask->token)))
		(void)err_set(&err, -EINVAL, "that is no serial number");
	else
		(void)begin_assignment(otpd, ask->user, ask->token, person_behind(&request->peer),
				       &err);
	if (err.code != 0) {
		person_refuse(otpd, request, &err);
		return;
	}
	person_event(&event, "token.assign", ask->user, ask->token, &request->peer);
	answer_result_after_log(otpd, request, &event, &answer);
}

void enroll_leave_pool(struct otpd *otpd, const char *token)
{
	cleanup_pool struct pool pool = { 0 };
	struct err err = { 0 };
	int index = -1;
	int rc = pool_load(otpd->store, &pool, &err);

	if (rc == 0)
		index = pool_find(&pool, token);
	if (index >= 0) {
		pool_remove(&pool, index);
		rc = pool_save(otpd->store, &pool, &err);
	}
	/* It stays in the list; assigning it to another is refused all the same. */
	if (rc < 0)
		log_error("token %s is active and still among the unassigned: %s", token, err.text);
}

/* One code proves that the phone took the secret; that code is then used. */
static enum ipc_otp_result confirm(struct otpd *otpd, struct mfa_user *user, const char *typed,
				   char *ret_token, struct err *err)
{
	const struct totp_window window = { .width = TOTP_REACH_MAX, .reach = TOTP_REACH_MAX };
	int pending = mfa_user_find(user, TOKEN_PENDING);
	int64_t now = otpd_now_s(otpd);
	char code[TOTP_CODE_SIZE];
	uint64_t step = 0;
	enum totp_match match;

	if (pending < 0)
		return IPC_OTP_NOT_ENROLLED;
	if (otpd_clock_is_wrong(otpd))
		return IPC_OTP_CLOCK;
	memcpy(ret_token, user->tokens[pending].id, TOKEN_ID_MAX);
	totp_normalise(typed, code);
	match = totp_decide(&user->tokens[pending].totp, code, now, &window, 0, &step);
	sodium_memzero(code, sizeof(code));
	if (match != TOTP_ACCEPTED)
		return IPC_OTP_WRONG;
	user->tokens[pending].state = TOKEN_ACTIVE;
	totp_begin(&user->tokens[pending].totp, step, now, &user->state.uses[pending]);
	user->state.throttle = (struct throttle){ 0 };
	otpd_heed_clock(otpd, user, (size_t)pending);
	if (store_save_user(otpd->store, user, err) < 0)
		return IPC_OTP_UNAVAILABLE;
	otpd_heed_user(otpd, user);
	enroll_leave_pool(otpd, ret_token);
	return IPC_OTP_ACCEPTED;
}

void admin_confirm(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_code *ask = request->message;
	struct otpd *otpd = server->ctx;
	struct ipc_otp_answer answer;
	struct ipc_log_append event;
	struct mfa_user user = { 0 };
	char token[TOKEN_ID_MAX] = "";
	struct err err = { 0 };

	if (!request_is_user(ask->user, sizeof(ask->user)) ||
	    strnlen(ask->code, sizeof(ask->code)) == sizeof(ask->code)) {
		answer_now(otpd, request, IPC_OTP_WRONG);
		return;
	}
	if (person_load(otpd, ask->user, &user, &err) < 0) {
		person_refuse(otpd, request, &err);
		return;
	}
	answer = answer_result(confirm(otpd, &user, ask->code, token, &err));
	sodium_memzero(&user, sizeof(user));
	if (answer.result != IPC_OTP_ACCEPTED) {
		answer_now(otpd, request, (enum ipc_otp_result)answer.result);
		return;
	}
	person_event(&event, "token.confirm", ask->user, token, &request->peer);
	answer_result_after_log(otpd, request, &event, &answer);
}
