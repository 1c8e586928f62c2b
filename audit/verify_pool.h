/* SPDX-License-Identifier: Apache-2.0 */

/* The segments of a directory, several read at a time, handed over one by one in their order. */

#pragma once

#include "audit/verify_part.h"

#define VERIFY_THREADS_MAX 8

struct verify_pool {
	int dirfd;
	const uint64_t *firsts; /* of the segments */
	size_t n;
	unsigned int n_threads;
	struct verify_scope scope; /* tick is the pool's own */
	/* In the calling thread, in order; it may take from the part what it owns.
	 * Return: 1, 0 when no more are wanted, or a negative errno. */
	int (*take)(void *ctx, size_t index, struct verify_part *part, struct err *err);
	/* Or NULL; also in the calling thread: bytes of files read since it was last called. */
	void (*progress)(void *ctx, uint64_t bytes);
	void *ctx;
};

/**
 * verify_pool_run() - read all of them
 *
 * Of a segment that cannot be read only the error of the first in order is
 * told.  Where no thread can be made the calling one does everything.
 *
 * Return: 0, or a negative errno.
 */
int verify_pool_run(const struct verify_pool *pool, struct err *err);
