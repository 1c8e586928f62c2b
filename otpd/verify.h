/* SPDX-License-Identifier: Apache-2.0 */

/* Deciding a code: the handlers for logins. */

#pragma once

#include "otpd/otpd.h"

void verify_scope(struct ipc_server *server, const struct ipc_request *request);
void verify_login(struct ipc_server *server, const struct ipc_request *request);

/* A code outside a login, as `sekisho setup` asks for; needs an active token always. */
void verify_prove(struct ipc_server *server, const struct ipc_request *request);

/*
 * The same for one of several codes that an act needs: durable, and on its way
 * to the log.  The caller answers after an entry of his own, which comes behind.
 */
enum ipc_otp_result verify_proof(struct otpd *otpd, const char *user, const char *code,
				 uint32_t *ret_wait_sec);
