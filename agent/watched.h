/* SPDX-License-Identifier: Apache-2.0 */

/* The agent's side of a medium that somebody watches (media/watcher.h). */

#pragma once

#include "core/loop.h"
#include "ipc/media.h"

#include <stdbool.h>

struct err;

struct watched {
	struct loop *loop;         /* NULL: nobody watches */
	struct loop_source source; /* the connection; its end makes the medium read-only */
	struct loop_timer timer;
	bool is_asked;
	bool is_known;
	struct ipc_media_written last; /* what was said last, where it @is_known */

	/* Nobody watches any more.  Also while settled() is waited for, instead of it. */
	void (*lost)(struct watched *watched);

	/* Something was written that was not seen; once. */
	void (*missed)(struct watched *watched);

	/* @rc: 0, -EBUSY (a file is open for writing: it is still watched) or another error. */
	void (*settled)(struct watched *watched, int rc);
};

/**
 * watched_begin() - hear of what is written
 * @watched:	with lost and missed set
 * @fd:		taken over, also on failure: then nobody watches
 */
int watched_begin(struct watched *watched, struct loop *loop, int fd, struct err *err);

/**
 * watched_settle() - have it made read-only, and hear what was written
 * @emergency:	hear that at once; it is watched until watched_end()
 * @settled:	called once, after this has returned, unless watched_end() or lost()
 *		comes first; 0 without @emergency: nobody watches any more.  Asked again,
 *		the first one is not called
 *
 * Return: 0, or -ENOTCONN (nobody watches).
 */
int watched_settle(struct watched *watched, bool emergency,
		   void (*settled)(struct watched *watched, int rc));

/* It is watched no more.  What is known stays. */
void watched_end(struct watched *watched);

static inline bool watched_is_on(const struct watched *watched)
{
	return watched->loop != NULL;
}
