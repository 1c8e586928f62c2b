/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/setup_rule.h"

#include <ctype.h>
#include <string.h>

const char *setup_rule_value(char *out, size_t size, const char *value)
{
	size_t n = 0;

	for (; *value && n + 1 < size; value++) {
		unsigned char c = (unsigned char)*value;

		out[n++] = isalnum(c) || strchr(" ._:,+@/-", c) ? (char)c : '?';
	}
	out[n] = '\0';
	return out;
}
