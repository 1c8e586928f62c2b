/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Approving a permit by telephone, on a help desk's machine, as temporary codes
 * are issued there (otpd/desk.h).
 *
 * MUST: who approves and one of sekisho-admin, neither of them the permit's user,
 * prove a code each before digits are made, and the log has it before anybody sees
 * them.
 */

#pragma once

#include "otpd/otpd.h"

void grant_request(struct ipc_server *server, const struct ipc_request *request);
