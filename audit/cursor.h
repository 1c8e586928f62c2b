/* SPDX-License-Identifier: Apache-2.0 */

/* Taking a line of the log apart from left to right, each part in the one form it may have. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const char *at;
	const char *end;
};

/* Each steps over what it accepts and returns false, somewhere within it, for anything else. */
bool cursor_literal(struct cursor *cursor, const char *text);

/* Decimal digits; leading zeros are the caller's to notice. */
bool cursor_number(struct cursor *cursor, uint64_t max, uint64_t *ret);

/* Base64 of exactly @size bytes. */
bool cursor_bytes(struct cursor *cursor, uint8_t *out, size_t size);

/* A name of a log, up to a quotation mark; @out has NOTE_NAME_MAX + 1 bytes. */
bool cursor_origin(struct cursor *cursor, char *out);
