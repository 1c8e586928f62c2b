/* SPDX-License-Identifier: Apache-2.0 */

/* Entries of a segment that its index finds. */

#pragma once

#include "audit/line.h"
#include "cli/log_segment.h"

/* They are collected before one is handed on: an index that does not fit has shown nothing then. */
struct log_found {
	struct log_entry *list;
	size_t n;
	size_t size;
};

/**
 * log_indexed_read() - ask the index
 *
 * Return: true and all that is meant, log_found_free() it; false where there is
 * no index, or it does not fit the segment, or reading all is no slower.
 */
bool log_indexed_read(int dirfd, const struct log_segment *segment, const struct log_filter *filter,
		      struct log_found *ret);
void log_found_free(struct log_found *found);
