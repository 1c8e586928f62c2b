/* SPDX-License-Identifier: Apache-2.0 */

/* libblkid, on a part of a disk that is open already. */

#pragma once

#include "core/cleanup.h"
#include "media/layout.h"

#include <blkid/blkid.h>
#include <errno.h>

DEFINE_CLEANUP(blkid_probe, blkid_free_probe)
#define cleanup_probe cleanup_with(blkid_free_probep)

/* NULL when there is no memory for one. */
static inline blkid_probe blkid_probe_open(int fd, const struct area *area)
{
	cleanup_probe blkid_probe probe = blkid_new_probe();

	if (!probe || blkid_probe_set_device(probe, fd, (blkid_loff_t)area->start,
					     (blkid_loff_t)area->length) < 0)
		return NULL;
	return take_ptr(&probe);
}

/*
 * After a call that found nothing, errno having been 0 before it: was that for
 * want of a readable disk or of memory?  Other values are left over from the
 * questions about sysfs that libblkid asks in vain here.
 */
static inline int blkid_probe_failure(void)
{
	return errno == EIO || errno == ENOMEM ? -errno : 0;
}
