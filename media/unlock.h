/* SPDX-License-Identifier: Apache-2.0 */

/* What is behind a passphrase, mounted for a person. */

#pragma once

#include "ipc/media.h"

struct err;
struct watch;

/**
 * unlock_volume() - open an encrypted volume and mount the file system in it
 * @secret_fd:	pipe that the passphrase comes out of; stays the caller's
 * @answer:	receives path, devnum and how it is encrypted, on success only
 * @watch:	as for mount_volume()
 *
 * What is inside is looked at by another process, as what is outside was
 * (media/filter.h), and mounted by the same rules.  When that fails the volume
 * is shut again.
 *
 * Return: 0, -EACCES (the passphrase opens nothing), -ENOTSUP (no file system
 * that is mounted), as volume_open() and mapping_open(), or the error of the
 * call that failed.
 */
int unlock_volume(const struct ipc_media_mount *request, int secret_fd,
		  struct ipc_media_mounted *answer, struct watch *watch, struct err *err);
