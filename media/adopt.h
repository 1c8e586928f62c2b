/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is mounted already, because sekishod was started again meanwhile: whoever
 * works with it is not to notice.
 */

#pragma once

#include "ipc/media.h"

struct err;
struct volume;
struct watch;

/**
 * adopt_volume() - find where a volume, or what was unlocked in it, is mounted
 * @answer:	receives path and devnum, on 0, -EEXIST and -EOWNERDEAD
 * @watch:	as for mount_volume()
 *
 * What was unlocked and is mounted nowhere is locked again.
 *
 * Return: 0 (for this person, as he is to have it), -ENOENT (nowhere below
 * PLACE_ROOT), -EEXIST (otherwise than asked for) or -EOWNERDEAD (writable, and
 * nobody watched): it must be ended first.
 */
int adopt_volume(const struct volume *volume, const struct ipc_media_mount *request,
		 struct ipc_media_mounted *answer, struct watch *watch, struct err *err);
