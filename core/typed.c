/* SPDX-License-Identifier: Apache-2.0 */

#include "core/typed.h"

#include "core/text.h"

#include <stdint.h>
#include <string.h>

static bool is_filler(uint32_t c)
{
	static const uint32_t fillers[] = { ' ',    '-',    0x00a0, 0x2010, 0x2011, 0x2012,
					    0x2013, 0x2014, 0x2015, 0x30fc, 0xff70 };

	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		if (fillers[i] == c)
			return true;
	}
	return false;
}

static bool is_plain(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool typed_plain(const char *typed, char *ret, size_t size)
{
	size_t len = strlen(typed);
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t used = text_next(typed + i, len - i, &c);

		if (used > 1 && text_half_width(c))
			c = (unsigned char)text_half_width(c);
		if (used == 0 || (!is_filler(c) && (!is_plain(c) || n + 1 == size))) {
			explicit_bzero(ret, size);
			return false;
		}
		if (!is_filler(c))
			ret[n++] = (char)c;
		i += used;
	}
	ret[n] = '\0';
	return true;
}
