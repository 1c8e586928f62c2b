/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Logging in without the token: challenges and temporary codes, at the
 * terminal.  The other end of the telephone is otpd/desk.h.
 */

#pragma once

#include "otpd/otpd.h"

/**
 * lost_open() - be ready
 * @host_key:	copied into locked memory
 *
 * A failure is logged; codes of tokens are decided all the same.
 */
void lost_open(struct otpd *otpd, const char *state_dir,
	       const uint8_t host_key[static MFA_KEY_LEN]);
void lost_close(struct otpd *otpd);

/* The keys, or NULL where there is no host key. */
const uint8_t *lost_host_key(const struct otpd *otpd);
const uint8_t *lost_temporary_key(const struct otpd *otpd);

/* The terminal's name: of its order, or the host's. */
void lost_terminal(struct otpd *otpd, char ret[static IPC_WORD_MAX]);

/* Decides the login if that is what was typed.  Return: false when it is another kind of code. */
bool lost_login(struct otpd *otpd, const struct ipc_request *request,
		const struct ipc_otp_verify *login);

void lost_challenge(struct ipc_server *server, const struct ipc_request *request);
void lost_end_temporary(struct ipc_server *server, const struct ipc_request *request);
