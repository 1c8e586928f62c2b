/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The asking side, for programs that may wait: the CLI and the PAM module.
 * One deadline covers connecting, sending and every reply.  Touches nothing
 * of its host process: no signals, no threads, no allocation.
 */

#pragma once

#include "ipc/question.h"

#include <stdbool.h>

struct err;

/**
 * ipc_call() - ask one question and wait for its answer
 * @path:	socket of the daemon
 * @request:	begins with struct ipc_header; version and tag are set here
 * @reply_kind:	the only kind of answer accepted
 * @reply:	receives exactly @reply_size bytes
 *
 * Return: 0; the code of an IPC_ERROR reply, its text in @err; -ETIMEDOUT;
 * -EPROTO (an answer of another kind or size); or a socket error.  On failure
 * nothing is known about what the daemon did.
 */
int ipc_call(const char *path, void *request, size_t request_size, enum ipc_kind reply_kind,
	     void *reply, size_t reply_size, struct err *err);

/**
 * ipc_call_list() - ask for a list
 * @item:	called for each reply of @reply_kind, in order, until IPC_END
 *
 * Return: as ipc_call().
 */
int ipc_call_list(const char *path, void *request, size_t request_size, enum ipc_kind reply_kind,
		  size_t reply_size, void (*item)(const void *reply, void *ctx), void *ctx,
		  struct err *err);

/**
 * ipc_call_stream() - ask, and hear what comes as long as it takes
 * @item:	called for each reply of @reply_kind, in order; true: that was the last
 *
 * Only connecting and sending have a deadline.
 *
 * Return: as ipc_call(); -ECONNRESET when the daemon ends.
 */
int ipc_call_stream(const char *path, void *request, size_t request_size, enum ipc_kind reply_kind,
		    size_t reply_size, bool (*item)(const void *reply, void *ctx), void *ctx,
		    struct err *err);

/**
 * ipc_call_question() - ask one that passes a descriptor along, or takes longer than others
 *
 * Return: as ipc_call().
 */
int ipc_call_question(const struct ipc_question *question, void *reply, struct err *err);

/**
 * ipc_call_secret() - ask one that wants a secret besides
 * @question:	the service answers it with IPC_AGENT_SECRET and the end of a pipe
 *		first; its passed_fd is not used
 * @secret:	goes in there, at most PIPE_BUF bytes; the caller wipes it, and
 *		ignores SIGPIPE
 *
 * Return: as ipc_call().
 */
int ipc_call_secret(const struct ipc_question *question, const char *secret, size_t len,
		    void *reply, struct err *err);

/* Fill a header for @kind. */
static inline struct ipc_header ipc_header(enum ipc_kind kind)
{
	return (struct ipc_header){ .version = IPC_VERSION, .kind = (uint8_t)kind };
}
