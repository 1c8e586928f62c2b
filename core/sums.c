/* SPDX-License-Identifier: Apache-2.0 */

#include "core/sums.h"

#include <string.h>

#define HEX_LEN (2 * SUMS_HASH_SIZE)

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

	return c != '\0' && at ? (int)(at - digits) : -1;
}

static bool take_hash(const char *text, uint8_t *ret)
{
	for (size_t i = 0; i < SUMS_HASH_SIZE; i++) {
		int high = digit(text[2 * i]);
		int low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool sums_hash(const char *text, uint8_t *ret_hash)
{
	return take_hash(text, ret_hash) && text[HEX_LEN] == '\0';
}

/* A backslash stands before the line where the name has an escape in it. */
static bool unescape(char *name)
{
	char *out = name;

	for (const char *at = name; *at; at++) {
		if (*at != '\\') {
			*out++ = *at;
			continue;
		}
		at++;
		if (*at != 'n' && *at != 'r' && *at != '\\')
			return false;
		*out++ = *at == 'n' ? '\n' : *at == 'r' ? '\r' : '\\';
	}
	*out = '\0';
	return true;
}

bool sums_line(char *line, uint8_t *ret_hash, char **ret_name)
{
	bool is_escaped = *line == '\\';
	size_t len = strlen(line);
	char *name;

	if (len > 0 && line[len - 1] == '\r')
		line[len - 1] = '\0';
	line += is_escaped;
	if (!take_hash(line, ret_hash) || line[HEX_LEN] != ' ' ||
	    (line[HEX_LEN + 1] != ' ' && line[HEX_LEN + 1] != '*'))
		return false;
	name = line + HEX_LEN + 2;
	if (is_escaped && !unescape(name))
		return false;
	while (strncmp(name, "./", 2) == 0)
		name += 2;
	*ret_name = name;
	return *name != '\0';
}
