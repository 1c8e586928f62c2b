/* SPDX-License-Identifier: Apache-2.0 */

#include "pam_module/joined.h"

#include <stdbool.h>
#include <string.h>

#define GROUPS 4 /* of a code by telephone, mfa/temporary.h */
#define GROUP_DIGITS 4

/* Bytes of the digit that ends at @end, 0: there is none. */
static size_t digit_before(const char *text, size_t end)
{
	unsigned char last = end > 0 ? (unsigned char)text[end - 1] : 0;

	if (last >= '0' && last <= '9')
		return 1;
	if (end >= 3 && last >= 0x90 && last <= 0x99 && memcmp(text + end - 3, "\xef\xbc", 2) == 0)
		return 3; /* U+FF10 to U+FF19 */
	return 0;
}

/* Moves @at before @n digits that end there. */
static bool pass_digits(const char *text, size_t *at, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		size_t used = digit_before(text, *at);

		if (used == 0)
			return false;
		*at -= used;
	}
	return true;
}

static bool pass_groups(const char *text, size_t *at)
{
	for (int group = 0; group < GROUPS; group++) {
		if (group > 0 && (*at == 0 || !strchr(" -", text[--*at])))
			return false;
		if (!pass_digits(text, at, GROUP_DIGITS))
			return false;
	}
	return true;
}

size_t joined_code_at(const char *answer, unsigned int digits)
{
	size_t len = strlen(answer);
	size_t at = len;

	if (pass_groups(answer, &at))
		return at;
	at = len;
	return pass_digits(answer, &at, digits) ? at : len;
}
