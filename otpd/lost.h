/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Logging in without the token: challenges and temporary codes, at the
 * terminal.  The other end of the telephone is otpd/desk.h.
 */

#pragma once

#include "mfa/temporary.h"
#include "otpd/otpd.h"

/**
 * lost_open() - be ready
 * @host_key:	copied into locked memory; NULL: there is none, and only envelopes are good
 *
 * A failure is logged; codes of tokens are decided all the same.
 */
void lost_open(struct otpd *otpd, const char *state_dir, const uint8_t *host_key);
void lost_close(struct otpd *otpd);

/* Keys below, and the host key itself; NULL where there is none. */
enum lost_key {
	LOST_KEY_HOST,
	LOST_KEY_TEMPORARY,
	LOST_KEY_RECOVERY,
	LOST_KEYS /* how many there are */
};
const uint8_t *lost_key(const struct otpd *otpd, enum lost_key key);

/* The terminal's name: of its order, or the host's. */
void lost_terminal(struct otpd *otpd, char ret[static IPC_WORD_MAX]);

struct elapsed_now lost_now(const struct otpd *otpd);

/**
 * lost_begin() - a fresh challenge for @user, durable
 * @ret_wait_sec:	for IPC_OTP_LOCKED: he has none before that
 *
 * Return: IPC_OTP_ACCEPTED, _LOCKED or _UNAVAILABLE.
 */
enum ipc_otp_result lost_begin(struct otpd *otpd, enum temporary_purpose purpose, const char *user,
			       const char challenge[static TEMPORARY_CHALLENGE_SIZE],
			       uint32_t *ret_wait_sec);

/* Digits that came for a challenge. */
struct lost_attempt {
	enum temporary_purpose purpose;
	const char *user;
	enum temporary_match (*decide)(const struct lost_attempt *attempt,
				       struct temporary_state *state, const char *terminal,
				       const uint8_t key[static MFA_KEY_LEN],
				       const struct elapsed_now *now);
	const void *ctx;
};

/**
 * lost_decide() - whether they are good, durable
 * @ret_state:	how it stands after the attempt
 *
 * Whoever has no challenge gets the same work, one to be thrown away.
 */
enum ipc_otp_result lost_decide(struct otpd *otpd, const struct lost_attempt *attempt,
				struct temporary_state *ret_state);

/* answer_result() about a code that no token made. */
struct ipc_otp_answer lost_answer(enum ipc_otp_result result);

/* Begins an entry about a login. */
void lost_event(const struct otpd *otpd, struct ipc_log_append *event, const char *type,
		const struct ipc_otp_verify *login);

/**
 * lost_forget() - the user is revoked: he is not to come in by any other way
 * @ret_had:	whether there was one
 *
 * Return: 0, or the error: he still may.
 */
int lost_forget(struct otpd *otpd, const char *user, bool *ret_had, struct err *err);

/**
 * lost_end_wait() - end the waits after wrong temporary codes and digits for permits
 * @ret_had:	whether any had been wrong
 */
int lost_end_wait(struct otpd *otpd, const char *user, bool *ret_had, struct err *err);

/* Decides the login if that is what was typed.  Return: false when it is another kind of code. */
bool lost_login(struct otpd *otpd, const struct ipc_request *request,
		const struct ipc_otp_verify *login);

void lost_challenge(struct ipc_server *server, const struct ipc_request *request);
void lost_end_temporary(struct ipc_server *server, const struct ipc_request *request);
