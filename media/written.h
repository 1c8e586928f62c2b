/* SPDX-License-Identifier: Apache-2.0 */

/* How many different files were written, in memory that has an end. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRITTEN_FILES_MAX (1024 * 1024) /* that are told apart: 16 MiB */

/*
 * One file: its number, and when it was made, for a file system gives the number
 * of a file that was removed to the next.
 */
struct written_file {
	uint64_t inode;
	int64_t born_s; /* seconds since 1970 and the rest, 0 where it is not kept */
	uint32_t born_ns;
};

struct written {
	uint64_t *seen; /* open addressing, 0: free; a power of two of them */
	size_t room;
	size_t n;
	uint64_t files;
	bool at_least; /* some may have been counted twice: too many, or no memory */
};

/* Count a file, unless it was counted. */
void written_add(struct written *written, const struct written_file *file);

/**
 * written_bytes() - what went to a block device since it was there
 * @stat:	of sysfs, one line of numbers
 * @ret:	set on success only
 *
 * Return: 0 or -EINVAL.
 */
int written_bytes(const char *stat, uint64_t *ret);

void written_deinit(struct written *written);
