/* SPDX-License-Identifier: Apache-2.0 */

/*
 * NTFS, by way of ntfs-3g(8).  Debian's kernel has no driver that writes it, so
 * a program must live as long as the mount: without rights, in a unit of its
 * own (media/serve.h).
 */

#pragma once

#include "ipc/media.h"

#include <stdbool.h>

#define NTFS_PROGRAM "/usr/bin/ntfs-3g"
#define NTFS_OPTIONS_MAX 256

struct err;
struct volume;

/* What the program is started with. */
void ntfs_options(const struct ipc_media_serve *request, char out[NTFS_OPTIONS_MAX]);

/**
 * ntfs_mount() - have a volume served, and mount what is served
 * @volume:	held open
 * @ret_fd:	of fsmount(2), not attached yet; set on success only, the caller's
 * @ret_reduced: true: it is read-only although it was to be writable, because
 *		Windows has not finished with it
 *
 * Return: 0, -ENOTSUP (the program is not installed), -EUCLEAN (what is on the
 * medium is damaged), -ETIMEDOUT, or the error of the call that failed.
 */
int ntfs_mount(const struct volume *volume, const struct ipc_media_mount *request, int *ret_fd,
	       bool *ret_reduced, struct err *err);
