/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/pairs.h"

#include "core/text.h"

#include <string.h>

/* The longest prefix of @value of at most @max bytes that ends with a character. */
static size_t fitting_length(const char *value, size_t max)
{
	size_t len = strlen(value);
	size_t used = 0;
	uint32_t c;

	if (len <= max)
		return len;
	while (used < max) {
		size_t n = text_next(value + used, len - used, &c);

		if (n == 0 || used + n > max)
			break;
		used += n;
	}
	return used;
}

void pairs_add(char *fields, size_t size, uint32_t *len, const char *key, const char *value)
{
	size_t key_size = strlen(key) + 1;
	size_t room = size - *len;
	size_t value_len;

	if (!value || !*value || key_size + 2 > room)
		return;
	value_len = fitting_length(value, room - key_size - 1);
	if (value_len == 0)
		return;
	memcpy(fields + *len, key, key_size);
	memcpy(fields + *len + key_size, value, value_len);
	fields[*len + key_size + value_len] = '\0';
	*len += (uint32_t)(key_size + value_len + 1);
}

bool pairs_next(const char *fields, uint32_t len, size_t *pos, const char **ret_key,
		const char **ret_value)
{
	if (*pos >= len)
		return false;
	*ret_key = fields + *pos;
	*pos += strlen(*ret_key) + 1;
	*ret_value = fields + *pos;
	*pos += strlen(*ret_value) + 1;
	return true;
}

const char *pairs_get(const char *fields, uint32_t len, const char *wanted)
{
	const char *key, *value;
	size_t pos = 0;

	while (pairs_next(fields, len, &pos, &key, &value)) {
		if (strcmp(key, wanted) == 0)
			return value;
	}
	return "";
}

bool pairs_are_valid(const char *fields, size_t size, uint32_t len)
{
	unsigned int ends = 0;

	if (len > size)
		return false;
	if (len == 0)
		return true;
	if (fields[len - 1] != '\0')
		return false;
	for (uint32_t i = 0; i < len; i++)
		ends += fields[i] == '\0';
	return ends % 2 == 0;
}
