/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is on a medium, asked of sekisho-media(8): the agent itself parses no
 * byte of one.  Embedded in whoever asks; any number at once, none waits.
 */

#pragma once

#include "ipc/ask.h"
#include "ipc/media.h"

struct probe {
	struct ipc_ask ask;

	/*
	 * @rc: 0 and @found is sound (texts end and are safe to show, the list is no
	 * longer than it can be, the set has known bits and is not empty), gone when
	 * this returns; else a negative errno and NULL: the medium stays
	 * MEDIUM_UNKNOWN.
	 */
	void (*done)(struct probe *probe, int rc, const struct ipc_media_found *found);
};

/**
 * probe_start() - have a medium looked at
 * @path:	IPC_SOCKET_MEDIA; need not outlive this call
 * @disk_fd:	the whole disk, open O_RDONLY; stays the caller's, who may close it
 * @diskseq:	of the medium; another one by then is -ENODEV
 * @done:	called exactly once, after probe_start() has returned, at the latest
 *		after IPC_MEDIA_TIMEOUT_MS (-ETIMEDOUT).  Only when no descriptor is
 *		left for a timer it is called at once.  @probe may be used again or
 *		freed from there.
 */
void probe_start(struct probe *probe, struct loop *loop, const char *path, int disk_fd,
		 uint64_t diskseq,
		 void (*done)(struct probe *probe, int rc, const struct ipc_media_found *found));

/*
 * The disk has gone, or its owner: done() is not called.  Safe also for a probe
 * that is zeroed, or done.
 */
void probe_cancel(struct probe *probe);

/* The uuid of the one file system or volume that a medium holds; "" when it holds more, or none. */
const char *probe_filesystem(const struct ipc_media_found *found);
