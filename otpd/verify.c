/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/verify.h"

#include "core/err.h"
#include "core/log.h"
#include "core/text.h"
#include "otpd/answer.h"
#include "otpd/lost.h"
#include "otpd/request.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct totp dummy = {
	.secret = "no token has this one",
	.secret_len = 20,
	.algorithm = TOTP_SHA1,
	.digits = 6,
	.period = 30,
};

/* What one attempt came to. */
struct attempt {
	enum ipc_otp_result result;
	const char *type; /* of the log entry */
	uint32_t wait_sec;
	char token[TOKEN_ID_MAX];
};

/*
 * Compares with every token, and with a dummy where there is none, so that the
 * work says nothing about who is enrolled.
 */
static enum totp_match match_tokens(struct mfa_user *user, const struct code_scope *scope,
				    const struct proof *proof, const char *code, int64_t now,
				    size_t *ret_token, uint64_t *ret_step)
{
	uint32_t base = scope->window_steps > 0 ? scope->window_steps - 1 : TOTP_WINDOW;
	enum totp_match best = TOTP_WRONG;

	for (size_t i = 0; i < MFA_TOKENS_MAX; i++) {
		const struct token *token = &user->tokens[i];
		const struct totp_use *use = &user->state.uses[i];
		bool active = token->state == TOKEN_ACTIVE &&
			      (proof->not_seen_by == VERIFY_ANYBODY ||
			       !token_is_seen_by(token, proof->not_seen_by));
		const struct totp *totp = active ? &token->totp : &dummy;
		struct totp_window window = totp_window_of(totp, use, base, now);
		uint64_t step = 0;
		enum totp_match match =
			totp_decide(totp, code, now, &window, use->last_step, &step);

		if (active && match > best) {
			best = match;
			*ret_token = i;
			*ret_step = step;
		}
	}
	return best;
}

static void accept(struct otpd *otpd, struct mfa_user *user, size_t token, uint64_t step,
		   struct attempt *attempt)
{
	int64_t now = otpd_now_s(otpd);

	totp_learn(&user->tokens[token].totp, step, now, &user->state.uses[token]);
	otpd_heed_clock(otpd, user, token);
	user->state.throttle = (struct throttle){ 0 };
	user->state.last_success_s = now;
	user->state.failures_since = 0;
	attempt->result = IPC_OTP_ACCEPTED;
	attempt->type = "mfa.success";
	memcpy(attempt->token, user->tokens[token].id, sizeof(attempt->token));
}

static struct throttle_limits limits_of(const struct code_scope *scope)
{
	if (scope->free_failures == 0)
		return THROTTLE_LIMITS_DEFAULT;
	return (struct throttle_limits){ .free = scope->free_failures,
					 .first_sec = scope->first_wait_s,
					 .most_sec = scope->most_wait_s };
}

static void fail(const struct throttle_now *now, const struct code_scope *scope,
		 struct mfa_user *user, bool is_brought, bool used, struct attempt *attempt)
{
	const struct throttle_limits limits = limits_of(scope);
	bool locked = !is_brought && throttle_fail(&user->state.throttle, &limits, now);

	user->state.failures_since += !is_brought;
	attempt->result = used ? IPC_OTP_USED : IPC_OTP_WRONG;
	attempt->type = used ? "mfa.replay" : locked ? "mfa.lock" : "mfa.fail";
	attempt->wait_sec = user->state.throttle.wait_sec;
}

/* Everything but the clock and the disk. */
static void decide(struct otpd *otpd, const struct code_scope *scope, struct mfa_user *user,
		   bool enrolled, const struct proof *proof, struct attempt *attempt)
{
	const struct throttle_now now = otpd_boot_now(otpd);
	char code[TOTP_CODE_SIZE];
	size_t token = 0;
	uint64_t step = 0;
	enum totp_match match;

	totp_normalise(proof->code, code);
	match = match_tokens(user, scope, proof, code, otpd_now_s(otpd), &token, &step);
	sodium_memzero(code, sizeof(code));

	*attempt = (struct attempt){ .result = IPC_OTP_NOT_ENROLLED, .type = "mfa.fail" };
	if (!enrolled)
		return;
	attempt->wait_sec = throttle_wait(&user->state.throttle, &now);
	if (attempt->wait_sec > 0) {
		attempt->result = IPC_OTP_LOCKED;
		return;
	}
	if (otpd_clock_is_wrong(otpd)) {
		attempt->result = IPC_OTP_CLOCK;
		attempt->type = "clock.rollback";
		return;
	}
	if (match == TOTP_ACCEPTED)
		accept(otpd, user, token, step, attempt);
	else
		fail(&now, scope, user, proof->is_brought, match == TOTP_USED, attempt);
}

static void begin_event(struct otpd *otpd, struct ipc_log_append *event, const char *type,
			const char *user, enum ipc_otp_result result)
{
	ipc_event_init(event, type);
	ipc_event_add(event, "user", user);
	ipc_event_add(event, "result", answer_word(result));
	ipc_event_add(event, "zone", zone_name(otpd->scope.witness.zone));
}

static void add_login(struct ipc_log_append *event, const struct ipc_otp_verify *login)
{
	ipc_event_add(event, "service", login->service);
	ipc_event_add(event, "tty", login->tty);
	ipc_event_add(event, "rhost", login->rhost);
	ipc_event_add(event, "ruser", login->ruser);
}

/* Who has no file gets the decoy's: reading and writing it costs what others cost. */
static int load_somebody(struct otpd *otpd, const char *name, struct mfa_user *ret, struct err *err)
{
	struct err ignored = { 0 };
	int rc = otpd->store ? store_load(otpd->store, name, ret, err)
			     : err_set(err, -ENOKEY, "there is no host key: %s", otpd->key_detail);

	if (rc == -ENOENT && store_load_decoy(otpd->store, ret, &ignored) < 0)
		*ret = (struct mfa_user){ 0 };
	return rc == -ENOENT ? 0 : rc;
}

/*
 * Return: 0 with @ret_attempt, or an error: no decision could be made durable.
 * @answer holds what was before the attempt in last_success and failures.
 */
static int attempt_code(struct otpd *otpd, const struct code_scope *scope,
			const struct proof *proof, struct attempt *ret_attempt,
			struct ipc_otp_answer *answer)
{
	struct mfa_user user = { 0 };
	struct err err = { 0 };
	bool has_file, enrolled;
	int rc = load_somebody(otpd, proof->user, &user, &err);

	if (rc < 0) {
		log_error("the state of a user cannot be read: %s", err.text);
		return rc;
	}
	has_file = *user.name != '\0';
	enrolled = has_file && mfa_user_find(&user, TOKEN_ACTIVE) >= 0;
	answer->last_success_s = user.state.last_success_s;
	answer->failures = user.state.failures_since;
	decide(otpd, scope, &user, enrolled, proof, ret_attempt);
	/* Also where nothing changed: one write whoever asks, and whatever comes of it. */
	rc = store_save_state(otpd->store, &user, &err);
	sodium_memzero(&user, sizeof(user));
	if (rc < 0)
		log_error("the state of a user cannot be written: %s", err.text);
	return has_file ? rc : 0;
}

static struct grace_request grace_request(const struct otpd *otpd,
					  const struct ipc_request *request, const char *user,
					  const char *service)
{
	return (struct grace_request){ .asker = request->peer.pid,
				       .user = user,
				       .service = service,
				       .now_us = otpd->clock.boot_us(otpd->clock.ctx) };
}

static void try_code(struct otpd *otpd, const struct ipc_request *request, const char *user,
		     const char *code, const struct ipc_otp_verify *login,
		     const struct code_scope *scope)
{
	const struct proof proof = { .user = user, .code = code, .not_seen_by = VERIFY_ANYBODY };
	struct ipc_otp_answer answer = answer_result(IPC_OTP_UNAVAILABLE);
	struct attempt attempt = { 0 };
	struct ipc_log_append event;

	if (attempt_code(otpd, scope, &proof, &attempt, &answer) < 0) {
		begin_event(otpd, &event, "mfa.unavailable", user, IPC_OTP_UNAVAILABLE);
		if (login)
			add_login(&event, login);
		answer_result_after_log(otpd, request, &event, &answer);
		return;
	}
	if (attempt.result == IPC_OTP_NOT_ENROLLED && scope->need == CODE_OPTIONAL) {
		attempt.result = IPC_OTP_NOT_REQUIRED;
		attempt.type = "mfa.skip";
	}
	if (attempt.result != IPC_OTP_ACCEPTED) {
		grace_forget(&otpd->graces, user);
	} else if (login) {
		const struct grace_request grace =
			grace_request(otpd, request, user, login->service);

		grace_give(&otpd->graces, &grace);
	}
	answer.result = (uint8_t)attempt.result;
	answer.wait_sec = attempt.wait_sec;
	begin_event(otpd, &event, attempt.type, user, attempt.result);
	if (login)
		add_login(&event, login);
	ipc_event_add(&event, "token", attempt.token);
	if (attempt.wait_sec > 0)
		ipc_event_add_number(&event, "wait", attempt.wait_sec);
	answer_result_after_log(otpd, request, &event, &answer);
}

static void find_scope(struct otpd *otpd, const char *service, const char *user,
		       struct code_scope *ret)
{
	scope_of(&otpd->scope, service, user, otpd_has_tokens(otpd), ret);
}

void verify_scope(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_scope *ask = request->message;
	struct ipc_otp_need reply = { .header.kind = IPC_OTP_NEED, .need = IPC_OTP_NEED_REQUIRED };
	struct otpd *otpd = server->ctx;
	struct grace_request grace;
	struct code_scope scope;

	if (text_is_safe_field(ask->service, sizeof(ask->service)) &&
	    text_is_safe_field(ask->user, sizeof(ask->user))) {
		find_scope(otpd, ask->service, ask->user, &scope);
		reply.one_answer = (uint8_t)scope.one_answer;
		grace = grace_request(otpd, request, ask->user, ask->service);
		reply.need =
			(uint8_t)(grace_promise(&otpd->graces, &grace, scope.grace_s) ? CODE_NONE
										      : scope.need);
	}
	ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
}

/* A code that was typed although none was needed is looked at all the same. */
static bool may_skip(struct otpd *otpd, const struct ipc_request *request,
		     const struct ipc_otp_verify *login, const struct code_scope *scope)
{
	const struct grace_request grace =
		grace_request(otpd, request, login->user, login->service);

	return scope->need == CODE_NONE ||
	       (*login->code == '\0' && grace_redeem(&otpd->graces, &grace, scope->grace_s));
}

/* Where nobody is asked for codes a log in trouble shuts nobody out; an exception must be on
 * record. */
static void skip(struct otpd *otpd, const struct ipc_request *request,
		 const struct ipc_otp_verify *login, const struct code_scope *scope)
{
	const struct ipc_otp_answer skipped = answer_result(IPC_OTP_NOT_REQUIRED);
	struct ipc_log_append event;

	begin_event(otpd, &event, "mfa.skip", login->user, IPC_OTP_NOT_REQUIRED);
	add_login(&event, login);
	if (scope->exemption != 0)
		ipc_event_add(&event, "rule", policy_word(otpd->scope.policy, scope->exemption));
	if (scope->need != CODE_NONE)
		ipc_event_add(&event, "reason", "grace");
	if (scope->need != CODE_NONE || scope->exemption != 0) {
		answer_result_after_log(otpd, request, &event, &skipped);
		return;
	}
	ipc_submit(&otpd->log, &event, NULL, NULL);
	answer_now(otpd, request, IPC_OTP_NOT_REQUIRED);
}

void verify_login(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_verify *login = request->message;
	struct otpd *otpd = server->ctx;
	struct code_scope scope;

	if (!request_is_login(login) || !request_may_ask(&request->peer, login->user)) {
		log_warning("uid %u asked about another user or in a malformed way",
			    request->peer.uid);
		answer_now(otpd, request, IPC_OTP_WRONG);
		return;
	}
	if (!request_may_try(otpd, &request->peer)) {
		answer_now(otpd, request, IPC_OTP_UNAVAILABLE);
		return;
	}
	find_scope(otpd, login->service, login->user, &scope);
	if (may_skip(otpd, request, login, &scope)) {
		skip(otpd, request, login, &scope);
		return;
	}
	if (!lost_login(otpd, request, login))
		try_code(otpd, request, login->user, login->code, login, &scope);
}

void verify_prove(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_code *proof = request->message;
	struct otpd *otpd = server->ctx;
	struct code_scope scope;

	if (!request_is_user(proof->user, sizeof(proof->user)) ||
	    strnlen(proof->code, sizeof(proof->code)) == sizeof(proof->code) ||
	    !request_may_ask(&request->peer, proof->user)) {
		answer_now(otpd, request, IPC_OTP_WRONG);
		return;
	}
	if (!request_may_try(otpd, &request->peer)) {
		answer_now(otpd, request, IPC_OTP_UNAVAILABLE);
		return;
	}
	find_scope(otpd, "", proof->user, &scope);
	scope.need = CODE_REQUIRED;
	try_code(otpd, request, proof->user, proof->code, NULL, &scope);
}

enum ipc_otp_result verify_proof(struct otpd *otpd, const struct proof *proof,
				 uint32_t *ret_wait_sec)
{
	struct ipc_otp_answer answer = answer_result(IPC_OTP_UNAVAILABLE);
	struct attempt attempt = { 0 };
	struct ipc_log_append event;
	struct code_scope scope;

	find_scope(otpd, "", proof->user, &scope);
	if (attempt_code(otpd, &scope, proof, &attempt, &answer) < 0)
		return IPC_OTP_UNAVAILABLE;
	*ret_wait_sec = attempt.wait_sec;
	begin_event(otpd, &event, attempt.type, proof->user, attempt.result);
	ipc_event_add(&event, "token", attempt.token);
	ipc_submit(&otpd->log, &event, NULL, NULL);
	return attempt.result;
}
