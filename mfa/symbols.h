/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Codes of letters and digits that people read out and copy: Crockford's
 * base32, in groups of four, the last symbol checking the others.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_MAX 16                     /* of one code, the one that checks included */
#define SYMBOLS_SIZE (SYMBOLS_MAX + 3 + 1) /* as text in groups, with NUL */

/**
 * symbols_draw() - a fresh code of @n symbols, five bits each but for the last, in groups
 * @letters:	not of digits alone, which would be taken for a number
 */
void symbols_draw(size_t n, bool letters, char ret[static SYMBOLS_SIZE]);

/* @n - 1 symbols and the one that checks them, which is set, in groups. */
void symbols_compose(uint8_t *symbols, size_t n, char ret[static SYMBOLS_SIZE]);

enum symbols_typed {
	SYMBOLS_OTHER = 0,    /* not of @n symbols */
	SYMBOLS_MISTYPED = 1, /* one of them is wrong, or two changed places */
	SYMBOLS_WHOLE = 2,
};

/**
 * symbols_read() - a code as somebody typed it
 * @ret:	as symbols_draw() writes it, for SYMBOLS_WHOLE only; the caller wipes it
 *
 * @letters:	as when it was drawn: digits alone are SYMBOLS_OTHER
 */
enum symbols_typed symbols_read(const char *typed, size_t n, bool letters,
				char ret[static SYMBOLS_SIZE]);
