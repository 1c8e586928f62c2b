/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How agent and otpd log before they act: an event is sent to logd without
 * blocking, and a callback says whether it became durable.  A log that is
 * down, full or late answers with an error, and the caller refuses.
 */

#pragma once

#include "core/loop.h"
#include "ipc/protocol.h"

#define IPC_SUBMIT_MAX 512 /* events on their way; one more is refused with -EBUSY */

struct err;
struct ipc_pending; /* submit.c */

struct ipc_submitter {
	struct loop *loop;
	const char *path;
	struct loop_source source; /* fd -1: not connected */
	struct loop_timer timer;
	struct ipc_pending *pending; /* IPC_SUBMIT_MAX of them */
	uint32_t next_tag;
	bool ok; /* the last event became durable */
};

/* @rc: 0 when durable, else a negative errno; @seq: its number in the log. */
typedef void ipc_submitted(void *ctx, int rc, uint64_t seq);

int ipc_submitter_init(struct ipc_submitter *submitter, struct loop *loop, const char *path,
		       struct err *err);
void ipc_submitter_deinit(struct ipc_submitter *submitter);

/**
 * ipc_submit() - send one event
 * @event:	copied
 * @done:	called exactly once, after ipc_submit() has returned, at the
 *		latest after IPC_LOG_TIMEOUT_MS; NULL where nobody waits.  Only when
 *		IPC_SUBMIT_MAX events are on their way it is called at once.
 */
void ipc_submit(struct ipc_submitter *submitter, const struct ipc_log_append *event,
		ipc_submitted *done, void *ctx);
