/* SPDX-License-Identifier: Apache-2.0 */

/* Who did what at this terminal, proven by codes, for sekishod: ipc/act.h. */

#pragma once

#include "otpd/otpd.h"

void witness_request(struct ipc_server *server, const struct ipc_request *request);
