/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/admin.h"

#include "core/err.h"
#include "core/lang.h"
#include "core/log.h"
#include "mfa/pool.h"
#include "otpd/person.h"
#include "ipc/tokens.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

struct listing {
	struct otpd *otpd;
	const struct ipc_request *request;
};

static struct ipc_otp_token describe(const char *token, const char *label, const struct totp *totp,
				     enum ipc_otp_token_state state)
{
	struct ipc_otp_token ret = { .header.kind = IPC_OTP_TOKEN, .state = (uint8_t)state };

	(void)snprintf(ret.token, sizeof(ret.token), "%s", token);
	(void)snprintf(ret.label, sizeof(ret.label), "%s", label);
	if (totp)
		ret.shape = (struct ipc_otp_shape){ .algorithm = totp->algorithm,
						    .digits = totp->digits,
						    .period_sec = totp->period };
	return ret;
}

static void send_token(const struct listing *listing, struct ipc_otp_token *token)
{
	ipc_reply(&listing->otpd->server, listing->request->client, listing->request->tag, token,
		  sizeof(*token));
}

static void list_token(const struct listing *listing, const struct mfa_user *user, size_t at,
		       enum ipc_otp_token_state state)
{
	const struct throttle_now now = otpd_boot_now(listing->otpd);
	const struct token *token = &user->tokens[at];
	const struct totp_use *use = &user->state.uses[at];
	struct ipc_otp_token reply = describe(token->id, token->label, &token->totp, state);

	(void)snprintf(reply.user, sizeof(reply.user), "%s", user->name);
	reply.failures = user->state.failures_since;
	reply.last_success_s = user->state.last_success_s;
	reply.wait_sec = throttle_wait(&user->state.throttle, &now);
	reply.last_used_s = use->last_used_s;
	reply.drift_sec = use->drift * token->totp.period;
	send_token(listing, &reply);
}

static void list_user(const struct store_visit *visit, void *ctx)
{
	const struct listing *listing = ctx;
	const struct mfa_user *user = visit->user;

	if (visit->rc < 0) {
		struct ipc_otp_token damaged = describe("", "", NULL, IPC_OTP_TOKEN_DAMAGED);

		(void)snprintf(damaged.user, sizeof(damaged.user), "%s", user->name);
		send_token(listing, &damaged);
		return;
	}
	for (size_t i = 0; i < MFA_TOKENS_MAX; i++) {
		if (user->tokens[i].state == TOKEN_PENDING)
			list_token(listing, user, i, IPC_OTP_TOKEN_PENDING);
		if (user->tokens[i].state == TOKEN_ACTIVE)
			list_token(listing, user, i, IPC_OTP_TOKEN_ACTIVE);
	}
}

static void list_pool(const struct listing *listing)
{
	cleanup_pool struct pool pool = { 0 };
	struct err err = { 0 };
	int rc = pool_load(listing->otpd->store, &pool, &err);

	if (rc < 0)
		log_error("%s", err.text);
	for (size_t i = 0; i < pool.n || (rc < 0 && i == 0); i++) {
		struct ipc_otp_token reply = describe("", "", NULL, IPC_OTP_TOKEN_DAMAGED);
		struct token token = { 0 };

		if (rc == 0 && pool_open(listing->otpd->store, &pool, (int)i, &token))
			reply = describe(token.id, token.label, &token.totp, IPC_OTP_TOKEN_SPARE);
		sodium_memzero(&token, sizeof(token));
		send_token(listing, &reply);
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
	else if (store_each(otpd->store, list_user, &listing, &err) == 0)
		list_pool(&listing);
	if (err.code != 0)
		person_refuse(otpd, request, &err);
	else
		ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}

void admin_status(struct ipc_server *server, const struct ipc_request *request)
{
	struct otpd *otpd = server->ctx;
	struct ipc_otp_state state = { .header.kind = IPC_OTP_STATE };

	scope_refresh(&otpd->scope);
	state.n_users = otpd->census.n_active;
	if (!otpd_drifts(otpd, &state.n_clock_users, &state.slow_sec))
		state.slow_sec = 0;
	state.key_ok = otpd->store != NULL;
	state.policy_ok = otpd->scope.policy != NULL;
	(void)snprintf(state.zone, sizeof(state.zone), "%s", zone_name(otpd->scope.witness.zone));
	if (!otpd->store)
		(void)snprintf(state.detail, sizeof(state.detail), "%s", otpd->key_detail);
	else if (*otpd->scope.detail)
		(void)snprintf(state.detail, sizeof(state.detail), "%s", otpd->scope.detail);
	else if (otpd->census.n_damaged > 0)
		(void)snprintf(state.detail, sizeof(state.detail),
			       tr("%u damaged state files; remedy: sekisho token list, then enrol "
				  "those users again"),
			       otpd->census.n_damaged);
	ipc_reply(server, request->client, request->tag, &state, sizeof(state));
}
