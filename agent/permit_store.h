/* SPDX-License-Identifier: Apache-2.0 */

/* The files of permits: one each, named after its number, root's alone. */

#pragma once

#include "permit/permit.h"

/* Open the folder below the state directory, made where it is missing.  Return: 0 or the error. */
int permit_store_open(const char *state_dir, int *ret_fd, struct err *err);

/**
 * permit_store_each() - read all of them
 * @found:	called for each that is whole
 *
 * What is not is said in the journal, with its file, and passed over.
 */
void permit_store_each(int dirfd,
		       void (*found)(void *ctx, const struct permit *permit,
				     const struct permit_record *record),
		       void *ctx);

/* Whether a new permit can have it: also a damaged one, which does not hold, keeps its number. */
bool permit_store_is_free(int dirfd, const char *number);

/* Put one in place, durable.  Return: 0 or the error: the one before stays. */
int permit_store_write(int dirfd, const struct permit *permit, const struct permit_record *record,
		       struct err *err);

int permit_store_remove(int dirfd, const char *number, struct err *err);

/* The next of the numbers that are counted, which is never given again.  Return: 0 or the error. */
int permit_store_count(int dirfd, uint64_t *ret, struct err *err);
