/* SPDX-License-Identifier: Apache-2.0 */

/* Which node of the kernel's a volume of a medium is. */

#pragma once

#include "core/cleanup.h"
#include "ipc/media.h"

#include <sys/types.h>

struct err;

struct volume {
	char node[IPC_WORD_MAX]; /* "/dev/sda1" */
	dev_t devnum;
	unsigned int number; /* of the partition, 0: the whole disk */
	int fd;              /* open for reading: as long as it is nothing else gets this number */
};

#define VOLUME_NONE ((struct volume){ .fd = -1 })

/**
 * volume_open() - find it among the parts that the kernel sees on the disk
 * @ret:	set on success only, the caller closes its fd
 *
 * Nothing is read from the medium.  The disk as a whole, or the one partition
 * of it that lies exactly where the volume was found; both must still be of
 * the same diskseq.
 *
 * Return: 0, -ENODEV (another medium by now), -ENXIO (the kernel sees no such
 * partition), or the error of the call that failed.
 */
int volume_open(const struct ipc_media_mount *request, struct volume *ret, struct err *err);

static inline void volume_close(const struct volume *volume)
{
	closep(&volume->fd);
}
