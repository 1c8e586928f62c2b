/* SPDX-License-Identifier: Apache-2.0 */

#include "core/text.h"

#include <stdio.h>
#include <string.h>

static size_t sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

size_t text_next(const char *text, size_t len, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	size_t n = sequence_length(byte[0]);
	uint32_t code_point;

	if (n == 0 || n > len)
		return 0;
	code_point = n == 1 ? byte[0] : byte[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		code_point = code_point << 6 | (byte[i] & 0x3fU);
	}
	if (code_point < smallest[n] || code_point > 0x10ffff ||
	    (code_point >= 0xd800 && code_point <= 0xdfff))
		return 0;
	*ret = code_point;
	return n;
}

bool text_is_utf8(const char *text, size_t len)
{
	uint32_t code_point;

	for (size_t i = 0; i < len;) {
		size_t n = text_next(text + i, len - i, &code_point);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

bool text_is_unsafe(uint32_t c)
{
	static const struct range {
		uint32_t first;
		uint32_t last;
	} unsafe[] = {
		{ 0x0000, 0x001f },   /* C0 */
		{ 0x007f, 0x009f },   /* DEL and C1 */
		{ 0x00ad, 0x00ad },   /* soft hyphen */
		{ 0x061c, 0x061c },   /* Arabic letter mark */
		{ 0x200b, 0x200f },   /* zero width, direction marks */
		{ 0x2028, 0x202e },   /* line separators, bidi embeddings and overrides */
		{ 0x2060, 0x206f },   /* invisible operators, bidi isolates */
		{ 0xfe00, 0xfe0f },   /* variation selectors */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xfff0, 0xffff },   /* specials */
		{ 0xe0000, 0xe0fff }, /* tags */
	};

	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return true;
	}
	return false;
}

bool text_is_safe(const char *text, size_t len)
{
	uint32_t c;

	for (size_t i = 0; i < len;) {
		size_t n = text_next(text + i, len - i, &c);

		if (n == 0 || text_is_unsafe(c))
			return false;
		i += n;
	}
	return true;
}

bool text_is_safe_field(const char *field, size_t size)
{
	size_t len = strnlen(field, size);

	return len < size && text_is_safe(field, len);
}

char text_half_width(uint32_t c)
{
	if (c >= 0xff01 && c <= 0xff5e)
		return (char)(c - 0xff01 + '!');
	if (c == 0x3000)
		return ' ';
	if (c == 0x2018 || c == 0x2019)
		return '\'';
	if (c == 0x201c || c == 0x201d)
		return '"';
	return c == 0x2212 ? '-' : '\0';
}

/* One source character as it shall appear; returns source bytes used. */
static size_t escape_one(char *piece, size_t size, const char *text, size_t len)
{
	uint32_t c;
	size_t n = text_next(text, len, &c);

	if (n == 0) {
		(void)snprintf(piece, size, "\\x%02x", (unsigned char)*text);
		return 1;
	}
	if (c == '\\')
		(void)snprintf(piece, size, "\\\\");
	else if (text_is_unsafe(c))
		(void)snprintf(piece, size, c < 0x80 ? "\\x%02x" : "\\u{%04x}", c);
	else
		(void)snprintf(piece, size, "%.*s", (int)n, text);
	return n;
}

const char *text_escape(char *out, size_t size, const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		char piece[16];
		size_t n = escape_one(piece, sizeof(piece), text + i, len - i);
		size_t piece_len = strlen(piece);

		if (used + piece_len >= size)
			break;
		memcpy(out + used, piece, piece_len);
		used += piece_len;
		i += n;
	}
	out[used] = '\0';
	return out;
}

static bool is_wide(uint32_t c)
{
	return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0x303e) ||
	       (c >= 0x3041 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) ||
	       (c >= 0xff00 && c <= 0xff60) || (c >= 0xffe0 && c <= 0xffe6) ||
	       (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

/* Marks that stand above or below the character before, as a decomposed voiced kana has one. */
static bool is_combining(uint32_t c)
{
	return (c >= 0x0300 && c <= 0x036f) || (c >= 0x1ab0 && c <= 0x1aff) ||
	       (c >= 0x1dc0 && c <= 0x1dff) || (c >= 0x20d0 && c <= 0x20ff) || c == 0x3099 ||
	       c == 0x309a || (c >= 0xfe20 && c <= 0xfe2f);
}

size_t text_width(const char *text)
{
	size_t len = strlen(text);
	size_t width = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t n = text_next(text + i, len - i, &c);

		if (!is_combining(c))
			width += is_wide(c) ? 2 : 1;
		i += n ? n : 1;
	}
	return width;
}
