/* SPDX-License-Identifier: Apache-2.0 */

/* What there is: every token, and whether codes can be decided at all. */

#pragma once

#include "otpd/otpd.h"

void admin_list(struct ipc_server *server, const struct ipc_request *request);
void admin_status(struct ipc_server *server, const struct ipc_request *request);
