/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The entries of a log that are meant.  Reads the files, which the group
 * sekisho-audit may; whether they are sound is what `sekisho log verify` says.
 */

#pragma once

#include "cli/log_segment.h"

struct log_query {
	struct log_filter filter;
	uint64_t newest; /* only so many, 0: all */
	bool reverse;    /* newest first */
};

/* Open a log's directory.  Return: a descriptor, or a negative errno with a remedy. */
int log_open_dir(const char *dir, struct err *err);

/**
 * log_read() - call @show for each entry that is meant
 *
 * Return: 0, or the error of reading or of @show.
 */
int log_read(int dirfd, const struct log_query *query, log_take *show, void *ctx, struct err *err);
