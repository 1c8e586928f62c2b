/* SPDX-License-Identifier: Apache-2.0 */

/* How many different files were written, in memory that has an end. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WRITTEN_FILES_MAX (1024 * 1024) /* that are told apart: 16 MiB */

struct written {
	uint64_t *seen; /* open addressing, 0: free; a power of two of them */
	size_t room;
	size_t n;
	uint8_t key[16]; /* random: nobody makes files that look alike here */
	uint64_t files;
	bool at_least; /* some may have been counted twice: too many, or no memory */
};

/**
 * written_add() - count a file, unless it was counted
 * @id:		@len bytes that no other file of the file system has, also none that
 *		gets its number after it was removed
 */
void written_add(struct written *written, const void *id, size_t len);

/**
 * written_bytes() - what went to a block device since it was there
 * @stat:	of sysfs, one line of numbers
 * @ret:	set on success only
 *
 * Return: 0 or -EINVAL.
 */
int written_bytes(const char *stat, uint64_t *ret);

void written_deinit(struct written *written);
