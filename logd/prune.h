/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Removing the oldest segments.  Before the first one goes, the log itself says
 * which, and the file "epochs" keeps the certificates that lead to what stays:
 * it is as provable then as it was before.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

struct err;

struct prune_plan {
	int dirfd; /* of the log */
	const uint64_t *firsts;
	size_t n;
	unsigned int keep_days;
	int64_t now_us; /* wall clock */
	const char *socket;
};

/**
 * prune_run() - remove what is past its time
 *
 * The age of a segment is that of its newest entry, seen from the newest closed
 * segment and not only from the clock: one that runs years ahead for a day must
 * not empty the log.  What holds the newest terminal.state stays in any case,
 * for the terminal believes nothing else.
 *
 * Return: how many segments went, or a negative errno.
 */
int prune_run(const struct prune_plan *plan, struct err *err);
