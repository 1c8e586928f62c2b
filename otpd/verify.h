/* SPDX-License-Identifier: Apache-2.0 */

/* Deciding a code: the handlers for logins. */

#pragma once

#include "otpd/otpd.h"

void verify_scope(struct ipc_server *server, const struct ipc_request *request);
void verify_login(struct ipc_server *server, const struct ipc_request *request);

/* A code outside a login, as `sekisho setup` asks for; needs an active token always. */
void verify_prove(struct ipc_server *server, const struct ipc_request *request);

/* One of several codes that an act needs. */
struct proof {
	const char *user;
	const char *code;
	uid_t not_seen_by; /* a token whose secret this person has seen does not count;
			      VERIFY_ANYBODY */
	bool is_brought;   /* by another: a wrong one counts where the caller says, not here */
};
#define VERIFY_ANYBODY ((uid_t)-1)

/*
 * verify_prove() for such a code: durable, and on its way to the log.  The
 * caller answers after an entry of his own, which comes behind.
 */
enum ipc_otp_result verify_proof(struct otpd *otpd, const struct proof *proof,
				 uint32_t *ret_wait_sec);
