/* SPDX-License-Identifier: Apache-2.0 */

/* How a token becomes somebody's: made or assigned, then confirmed by one code. */

#pragma once

#include "otpd/otpd.h"

void admin_enroll(struct ipc_server *server, const struct ipc_request *request);
void admin_assign(struct ipc_server *server, const struct ipc_request *request);
void admin_confirm(struct ipc_server *server, const struct ipc_request *request);

/* @token of @user is active now: nobody else shall get it from the pool. */
void enroll_leave_pool(struct otpd *otpd, const char *token);
