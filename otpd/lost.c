/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/lost.h"

#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "ipc/lost.h"
#include "mfa/challenges.h"
#include "mfa/escrow.h"
#include "mfa/recovery.h"
#include "otpd/answer.h"
#include "otpd/envelope.h"
#include "otpd/recover.h"
#include "otpd/request.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

struct elapsed_now lost_now(const struct otpd *otpd)
{
	struct elapsed_now now = {
		.wall_s = otpd->clock.wall_us(otpd->clock.ctx) / CLOCK_US_PER_SEC,
		.boot_us = otpd->clock.boot_us(otpd->clock.ctx),
	};

	memcpy(now.boot, otpd->boot.boot, sizeof(now.boot));
	return now;
}

/* What a power cut can lose of the time that passed is what a reboot costs. */
static void keep_time(struct loop_timer *timer)
{
	struct otpd *otpd = container_of(timer, struct otpd, lost.keep);
	const struct elapsed_now now = lost_now(otpd);
	struct err err = { 0 };

	if (challenges_pass(otpd->lost.challenges, &now, &err) > 0)
		loop_timer_set(timer, ELAPSED_KEEP_S * CLOCK_US_PER_SEC);
	if (err.code != 0)
		log_error("%s", err.text);
}

static int open_keys(struct otpd *otpd, const char *state_dir,
		     const uint8_t host_key[static MFA_KEY_LEN], struct err *err)
{
	struct lost *lost = &otpd->lost;
	int rc;

	lost->keys = sodium_malloc((size_t)LOST_KEYS * MFA_KEY_LEN);
	if (!lost->keys)
		return err_set(err, -ENOMEM, "out of memory");
	memcpy(lost->keys, host_key, MFA_KEY_LEN);
	escrow_key(host_key, lost->keys + (size_t)LOST_KEY_TEMPORARY * MFA_KEY_LEN);
	recovery_key(host_key, lost->keys + (size_t)LOST_KEY_RECOVERY * MFA_KEY_LEN);
	(void)sodium_mprotect_readonly(lost->keys);
	rc = loop_timer_init(&otpd->loop, &lost->keep, keep_time, err);
	if (rc < 0)
		return rc;
	lost->has_timer = true;
	rc = challenges_open(state_dir, host_key, &lost->challenges, err);
	if (rc < 0)
		return rc;
	if (challenges_damaged(lost->challenges) > 0)
		log_error("%u damaged places for temporary codes; they are not used again",
			  challenges_damaged(lost->challenges));
	keep_time(&lost->keep);
	return 0;
}

void lost_open(struct otpd *otpd, const char *state_dir, const uint8_t *host_key)
{
	struct err err = { 0 };

	otpd->lost.dir_fd = -1;
	if (file_open_own_dir(state_dir, &otpd->lost.dir_fd, &err) < 0)
		log_error("%s", err.text);
	envelope_open(otpd);
	if (host_key && open_keys(otpd, state_dir, host_key, &err) < 0)
		log_error("no temporary code can be had: %s", err.text);
}

void lost_close(struct otpd *otpd)
{
	struct lost *lost = &otpd->lost;
	const struct elapsed_now now = lost_now(otpd);
	struct err err = { 0 };

	envelope_close(otpd);
	if (lost->challenges)
		(void)challenges_pass(lost->challenges, &now, &err);
	if (lost->has_timer)
		loop_timer_deinit(&otpd->loop, &lost->keep);
	challenges_free(lost->challenges);
	sodium_free(lost->keys);
	if (lost->dir_fd >= 0)
		(void)close(lost->dir_fd);
	*lost = (struct lost){ .dir_fd = -1 };
}

const uint8_t *lost_key(const struct otpd *otpd, enum lost_key key)
{
	return otpd->lost.keys ? otpd->lost.keys + (size_t)key * MFA_KEY_LEN : NULL;
}

void lost_terminal(struct otpd *otpd, char ret[static IPC_WORD_MAX])
{
	memset(ret, 0, IPC_WORD_MAX);
	scope_refresh(&otpd->scope);
	if (*otpd->scope.witness.terminal != '\0')
		(void)snprintf(ret, IPC_WORD_MAX, "%s", otpd->scope.witness.terminal);
	else
		(void)gethostname(ret, IPC_WORD_MAX - 1);
}

struct ipc_otp_answer lost_answer(enum ipc_otp_result result)
{
	struct ipc_otp_answer answer = answer_result(result);

	answer.told = 1;
	return answer;
}

void lost_event(const struct otpd *otpd, struct ipc_log_append *event, const char *type,
		const struct ipc_otp_verify *login)
{
	ipc_event_init(event, type);
	ipc_event_add(event, "user", login->user);
	ipc_event_add(event, "rhost", login->rhost);
	ipc_event_add(event, "ruser", login->ruser);
	ipc_event_add(event, "service", login->service);
	ipc_event_add(event, "tty", login->tty);
	ipc_event_add(event, "zone", zone_name(otpd->scope.witness.zone));
}

static struct ipc_otp_challenged challenged(enum ipc_otp_result result)
{
	return (struct ipc_otp_challenged){ .header.kind = IPC_OTP_CHALLENGED,
					    .result = (uint8_t)result };
}

enum ipc_otp_result lost_begin(struct otpd *otpd, enum temporary_purpose purpose, const char *user,
			       const char challenge[static TEMPORARY_CHALLENGE_SIZE],
			       uint32_t *ret_wait_sec)
{
	const struct elapsed_now now = lost_now(otpd);
	const struct throttle_now boot = throttle_at(&now);
	struct challenge *place;
	struct err err = { 0 };

	if (!otpd->lost.challenges)
		return IPC_OTP_UNAVAILABLE;
	place = challenges_place(otpd->lost.challenges, purpose, user, &now);
	if (!place) {
		log_error("there is no place for another temporary code; remedy: "
			  "sekisho token revoke-temporary those that nobody needs");
		return IPC_OTP_UNAVAILABLE;
	}
	*ret_wait_sec = throttle_wait(&place->state.throttle, &boot);
	if (*ret_wait_sec > 0)
		return IPC_OTP_LOCKED;
	temporary_begin(&place->state, challenge, &now);
	if (challenges_save(otpd->lost.challenges, place, &err) < 0) {
		log_error("%s", err.text);
		return IPC_OTP_UNAVAILABLE;
	}
	loop_timer_set(&otpd->lost.keep, ELAPSED_KEEP_S * CLOCK_US_PER_SEC);
	return IPC_OTP_ACCEPTED;
}

void lost_challenge(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_verify *login = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_challenged fallback = challenged(IPC_OTP_UNAVAILABLE);
	struct ipc_otp_challenged reply = fallback;
	struct ipc_log_append event;

	if (!request_is_login(login) || !request_may_ask(&request->peer, login->user)) {
		log_warning("uid %u asked about another user or in a malformed way",
			    request->peer.uid);
		reply = challenged(IPC_OTP_WRONG);
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
		return;
	}
	if (!request_may_try(otpd, &request->peer)) {
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
		return;
	}
	lost_terminal(otpd, reply.terminal);
	temporary_draw(reply.challenge);
	reply.result = (uint8_t)lost_begin(otpd, TEMPORARY_LOGIN, login->user, reply.challenge,
					   &reply.wait_sec);
	if (reply.result != IPC_OTP_ACCEPTED)
		memset(reply.challenge, 0, sizeof(reply.challenge));
	lost_event(otpd, &event, "code.challenge", login);
	ipc_event_add(&event, "result", answer_word((enum ipc_otp_result)reply.result));
	ipc_event_add(&event, "terminal", reply.terminal);
	ipc_event_add(&event, "ticket", reply.challenge);
	if (reply.wait_sec > 0)
		ipc_event_add_number(&event, "wait", reply.wait_sec);
	answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
}

static enum ipc_otp_result result_of(enum temporary_match match)
{
	switch (match) {
	case TEMPORARY_WRONG:
		return IPC_OTP_WRONG;
	case TEMPORARY_LOCKED:
		return IPC_OTP_LOCKED;
	case TEMPORARY_SPENT:
		return IPC_OTP_USED;
	case TEMPORARY_OVER:
		return IPC_OTP_OVER;
	case TEMPORARY_ACCEPTED:
		return IPC_OTP_ACCEPTED;
	}
	return IPC_OTP_UNAVAILABLE;
}

enum ipc_otp_result lost_decide(struct otpd *otpd, const struct lost_attempt *attempt,
				struct temporary_state *ret_state)
{
	const struct elapsed_now now = lost_now(otpd);
	struct challenges *challenges = otpd->lost.challenges;
	struct challenge *place =
		challenges ? challenges_find(challenges, attempt->purpose, attempt->user) : NULL;
	struct temporary_state *state = place ? &place->state : ret_state;
	const uint8_t *temporary_key = lost_key(otpd, LOST_KEY_TEMPORARY);
	char terminal[IPC_WORD_MAX];
	enum temporary_match match;
	struct err err = { 0 };

	*ret_state = (struct temporary_state){ .purpose = (uint8_t)attempt->purpose };
	if (!challenges || !temporary_key)
		return IPC_OTP_UNAVAILABLE;
	lost_terminal(otpd, terminal);
	match = attempt->decide(attempt, state, terminal, temporary_key, &now);
	*ret_state = *state;
	if (place && match != TEMPORARY_LOCKED && challenges_save(challenges, place, &err) < 0) {
		log_error("%s", err.text);
		return IPC_OTP_UNAVAILABLE;
	}
	return result_of(match);
}

static enum temporary_match decide_login(const struct lost_attempt *attempt,
					 struct temporary_state *state, const char *terminal,
					 const uint8_t key[static MFA_KEY_LEN],
					 const struct elapsed_now *now)
{
	return temporary_decide(state, attempt->user, terminal, key, attempt->ctx, now);
}

static bool temporary_login(struct otpd *otpd, const struct ipc_request *request,
			    const struct ipc_otp_verify *login)
{
	struct temporary_state state = { 0 };
	const struct throttle_now now = otpd_boot_now(otpd);
	char data[TEMPORARY_DATA_SIZE];
	const struct lost_attempt attempt = {
		.purpose = TEMPORARY_LOGIN, .user = login->user, .decide = decide_login, .ctx = data
	};
	struct ipc_otp_answer answer = lost_answer(IPC_OTP_MISTYPED);
	struct ipc_log_append event;
	unsigned int group = 0;
	enum temporary_typed typed = temporary_read_digits(login->code, data, &group);

	if (typed == TEMPORARY_OTHER)
		return false;
	if (typed == TEMPORARY_MISTYPED) {
		answer.failures = group;
		ipc_reply(&otpd->server, request->client, request->tag, &answer, sizeof(answer));
		return true;
	}
	answer.result = (uint8_t)lost_decide(otpd, &attempt, &state);
	sodium_memzero(data, sizeof(data));
	answer.wait_sec = throttle_wait(&state.throttle, &now);
	if (answer.result == IPC_OTP_ACCEPTED) {
		answer.uses = state.uses;
		answer.left = state.left;
		answer.left_sec = temporary_left_s(&state);
	} else {
		grace_forget(&otpd->graces, login->user);
	}
	lost_event(otpd, &event, answer.result == IPC_OTP_ACCEPTED ? "code.temporary" : "code.fail",
		   login);
	ipc_event_add(&event, "result", answer_word((enum ipc_otp_result)answer.result));
	if (answer.wait_sec > 0)
		ipc_event_add_number(&event, "wait", answer.wait_sec);
	ipc_event_add(&event, "ticket", state.challenge);
	if (answer.result == IPC_OTP_ACCEPTED)
		ipc_event_add_number(&event, "count", state.left);
	answer_result_after_log(otpd, request, &event, &answer);
	return true;
}

bool lost_login(struct otpd *otpd, const struct ipc_request *request,
		const struct ipc_otp_verify *login)
{
	return temporary_login(otpd, request, login) || envelope_login(otpd, request, login) ||
	       recovery_login(otpd, request, login);
}

static struct challenge *place_of(const struct otpd *otpd, enum temporary_purpose purpose,
				  const char *user)
{
	return otpd->lost.challenges ? challenges_find(otpd->lost.challenges, purpose, user) : NULL;
}

int lost_forget(struct otpd *otpd, const char *user, bool *ret_had, struct err *err)
{
	const uint8_t *key = lost_key(otpd, LOST_KEY_RECOVERY);
	struct challenge *place = place_of(otpd, TEMPORARY_LOGIN, user);
	int rc = 0;

	*ret_had = place && *place->state.challenge != '\0';
	if (*ret_had) {
		place->state = (struct temporary_state){ .throttle = place->state.throttle };
		rc = challenges_save(otpd->lost.challenges, place, err);
	}
	if (rc == 0 && key)
		rc = recovery_end(otpd->lost.dir_fd, key, user, err);
	*ret_had |= rc > 0;
	return rc < 0 ? rc : 0;
}

int lost_end_wait(struct otpd *otpd, const char *user, bool *ret_had, struct err *err)
{
	static const enum temporary_purpose purposes[] = { TEMPORARY_LOGIN, TEMPORARY_APPROVAL };
	int rc = 0;

	*ret_had = false;
	for (size_t i = 0; rc == 0 && i < sizeof(purposes) / sizeof(purposes[0]); i++) {
		struct challenge *place = place_of(otpd, purposes[i], user);

		if (!place || place->state.throttle.failures == 0)
			continue;
		*ret_had = true;
		place->state.throttle = (struct throttle){ 0 };
		rc = challenges_save(otpd->lost.challenges, place, err);
	}
	return rc;
}

void lost_end_temporary(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_user *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_answer answer = answer_result(IPC_OTP_ACCEPTED);
	struct challenge *place = NULL;
	struct ipc_log_append event;
	struct err err = { 0 };

	if (!request_is_user(ask->user, sizeof(ask->user)))
		(void)err_set(&err, -EINVAL, "that is no user name");
	else if (!otpd->lost.challenges)
		(void)err_set(&err, -ENOKEY, "no temporary code can be had here");
	else
		place = challenges_find(otpd->lost.challenges, TEMPORARY_LOGIN, ask->user);
	if (err.code == 0 && !place)
		(void)err_set(&err, -ENOENT, "%s has no temporary code", ask->user);
	if (place) {
		place->state = (struct temporary_state){ 0 };
		(void)challenges_save(otpd->lost.challenges, place, &err);
	}
	if (err.code != 0) {
		ipc_reply_error(server, request->client, request->tag, &err);
		return;
	}
	ipc_event_init(&event, "code.revoke");
	ipc_event_add(&event, "user", ask->user);
	ipc_event_add_number(&event, "uid", request->peer.uid);
	answer_result_after_log(otpd, request, &event, &answer);
}
