/* SPDX-License-Identifier: Apache-2.0 */

#include "core/parse.h"

#include "core/err.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int parse_hex16(const char *text, uint16_t *ret, struct err *err)
{
	unsigned int value = 0;

	if (strlen(text) != 4)
		return err_set(err, -EINVAL, "'%s' is not four hex digits", text);

	for (size_t i = 0; i < 4; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return err_set(err, -EINVAL, "'%s' is not four hex digits", text);
		value = value << 4 | (unsigned int)digit;
	}

	*ret = (uint16_t)value;
	return 0;
}

int parse_u64(const char *text, uint64_t max, uint64_t *ret, struct err *err)
{
	uint64_t value = 0;

	if (!*text)
		return err_set(err, -EINVAL, "'%s' is not a number", text);
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return err_set(err, -EINVAL, "'%s' is not a number", text);

		unsigned int digit = (unsigned int)(*c - '0');

		if (value > (max - digit) / 10 || digit > max)
			return err_set(err, -ERANGE, "'%s' is above the limit of %llu", text,
				       (unsigned long long)max);
		value = value * 10 + digit;
	}

	*ret = value;
	return 0;
}
