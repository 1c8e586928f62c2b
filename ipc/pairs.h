/* SPDX-License-Identifier: Apache-2.0 */

/* Packed "key\0value\0" pairs, as log entries and facts travel between processes. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * pairs_add() - add one pair
 * @fields:	@size bytes, of which *@len are used
 *
 * An empty value is left out.  A value too long is cut at a whole character; a
 * pair that does not fit at all is left out, because an entry without its last
 * detail beats no entry.
 */
void pairs_add(char *fields, size_t size, uint32_t *len, const char *key, const char *value);

/**
 * pairs_next() - walk the pairs
 * @pos:	0 to begin with
 * @ret_key:	point into @fields
 *
 * Return: false at the end.
 */
bool pairs_next(const char *fields, uint32_t len, size_t *pos, const char **ret_key,
		const char **ret_value);

/* The value of the key @wanted within @fields, or "". */
const char *pairs_get(const char *fields, uint32_t len, const char *wanted);

/* True when @len bytes at @fields, which has @size, are whole pairs. */
bool pairs_are_valid(const char *fields, size_t size, uint32_t len);
