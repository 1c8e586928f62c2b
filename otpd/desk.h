/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Giving a terminal's key to a help desk, and issuing temporary codes there.
 *
 * MUST: two people who are not the user and not the same prove a code each
 * before digits are made, and the log has it before anybody sees them.
 */

#pragma once

#include "otpd/otpd.h"

void desk_escrow(struct ipc_server *server, const struct ipc_request *request);
void desk_key_change(struct ipc_server *server, const struct ipc_request *request);
void desk_key(struct ipc_server *server, const struct ipc_request *request);
void desk_issue(struct ipc_server *server, const struct ipc_request *request);
