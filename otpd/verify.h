/* SPDX-License-Identifier: Apache-2.0 */

/* Deciding a code: the handlers for logins. */

#pragma once

#include "otpd/otpd.h"

void verify_scope(struct ipc_server *server, const struct ipc_request *request);
void verify_login(struct ipc_server *server, const struct ipc_request *request);

/* A code outside a login, as `sekisho setup` asks for; needs an active token always. */
void verify_prove(struct ipc_server *server, const struct ipc_request *request);
