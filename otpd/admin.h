/* SPDX-License-Identifier: Apache-2.0 */

/* Enrolling, confirming, revoking, unlocking and listing: the handlers for admins. */

#pragma once

#include "otpd/otpd.h"

void admin_enroll(struct ipc_server *server, const struct ipc_request *request);
void admin_confirm(struct ipc_server *server, const struct ipc_request *request);
void admin_revoke(struct ipc_server *server, const struct ipc_request *request);
void admin_unlock(struct ipc_server *server, const struct ipc_request *request);
void admin_list(struct ipc_server *server, const struct ipc_request *request);
void admin_status(struct ipc_server *server, const struct ipc_request *request);
