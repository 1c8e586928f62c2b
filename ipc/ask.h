/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One question with one answer, over a connection of its own, without waiting:
 * for services that are started for each question.  Embedded in whoever asks,
 * who is found again with container_of().
 */

#pragma once

#include "core/loop.h"
#include "ipc/question.h"

struct ipc_ask {
	struct loop *loop;         /* NULL: nothing is asked */
	struct loop_source source; /* fd -1: not connected */
	struct loop_timer timer;
	enum ipc_kind reply_kind;
	size_t reply_size;
	int rc; /* what the timer says when it is up */
	bool keeps;
	int kept_fd; /* in done(), where it @keeps and @rc is 0: the connection, its to close */

	/*
	 * @rc: 0 and @reply has reply_size bytes, gone when this returns; else a
	 * negative errno (that of an IPC_ERROR answer, too) and NULL.  @ask may
	 * be used or freed from here on.
	 */
	void (*done)(struct ipc_ask *ask, int rc, const void *reply);
};

/**
 * ipc_ask() - ask
 * @ask:	nothing may be asked with it now; left as it is until done() or
 *		ipc_ask_cancel()
 * @done:	called exactly once, after ipc_ask() has returned.  Only when not
 *		even a timer can be had it is called at once.
 */
void ipc_ask(struct ipc_ask *ask, struct loop *loop, const struct ipc_question *question,
	     void (*done)(struct ipc_ask *ask, int rc, const void *reply));

/* The answer is not wanted any more: done() is not called.  Safe when nothing is asked. */
void ipc_ask_cancel(struct ipc_ask *ask);
