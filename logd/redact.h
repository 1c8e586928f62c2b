/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Blacking out an entry because two people want it, which sekisho-otpd has seen.
 *
 * MUST: the entry log.redact is durable before a byte of another one goes.
 */

#pragma once

#include "ipc/server.h"

struct logd;

#define REDACT_TYPE "log.redact"

/* Does it and answers: an event REDACT_TYPE that its sender may say, and the log takes entries. */
void redact_handle(struct ipc_server *server, const struct ipc_request *request);

/* What was asked for and not done, at start or after a failure; what fails is tried again. */
void redact_catch_up(struct logd *logd);
