/* SPDX-License-Identifier: Apache-2.0 */

/* What stands on one part of a disk, by every kind of superblock found there. */

#pragma once

#include "media/layout.h"

#include "ipc/media.h"

#define CONTENT_SEEN_MAX 64 /* more of them are taken for different ones */

struct content_seen {
	uint64_t at; /* of its magic, bytes from the beginning of the disk */
	char type[IPC_TYPE_MAX];
};

/* The sum over all parts. */
struct content {
	struct ipc_media_found *found; /* receives the set, the number and the list */
	size_t n_seen;
	struct content_seen seen[CONTENT_SEEN_MAX];
};

/**
 * content_add() - look at one part of a disk
 * @ret_any:	whether there was anything, set on success only
 *
 * libblkid's own verdict is not asked for: it takes the first encrypted volume
 * it finds and does not say that a file system stands beside it.
 *
 * Return: 0, -EIO, -ENOMEM.
 */
int content_add(struct content *content, int fd, const struct area *area, bool *ret_any);
