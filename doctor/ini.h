/* SPDX-License-Identifier: Apache-2.0 */

/* Files of "[section]" and "key=value" lines: display managers' and systemd's. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ini_line {
	const char *section; /* "" before the first */
	const char *key;
	const char *value; /* without blanks around it; "" resets in systemd's files */
	unsigned int number;
};

/**
 * ini_each() - read a file line by line
 * @text:	cut into pieces in place
 * @joins:	a backslash at a line's end goes on, as in systemd's files
 *
 * What is no "key=value" is passed over, as those who read such files do.
 */
void ini_each(char *text, bool joins, void (*line)(void *ctx, const struct ini_line *line),
	      void *ctx);

/* The values that mean yes: 1, yes, true, on; in any case of letters. */
bool ini_is_true(const char *value);
