/* SPDX-License-Identifier: Apache-2.0 */

/* The one request of a connection that the service manager accepted for this process. */

#pragma once

#include "ipc/protocol.h"

#include <stddef.h>

struct err;

/**
 * request_receive() - wait for it
 * @fd:		the connection
 * @kind:	the only kind answered here
 * @size:	bytes of that kind, and at @message
 * @ret_passed:	the descriptor that came along, the caller's; -1: none
 *
 * Return: 0, -EPERM (only root may ask), -EPROTO, or a socket error.
 */
int request_receive(int fd, enum ipc_kind kind, void *message, size_t size, int *ret_passed,
		    struct err *err);

/* The header of an answer. */
struct ipc_header request_answer(const struct ipc_header *request, enum ipc_kind kind);
