/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Mounting for a person and unmounting again, asked of sekisho-media(8): the
 * agent itself may not mount.  Embedded in whoever asks; any number at once,
 * none waits.
 */

#pragma once

#include "ipc/ask.h"
#include "ipc/media.h"

#include <stdbool.h>
#include <sys/types.h>

struct mount;
typedef void mount_done(struct mount *mount, int rc, const struct ipc_media_mounted *mounted);

/*
 * @rc: 0, or a negative errno: @listed->detail says why in one sentence, or @listed is NULL
 * where there was no answer.  @listed has gone when this returns.
 */
typedef void mount_listed(struct mount *mount, int rc, const struct ipc_media_listed *listed);

struct mount {
	struct ipc_ask ask;
	mount_listed *listed; /* of mount_list() */

	/*
	 * @rc: 0 and @mounted->path is the mount point (that was); else a negative
	 * errno, and @mounted->detail says why in one sentence (-EBUSY: who uses
	 * it), or @mounted is NULL where there was no answer at all: nothing is
	 * known then.  @mounted has gone when this returns.
	 */
	mount_done *done;

	/*
	 * In done(), where @rc is 0 and @mounted->watched: to who watches it, for
	 * done() to take; else -1.
	 */
	int connection;
};

/**
 * mount_start() - have one file system mounted below /run/media/sekisho
 * @path:	IPC_SOCKET_MOUNT; need not outlive this call
 * @request:	all but the header; the volume as the probe found it
 * @done:	called exactly once, after mount_start() has returned, at the
 *		latest after IPC_MOUNT_TIMEOUT_MS.  Only when no descriptor is left
 *		for a timer it is called at once.
 */
void mount_start(struct mount *mount, struct loop *loop, const char *path,
		 const struct ipc_media_mount *request, mount_done *done);

/**
 * mount_unlock() - have an encrypted volume opened and what is in it mounted
 * @secret_fd:	end of a pipe that the passphrase comes out of: never read here,
 *		stays the caller's, who may close it
 * @done:	as above, at the latest after IPC_UNLOCK_TIMEOUT_MS; -EACCES: a
 *		passphrase that opens nothing
 *
 * mount_end() locks it again.
 */
void mount_unlock(struct mount *mount, struct loop *loop, const char *path,
		  const struct ipc_media_mount *request, int secret_fd, mount_done *done);

/**
 * mount_list() - have every file of a volume hashed, and compared with what was announced
 * @request:	all but the header
 * @listed:	called once, at the latest after IPC_LIST_TIMEOUT_MS
 *
 * mount_cancel() ends the reading.
 */
void mount_list(struct mount *mount, struct loop *loop, const char *path,
		const struct ipc_media_list *request, mount_listed *listed);

/**
 * mount_end() - have it written out, unmounted, and its directory removed
 * @mount_point: of struct ipc_media_mounted
 * @devnum:	likewise
 * @emergency:	also from under whoever uses it
 * @done:	as above, at the latest after IPC_UNMOUNT_TIMEOUT_MS
 */
void mount_end(struct mount *mount, struct loop *loop, const char *path, const char *mount_point,
	       dev_t devnum, bool emergency, mount_done *done);

/* Why, in one sentence: what the service says, else the error.  For mount_done. */
const char *mount_why(int rc, const struct ipc_media_mounted *mounted);

/* The answer is not wanted any more: done() is not called, what was asked for happens. */
void mount_cancel(struct mount *mount);
