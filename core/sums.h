/* SPDX-License-Identifier: Apache-2.0 */

/* Lists of files with their SHA-256, as sha256sum(1) of GNU coreutils writes them. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SUMS_HASH_SIZE 32

/**
 * sums_line() - read one line
 * @line:	is changed; without its newline, a carriage return before that is left out
 * @ret_hash:	SUMS_HASH_SIZE bytes
 * @ret_name:	in @line, without the "./" that find(1) puts before names
 *
 * Return: false for a line that is none.
 */
bool sums_line(char *line, uint8_t *ret_hash, char **ret_name);

/* 64 hexadecimal digits of any case, and no more.  @ret_hash: as above. */
bool sums_hash(const char *text, uint8_t *ret_hash);
