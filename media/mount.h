/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Mounting for a person.  What is on the medium stays data: no program on it
 * runs, no device node on it opens, no owner on it counts.
 */

#pragma once

#include "ipc/media.h"

struct err;
struct volume;
struct watch;

/**
 * mount_unseen() - mount one file system where nobody sees it
 * @request:	as for mount_volume()
 * @ret_fd:	of fsmount(2), the caller's: with it the mount ends
 */
int mount_unseen(const struct volume *volume, const struct ipc_media_mount *request, int *ret_fd,
		 struct err *err);

/**
 * mount_volume() - mount one file system below PLACE_ROOT
 * @volume:	held open, so that it stays what it is
 * @request:	whose it will be, how, and what was found there
 * @answer:	receives the path, and in detail what the person should know of it;
 *		on success only
 * @watch:	WATCH_NONE; on where it can be written to, the caller's to go on
 *		with (media/watcher.h)
 *
 * Always nosuid, nodev and noexec; read-only unless asked for otherwise, and
 * then for this person alone, and watched before anybody can see it.
 *
 * Return: 0, -ENODEV (another medium by now), -ENOTSUP (a file system that is
 * not mounted), -ENOKEY (it wants a passphrase first), or the error of the call that failed.
 */
int mount_volume(const struct volume *volume, const struct ipc_media_mount *request,
		 struct ipc_media_mounted *answer, struct watch *watch, struct err *err);
