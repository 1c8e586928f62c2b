/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Blacking out an entry of the log.
 *
 * MUST: two different people prove a code each before sekisho-logd is asked.
 */

#pragma once

#include "otpd/otpd.h"

void redact_request(struct ipc_server *server, const struct ipc_request *request);
