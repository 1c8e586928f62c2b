/* SPDX-License-Identifier: Apache-2.0 */

/* Revoking, unlocking, and finding a token's clock again. */

#pragma once

#include "otpd/otpd.h"

void admin_revoke(struct ipc_server *server, const struct ipc_request *request);
void admin_unlock(struct ipc_server *server, const struct ipc_request *request);

/* Who may do this may end a wait as well, so a failure is logged and does not count. */
void admin_resync(struct ipc_server *server, const struct ipc_request *request);
