/* SPDX-License-Identifier: Apache-2.0 */

/* How a disk is divided, by whatever partition table is found on it. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_AREAS_MAX 256               /* as in the kernel (DISK_MAX_PARTS) */
#define LAYOUT_SLACK (1024 * 1024)         /* bytes: what alignment and tables leave */
#define LAYOUT_READ_MAX (16 * 1024 * 1024) /* bytes of room that are looked at */

struct area {
	uint64_t start; /* bytes from the beginning of the disk */
	uint64_t length;
};

struct layout {
	bool has_table;
	bool is_odd; /* entries outside the disk, or too many of them */
	size_t n;
	struct area areas[LAYOUT_AREAS_MAX]; /* sorted by start, each only once */
};

/**
 * layout_read() - list the partitions of every table on a disk
 * @size:	of the disk, bytes
 *
 * A partition that goes over the end is cut there; one that only holds others
 * (extended) is left out.  Two tables at once give the partitions of both.
 *
 * Return: 0, -EIO, -ENOMEM.
 */
int layout_read(int fd, uint64_t size, struct layout *ret);

/**
 * layout_room_is_used() - look for data outside every partition
 *
 * Up to LAYOUT_SLACK between two partitions, at the beginning and at the end
 * counts as empty: tables, boot loaders and remains of a file system that was
 * there before.  More than LAYOUT_READ_MAX in all counts as used, unread.
 *
 * Return: 1 or 0, -EIO, -ENOMEM.
 */
int layout_room_is_used(int fd, uint64_t size, const struct layout *layout);
