/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The members of an entry behind its prefix, as they stand in the line: no
 * allocation and no JSON library, for a library call costs more than hashing
 * the line.  Reads what record_write() writes; whether that is all that a line
 * holds is not decided here.
 */

#pragma once

#include "audit/record.h"

struct members {
	const char *at;
	const char *end;
};

struct member {
	const char *key;
	size_t key_len;
	const char *value; /* of a string what stands between its quotes, with its escapes */
	size_t len;
	bool is_string;
};

/* From "by" on; @prefix is what record_scan() found in @line. */
struct members members_of(const char *line, size_t len, const struct record_prefix *prefix);

/* Return: 1, 0 behind the last one, or -EBADMSG. */
int members_next(struct members *members, struct member *ret);
