/* SPDX-License-Identifier: Apache-2.0 */

/* The one request of a connection that the service manager accepted for this process. */

#pragma once

#include "ipc/protocol.h"

#include <stddef.h>

struct err;

/* What may be asked here; the table ends with a size of 0. */
struct request_kind {
	enum ipc_kind kind;
	size_t size; /* the only one this kind has */
};

/**
 * request_receive() - wait for it
 * @fd:		the connection
 * @kinds:	answered here
 * @message:	has room for @room bytes, and so for the largest of them
 * @ret_passed:	the descriptor that came along, the caller's; -1: none
 *
 * Return: 0, -EPERM (only root may ask), -EPROTO, or a socket error.
 */
int request_receive(int fd, const struct request_kind *kinds, void *message, size_t room,
		    int *ret_passed, struct err *err);

/* The header of an answer. */
struct ipc_header request_answer(const struct ipc_header *request, enum ipc_kind kind);
