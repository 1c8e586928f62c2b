/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Foreign text.  Whatever a device, a user or a file says is hostile until it
 * has passed here: control characters, escape sequences, bidirectional
 * overrides and broken UTF-8 become visible "\xNN" or "\u{NNNN}".
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_BYTE_ORDER_MARK "\xef\xbb\xbf"

/* True for a byte of UTF-8 that begins no character. */
static inline bool text_is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/**
 * text_next() - decode one UTF-8 character (RFC 3629: no overlongs, no surrogates)
 * @text:	the bytes left
 * @len:	how many there are, not 0
 * @ret:	the code point, set on success only
 *
 * Return: bytes used, or 0 when @text does not begin with a valid character.
 */
size_t text_next(const char *text, size_t len, uint32_t *ret);

bool text_is_utf8(const char *text, size_t len);

/* True for characters that must never reach a terminal or a log unescaped. */
bool text_is_unsafe(uint32_t code_point);

/* True for valid UTF-8 with no such character. */
bool text_is_safe(const char *text, size_t len);

/* The same of a field of @size bytes from elsewhere, which must end within it. */
bool text_is_safe_field(const char *field, size_t size);

/**
 * text_half_width() - what was meant by a character that an input method put in
 *
 * Return: the ASCII character for a full-width form, an ideographic space, a
 * curly quote or a minus sign, or 0 for every other code point.
 */
char text_half_width(uint32_t code_point);

/**
 * text_escape() - make foreign text safe to show and to log
 * @out:	receives a NUL-terminated string, cut at a whole character if it
 *		does not fit
 * @size:	bytes at @out, at least 1
 * @text:	@len bytes; a backslash is doubled, so the result is unambiguous
 *
 * Return: @out.
 */
const char *text_escape(char *out, size_t size, const char *text, size_t len);

/**
 * text_width() - columns a valid UTF-8 string takes on a terminal
 *
 * East Asian wide characters count two, so that tables line up.
 */
size_t text_width(const char *text);
