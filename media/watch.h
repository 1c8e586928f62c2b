/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is written to a medium is watched, from before anybody sees the medium:
 * who mounts it to be written to marks it first (fanotify(7)), and stays.
 */

#pragma once

#include "ipc/media.h"
#include "media/written.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WATCH_DIR "/run/sekisho/watch" /* one socket for each watched volume, "8:1" */

struct err;
struct listing;

struct watch {
	int group;    /* of fanotify_init(2); -1: nothing is watched */
	bool opens;   /* it hands out files; else what identifies them, which takes less */
	int tree;     /* of the file system, in nobody's sight: a handle to make it read-only */
	int stat;     /* of sysfs: what the device has written */
	int listener; /* who takes the watching over comes here; -1: nobody can */
	dev_t devnum;
	uint64_t before; /* bytes that the device had written when this began */
	uint64_t bytes;  /* since then, as it was read last */
	struct written written;
	uint32_t flags;          /* set of enum ipc_written */
	struct listing *listing; /* names and hashes, NULL: none are kept */
	char node[IPC_WORD_MAX];
	char path[IPC_TEXT_MAX]; /* where it is mounted */
};

#define WATCH_NONE ((struct watch){ .group = -1, .tree = -1, .stat = -1, .listener = -1 })

/**
 * watch_mark() - watch a file system from now on
 * @mount_fd:	its root, of fsmount(2) or open(2)
 * @request:	says whether names and hashes are kept
 * @watch:	WATCH_NONE; watch_close() it, also on failure
 *
 * Return: 0, or the error of the call that failed: it must not become writable.
 */
int watch_mark(struct watch *watch, int mount_fd, const char *node, dev_t devnum,
	       const struct ipc_media_mount *request, struct err *err);

/**
 * watch_hold() - keep hold of it, once it has its place
 * @mount_fd:	attached
 * @path:	where
 */
int watch_hold(struct watch *watch, int mount_fd, const char *path, struct err *err);

/**
 * watch_take_over() - watch what is mounted already, and make it writable again
 * @dirfd:	its root
 *
 * Who watched it until now, for a sekishod that is no more, is told to end, not
 * before it is marked anew.  What does not become writable is not watched.
 *
 * Return: 0, -EOWNERDEAD (it was writable, and nobody watched; it has been made
 * read-only where nobody has a file open for writing), or the error of the call
 * that failed.
 */
int watch_take_over(struct watch *watch, int dirfd, const struct ipc_media_mount *request,
		    const char *node, dev_t devnum, const char *path, struct err *err);

/* Return: 0, -EBUSY (somebody has a file open for writing), or another error. */
int watch_make_read_only(const struct watch *watch);

/* Let go of the file system: it can be unmounted, and nobody watches; who takes over waits no more.
 */
void watch_let_go(struct watch *watch);

void watch_close(struct watch *watch);

static inline bool watch_is_on(const struct watch *watch)
{
	return watch->group >= 0;
}
