/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/cursor.h"

#include "note/note.h"

#include <sodium.h>
#include <string.h>

bool cursor_literal(struct cursor *cursor, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(cursor->end - cursor->at) < len || memcmp(cursor->at, text, len) != 0)
		return false;
	cursor->at += len;
	return true;
}

bool cursor_number(struct cursor *cursor, uint64_t max, uint64_t *ret)
{
	const char *first = cursor->at;

	*ret = 0;
	for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
		*ret = *ret * 10 + (uint64_t)(*cursor->at - '0');
		if (*ret > max)
			return false;
	}
	return cursor->at > first;
}

bool cursor_bytes(struct cursor *cursor, uint8_t *out, size_t size)
{
	size_t len = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL) - 1;

	if ((size_t)(cursor->end - cursor->at) < len ||
	    !note_base64_decode(cursor->at, len, out, size))
		return false;
	cursor->at += len;
	return true;
}

bool cursor_origin(struct cursor *cursor, char *out)
{
	const char *quote = memchr(cursor->at, '"', (size_t)(cursor->end - cursor->at));
	size_t len = quote ? (size_t)(quote - cursor->at) : 0;

	if (!note_is_name(cursor->at, len) || memchr(cursor->at, '\\', len))
		return false;
	memcpy(out, cursor->at, len);
	out[len] = '\0';
	cursor->at = quote;
	return true;
}
