/* SPDX-License-Identifier: Apache-2.0 */

/* A question to a service, all of it: for who waits (client.h) and who does not (ask.h). */

#pragma once

#include "ipc/protocol.h"

#include <stdbool.h>
#include <stddef.h>

struct ipc_question {
	const char *path;    /* socket of the service */
	const void *request; /* begins with struct ipc_header, kind set; copied */
	size_t request_size;
	int passed_fd; /* travels along, stays the caller's; -1: none */
	enum ipc_kind reply_kind;
	size_t reply_size;
	int64_t timeout_us; /* until the answer */
	bool keeps;         /* the connection, for what comes after the answer: ipc_ask() alone */
};
