/* SPDX-License-Identifier: Apache-2.0 */

/* Taking a medium away from the person again, with everything written. */

#pragma once

#include "ipc/media.h"

struct err;

/**
 * unmount_medium() - write what waits, make it read-only, unmount, remove the directory
 *
 * One that is in use stays mounted, read-only where nobody has a file open for
 * writing, and @err names who uses it.  In an emergency it goes in any case:
 * whoever has a file open keeps that file alone, until the disk has gone.
 * What was unlocked is locked again with it.
 *
 * Return: 0, -EBUSY, -ENODEV (not what is mounted there), -EINVAL (a path that
 * is none of ours), or the error of the call that failed.
 */
int unmount_medium(const struct ipc_media_unmount *request, struct err *err);
