/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/admin.h"

#include "core/err.h"
#include "core/lang.h"
#include "mfa/enrol.h"
#include "otpd/answer.h"
#include "otpd/lost.h"
#include "otpd/request.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static void refuse(struct otpd *otpd, const struct ipc_request *request, const struct err *err)
{
	ipc_reply_error(&otpd->server, request->client, request->tag, err);
}

/* Reads the user; one who was never enrolled, or whose file is damaged, begins empty. */
static int load_or_begin(struct otpd *otpd, const char *name, struct mfa_user *ret, struct err *err)
{
	int rc = -ENOKEY;

	if (!otpd->store)
		return err_set(err, rc, "there is no host key: %s", otpd->key_detail);
	rc = store_load(otpd->store, name, ret, err);
	if (rc == -ENOENT || rc == -EBADMSG) {
		*ret = (struct mfa_user){ 0 };
		strcpy(ret->name, name);
		*err = (struct err){ 0 };
		rc = 0;
	}
	return rc;
}

static int load(struct otpd *otpd, const char *name, struct mfa_user *ret, struct err *err)
{
	int rc = -ENOKEY;

	if (!otpd->store)
		return err_set(err, rc, "there is no host key: %s", otpd->key_detail);
	rc = store_load(otpd->store, name, ret, err);
	if (rc == -ENOENT)
		rc = err_set(err, rc, "%s has no token; remedy: sekisho token enroll %s", name,
			     name);
	return rc;
}

static void begin_event(struct ipc_log_append *event, const char *type, const char *user,
			const char *token, const struct ipc_peer *peer)
{
	ipc_event_init(event, type);
	ipc_event_add(event, "user", user);
	ipc_event_add_number(event, "uid", peer->uid);
	ipc_event_add(event, "token", token);
}

/* The place for a new token: a pending one is replaced, an active one never. */
static int place_for_token(const struct mfa_user *user)
{
	int pending = mfa_user_find(user, TOKEN_PENDING);

	return pending >= 0 ? pending : mfa_user_find(user, TOKEN_NONE);
}

static int begin_enrolment(struct otpd *otpd, const char *name, struct ipc_otp_secret *ret,
			   struct err *err)
{
	struct mfa_user user;
	struct token token;
	int place;
	int rc = load_or_begin(otpd, name, &user, err);

	if (rc < 0)
		return rc;
	place = place_for_token(&user);
	if (place < 0)
		return err_set(err, -ENOSPC, "%s has %d tokens already; remedy: revoke one", name,
			       MFA_TOKENS_MAX);
	enrol_make(&token);
	user.tokens[place] = token;
	user.state.last_step[place] = 0;
	rc = enrol_base32(&token.totp, ret->secret, err);
	if (rc == 0)
		rc = store_save_user(otpd->store, &user, err);
	memcpy(ret->token, token.id, sizeof(token.id));
	ret->digits = token.totp.digits;
	ret->period_sec = token.totp.period;
	sodium_memzero(&user, sizeof(user));
	sodium_memzero(&token, sizeof(token));
	return rc;
}

void admin_enroll(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_user *ask = request->message;
	struct otpd *otpd = server->ctx;
	struct ipc_otp_secret reply = { .header.kind = IPC_OTP_SECRET };
	struct ipc_otp_secret fallback = { .header.kind = IPC_OTP_SECRET };
	struct ipc_log_append event;
	struct err err = { 0 };

	if (!request_is_user(ask->user, sizeof(ask->user)))
		(void)err_set(&err, -EINVAL, "that is no user name");
	else
		(void)begin_enrolment(otpd, ask->user, &reply, &err);
	if (err.code != 0) {
		refuse(otpd, request, &err);
		return;
	}
	(void)gethostname(reply.host, sizeof(reply.host) - 1);
	begin_event(&event, "token.enroll", ask->user, reply.token, &request->peer);
	/* An empty secret says that the log could not take it; the token stays pending. */
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
	sodium_memzero(&reply, sizeof(reply));
}

/* One code proves that the phone took the secret; that code is then used. */
static enum ipc_otp_result confirm(struct otpd *otpd, struct mfa_user *user, const char *typed,
				   char *ret_token, struct err *err)
{
	int pending = mfa_user_find(user, TOKEN_PENDING);
	int64_t now = otpd->clock.wall_us(otpd->clock.ctx) / CLOCK_US_PER_SEC;
	char code[TOTP_CODE_SIZE];
	uint64_t step = 0;
	enum totp_match match;

	if (pending < 0)
		return IPC_OTP_NOT_ENROLLED;
	memcpy(ret_token, user->tokens[pending].id, TOKEN_ID_MAX);
	totp_normalise(typed, code);
	match = totp_decide(&user->tokens[pending].totp, code, now, TOTP_WINDOW, 0, &step);
	sodium_memzero(code, sizeof(code));
	if (match != TOTP_ACCEPTED)
		return IPC_OTP_WRONG;
	user->tokens[pending].state = TOKEN_ACTIVE;
	user->state.last_step[pending] = step;
	user->state.throttle = (struct throttle){ 0 };
	if (store_save_user(otpd->store, user, err) < 0)
		return IPC_OTP_UNAVAILABLE;
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
	if (load(otpd, ask->user, &user, &err) < 0) {
		refuse(otpd, request, &err);
		return;
	}
	answer = answer_result(confirm(otpd, &user, ask->code, token, &err));
	sodium_memzero(&user, sizeof(user));
	if (answer.result != IPC_OTP_ACCEPTED) {
		answer_now(otpd, request, (enum ipc_otp_result)answer.result);
		return;
	}
	otpd_take_stock(otpd);
	begin_event(&event, "token.confirm", ask->user, token, &request->peer);
	answer_result_after_log(otpd, request, &event, &answer);
}

/* Loads a user, changes him, logs it, answers. */
static void change_user(struct ipc_server *server, const struct ipc_request *request,
			int (*change)(struct store *store, struct mfa_user *user, struct err *err),
			const char *type)
{
	const struct ipc_otp_user *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_answer answer = answer_result(IPC_OTP_ACCEPTED);
	struct ipc_log_append event;
	struct mfa_user user = { 0 };
	struct err err = { 0 };

	if (!request_is_user(ask->user, sizeof(ask->user)))
		(void)err_set(&err, -EINVAL, "that is no user name");
	else if (load(otpd, ask->user, &user, &err) == 0)
		(void)change(otpd->store, &user, &err);
	sodium_memzero(&user, sizeof(user));
	if (err.code != 0) {
		refuse(otpd, request, &err);
		return;
	}
	otpd_take_stock(otpd);
	grace_forget(&otpd->graces, ask->user);
	begin_event(&event, type, ask->user, NULL, &request->peer);
	answer_result_after_log(otpd, request, &event, &answer);
}

/* Every token of the user ends; his counters stay. */
static int end_tokens(struct store *store, struct mfa_user *user, struct err *err)
{
	sodium_memzero(user->tokens, sizeof(user->tokens));
	return store_save_user(store, user, err);
}

static int end_wait(struct store *store, struct mfa_user *user, struct err *err)
{
	user->state.throttle = (struct throttle){ 0 };
	return store_save_state(store, user, err);
}

void admin_revoke(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_user *ask = request->message;

	if (request_is_user(ask->user, sizeof(ask->user)))
		lost_forget(server->ctx, ask->user);
	change_user(server, request, end_tokens, "token.revoke");
}

void admin_unlock(struct ipc_server *server, const struct ipc_request *request)
{
	change_user(server, request, end_wait, "mfa.unlock");
}

struct listing {
	struct otpd *otpd;
	const struct ipc_request *request;
};

static void list_token(const struct listing *listing, const struct mfa_user *user,
		       const char *token, enum ipc_otp_token_state state)
{
	const struct throttle_now now = otpd_boot_now(listing->otpd);
	struct ipc_otp_token reply = {
		.header.kind = IPC_OTP_TOKEN,
		.state = (uint8_t)state,
		.failures = user->state.failures_since,
		.last_success_s = user->state.last_success_s,
		.wait_sec = throttle_wait(&user->state.throttle, &now),
	};

	(void)snprintf(reply.user, sizeof(reply.user), "%s", user->name);
	(void)snprintf(reply.token, sizeof(reply.token), "%s", token);
	ipc_reply(&listing->otpd->server, listing->request->client, listing->request->tag, &reply,
		  sizeof(reply));
}

static void list_user(const struct mfa_user *user, int rc, void *ctx)
{
	const struct listing *listing = ctx;

	if (rc < 0) {
		list_token(listing, user, "", IPC_OTP_TOKEN_DAMAGED);
		return;
	}
	for (size_t i = 0; i < MFA_TOKENS_MAX; i++) {
		if (user->tokens[i].state == TOKEN_PENDING)
			list_token(listing, user, user->tokens[i].id, IPC_OTP_TOKEN_PENDING);
		if (user->tokens[i].state == TOKEN_ACTIVE)
			list_token(listing, user, user->tokens[i].id, IPC_OTP_TOKEN_ACTIVE);
	}
}

void admin_list(struct ipc_server *server, const struct ipc_request *request)
{
	struct otpd *otpd = server->ctx;
	struct listing listing = { .otpd = otpd, .request = request };
	struct ipc_header end = { .kind = IPC_END };
	struct err err = { 0 };

	if (!otpd->store)
		(void)err_set(&err, -ENOKEY, "there is no host key: %s", otpd->key_detail);
	else
		(void)store_each(otpd->store, list_user, &listing, &err);
	if (err.code != 0)
		refuse(otpd, request, &err);
	else
		ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}

void admin_status(struct ipc_server *server, const struct ipc_request *request)
{
	struct otpd *otpd = server->ctx;
	struct ipc_otp_state state = { .header.kind = IPC_OTP_STATE };

	scope_refresh(&otpd->scope);
	state.n_users = otpd->n_active;
	state.key_ok = otpd->store != NULL;
	state.policy_ok = otpd->scope.policy != NULL;
	(void)snprintf(state.zone, sizeof(state.zone), "%s", zone_name(otpd->scope.witness.zone));
	if (!otpd->store)
		(void)snprintf(state.detail, sizeof(state.detail), "%s", otpd->key_detail);
	else if (*otpd->scope.detail)
		(void)snprintf(state.detail, sizeof(state.detail), "%s", otpd->scope.detail);
	else if (otpd->n_damaged > 0)
		(void)snprintf(state.detail, sizeof(state.detail),
			       tr("%u damaged state files; remedy: sekisho token list, then enrol "
				  "those users again"),
			       otpd->n_damaged);
	ipc_reply(server, request->client, request->tag, &state, sizeof(state));
}
