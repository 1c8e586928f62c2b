/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/change.h"

#include "core/err.h"
#include "core/text.h"
#include "mfa/pool.h"
#include "otpd/answer.h"
#include "otpd/enroll.h"
#include "otpd/lost.h"
#include "otpd/people.h"
#include "otpd/person.h"
#include "otpd/request.h"
#include "ipc/tokens.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

static int has_no_such(const char *user, const char *token, struct err *err)
{
	return err_set(err, -ENOENT, "%s has no token %s; remedy: sekisho token list", user, token);
}

/* His last token ends: so does every other way in. */
static int end_one(struct otpd *otpd, struct mfa_user *user, int index, struct err *err)
{
	bool was_active = user->tokens[index].state == TOKEN_ACTIVE;
	bool had;

	sodium_memzero(&user->tokens[index], sizeof(user->tokens[index]));
	if (!was_active || mfa_user_find(user, TOKEN_ACTIVE) >= 0)
		return 0;
	return lost_forget(otpd, user->name, &had, err);
}

/* One token of the user ends, or every one; his counters stay. */
static int end_tokens(struct otpd *otpd, const char *name, const char *id, struct err *err)
{
	struct mfa_user user = { 0 };
	int rc = person_load(otpd, name, &user, err);
	int index = rc == 0 && *id ? mfa_user_find_id(&user, id) : -1;

	if (rc == 0 && *id)
		rc = index < 0 ? has_no_such(name, id, err) : end_one(otpd, &user, index, err);
	else if (rc == 0)
		sodium_memzero(user.tokens, sizeof(user.tokens));
	if (rc == 0)
		rc = store_save_user(otpd->store, &user, err);
	if (rc == 0)
		otpd_heed_user(otpd, &user);
	sodium_memzero(&user, sizeof(user));
	return rc;
}

/* The other ways in first: who has no token, or a damaged file, may have one of them. */
static int end_person(struct otpd *otpd, const char *name, struct err *err)
{
	bool had;
	int rc = lost_forget(otpd, name, &had, err);

	if (rc == 0)
		rc = end_tokens(otpd, name, "", err);
	if (rc == -ENOENT && had) {
		*err = (struct err){ 0 };
		rc = 0;
	}
	return rc;
}

static int end_spare(struct otpd *otpd, const char *id, struct err *err)
{
	cleanup_pool struct pool pool = { 0 };
	int index = -1;
	int rc = otpd->store ? pool_load(otpd->store, &pool, err)
			     : err_set(err, -ENOKEY, "there is no host key: %s", otpd->key_detail);

	if (rc == 0)
		index = pool_find(&pool, id);
	if (rc == 0 && index < 0)
		rc = err_set(err, -ENOENT, "there is no unassigned token %s", id);
	if (rc < 0)
		return rc;
	pool_remove(&pool, index);
	return pool_save(otpd->store, &pool, err);
}

void admin_revoke(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_named *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_answer answer = answer_result(IPC_OTP_ACCEPTED);
	struct ipc_log_append event;
	struct err err = { 0 };

	if (!text_is_safe_field(ask->user, sizeof(ask->user)) ||
	    !text_is_safe_field(ask->token, sizeof(ask->token)) || (!*ask->user && !*ask->token))
		(void)err_set(&err, -EINVAL, "that is no user name");
	else if (!*ask->token)
		(void)end_person(otpd, ask->user, &err);
	else if (*ask->user)
		(void)end_tokens(otpd, ask->user, ask->token, &err);
	else
		(void)end_spare(otpd, ask->token, &err);
	if (err.code != 0) {
		person_refuse(otpd, request, &err);
		return;
	}
	grace_forget(&otpd->graces, ask->user);
	person_event(&event, "token.revoke", ask->user, ask->token, &request->peer);
	answer_result_after_log(otpd, request, &event, &answer);
}

static int end_wait(struct otpd *otpd, const char *name, const struct ipc_peer *peer,
		    struct err *err)
{
	struct mfa_user user = { 0 };
	struct err missing = { 0 };
	bool had = false;
	int found = person_load(otpd, name, &user, &missing);
	int rc = 0;

	if (found == 0 && !people_may_unlock(otpd, peer, &user))
		rc = err_set(err, -EPERM,
			     "you brought wrong codes of a second person; remedy: another "
			     "administrator unlocks you");
	if (rc == 0)
		rc = lost_end_wait(otpd, name, &had, err);
	if (rc == 0 && found == 0) {
		user.state.throttle = user.state.approvals = (struct throttle){ 0 };
		rc = store_save_state(otpd->store, &user, err);
	} else if (rc == 0 && ((found != -ENOENT && found != -EBADMSG) || !had)) {
		*err = missing; /* else it was that one that he waited for */
		rc = found;
	}
	sodium_memzero(&user, sizeof(user));
	return rc;
}

void admin_unlock(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_user *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_answer answer = answer_result(IPC_OTP_ACCEPTED);
	struct ipc_log_append event;
	struct err err = { 0 };

	if (!request_is_user(ask->user, sizeof(ask->user)))
		(void)err_set(&err, -EINVAL, "that is no user name");
	else
		(void)end_wait(otpd, ask->user, &request->peer, &err);
	if (err.code != 0) {
		person_refuse(otpd, request, &err);
		return;
	}
	grace_forget(&otpd->graces, ask->user);
	person_event(&event, "mfa.unlock", ask->user, NULL, &request->peer);
	answer_result_after_log(otpd, request, &event, &answer);
}

/* The one that is meant; without a name the only one. */
static int choose(const struct mfa_user *user, const char *id, struct err *err)
{
	int found = -ENOENT;

	if (*id) {
		found = mfa_user_find_id(user, id);
		return found >= 0 ? found : has_no_such(user->name, id, err);
	}
	for (int i = 0; i < MFA_TOKENS_MAX; i++) {
		if (user->tokens[i].state != TOKEN_ACTIVE)
			continue;
		if (found >= 0)
			return err_set(err, -EINVAL,
				       "%s has several tokens; remedy: say which by --token",
				       user->name);
		found = i;
	}
	return found >= 0
		       ? found
		       : err_set(err, found, "%s has no active token; remedy: sekisho token list",
				 user->name);
}

/* Two codes in a row prove more than the one that confirms: a pending token becomes active. */
static int resync(struct otpd *otpd, struct mfa_user *user, size_t at,
		  const char typed[2][IPC_WORD_MAX], enum ipc_otp_result *ret, struct err *err)
{
	struct token *token = &user->tokens[at];
	struct totp_use *use = &user->state.uses[at];
	int64_t now = otpd_now_s(otpd);
	char codes[2][TOTP_CODE_SIZE];
	enum totp_match match;
	uint64_t step = 0;

	*ret = IPC_OTP_CLOCK;
	if (otpd_clock_is_wrong(otpd))
		return 0;
	totp_normalise(typed[0], codes[0]);
	totp_normalise(typed[1], codes[1]);
	match = totp_resync(&token->totp, codes, now, use->last_step, &step);
	sodium_memzero(codes, sizeof(codes));
	*ret = match == TOTP_USED ? IPC_OTP_USED : IPC_OTP_WRONG;
	if (match != TOTP_ACCEPTED)
		return 0;
	totp_relearn(&token->totp, step, now, use);
	user->state.throttle = (struct throttle){ 0 };
	otpd_heed_clock(otpd, user, at);
	*ret = IPC_OTP_ACCEPTED;
	if (token->state == TOKEN_ACTIVE)
		return store_save_state(otpd->store, user, err);
	token->state = TOKEN_ACTIVE;
	if (store_save_user(otpd->store, user, err) == 0)
		otpd_heed_user(otpd, user);
	return err->code;
}

static void log_resync(struct otpd *otpd, const struct ipc_request *request, const char *token,
		       enum ipc_otp_result result)
{
	const struct ipc_otp_resync *ask = request->message;
	const struct ipc_otp_answer answer = answer_result(result);
	struct ipc_log_append event;

	person_event(&event, "token.resync", ask->user, token, &request->peer);
	ipc_event_add(&event, "result", answer_word(result));
	answer_result_after_log(otpd, request, &event, &answer);
}

void admin_resync(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_resync *ask = request->message;
	struct otpd *otpd = server->ctx;
	enum ipc_otp_result result = IPC_OTP_UNAVAILABLE;
	struct mfa_user user = { 0 };
	char token[TOKEN_ID_MAX] = "";
	struct err err = { 0 };
	int at = -EINVAL;

	if (!request_is_user(ask->user, sizeof(ask->user)) ||
	    !text_is_safe_field(ask->token, sizeof(ask->token)) ||
	    memchr(ask->codes[0], '\0', IPC_WORD_MAX) == NULL ||
	    memchr(ask->codes[1], '\0', IPC_WORD_MAX) == NULL)
		(void)err_set(&err, -EINVAL, "that is no user name");
	else if (person_load(otpd, ask->user, &user, &err) == 0)
		at = choose(&user, ask->token, &err);
	if (at >= 0) {
		memcpy(token, user.tokens[at].id, sizeof(token));
		(void)resync(otpd, &user, (size_t)at, ask->codes, &result, &err);
	}
	sodium_memzero(&user, sizeof(user));
	if (err.code != 0) {
		person_refuse(otpd, request, &err);
		return;
	}
	if (result == IPC_OTP_ACCEPTED)
		enroll_leave_pool(otpd, token);
	log_resync(otpd, request, token, result);
}
