/* SPDX-License-Identifier: Apache-2.0 */

/* One value out of a line of the log, without a JSON library: record_write() escapes every
 * quotation mark inside a text, so that ,"KEY": stands in a line only where a key is. */

#include "audit/cursor.h"
#include "audit/record.h"

#include <stdio.h>
#include <string.h>

/* Behind the object "by", whose keys could be taken for those of the event. */
static const char *event_part(const char *line, size_t len)
{
	const char *by = memmem(line, len, ",\"by\":{", 7);
	const char *end = by ? memchr(by, '}', len - (size_t)(by - line)) : NULL;

	return end ? end + 1 : NULL;
}

bool record_field(const char *line, size_t len, const char *key, struct cursor *ret)
{
	const char *from = event_part(line, len);
	const char *end = line + len;
	char wanted[64];
	int n = snprintf(wanted, sizeof(wanted), ",\"%s\":", key);
	const char *at = from ? memmem(from, (size_t)(end - from), wanted, (size_t)n) : NULL;
	const char *stop;

	if (!at)
		return false;
	at += n;
	if (at < end && *at == '"') {
		for (stop = ++at; stop < end && *stop != '"'; stop++)
			stop += *stop == '\\';
	} else {
		for (stop = at; stop < end && *stop != ',' && *stop != '}'; stop++)
			;
	}
	if (stop >= end)
		return false;
	*ret = (struct cursor){ .at = at, .end = stop };
	return true;
}
