/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/mynumber.h"

#include "core/text.h"

#include <ctype.h>
#include <string.h>

#define GROUPS_MAX MYNUMBER_DIGITS
#define HEX_MIN 16 /* digits; what is shorter is a number that somebody wrote */

/* Digits without anything between them. */
struct group {
	char *begin;
	char *end;
};

bool mynumber_is_valid(const uint8_t digits[MYNUMBER_DIGITS])
{
	unsigned int sum = 0;
	unsigned int rest;

	for (unsigned int n = 1; n < MYNUMBER_DIGITS; n++)
		sum += digits[MYNUMBER_DIGITS - 1 - n] * (n <= 6 ? n + 1 : n - 5);
	rest = sum % 11;
	return digits[MYNUMBER_DIGITS - 1] == (rest <= 1 ? 0 : 11 - rest);
}

static size_t take_character(const char *text, uint32_t *ret)
{
	size_t n = text_next(text, strlen(text), ret);
	char half = text_half_width(*ret);

	if (n > 0 && half)
		*ret = (unsigned char)half;
	return n;
}

/* Bytes of the digit that @text begins with, or 0. */
static size_t digit_at(const char *text, uint8_t *ret)
{
	uint32_t c = 0;
	size_t n = *text ? take_character(text, &c) : 0;

	if (n == 0 || c < '0' || c > '9')
		return 0;
	*ret = (uint8_t)(c - '0');
	return n;
}

/* Blanks, hyphens and dots as people and input methods write them between digits. */
static size_t separator_at(const char *text)
{
	static const uint32_t separators[] = {
		' ',    '-',    '.',    '_',    '/',    0xa0,   0x2010, 0x2011,
		0x2012, 0x2013, 0x2014, 0x2015, 0x30fb, 0x30fc, 0xff70,
	};
	uint32_t c = 0;
	size_t n = *text ? take_character(text, &c) : 0;

	for (size_t i = 0; n > 0 && i < sizeof(separators) / sizeof(separators[0]); i++) {
		if (c == separators[i])
			return n;
	}
	return 0;
}

/* The group that begins at @text.  Return: how many digits it has. */
static size_t group_at(char *text, struct group *ret)
{
	size_t n_digits = 0;
	uint8_t digit;

	*ret = (struct group){ text, text };
	for (size_t n; (n = digit_at(ret->end, &digit)) > 0; n_digits++)
		ret->end += n;
	return n_digits;
}

/* A hash or a key says nothing about anybody, and must stay what it is. */
static bool is_in_hexadecimal(const char *text, const struct group *group)
{
	const char *begin = group->begin;
	const char *end = group->end;

	while (begin > text && isxdigit((unsigned char)begin[-1]))
		begin--;
	while (isxdigit((unsigned char)*end))
		end++;
	return (begin < group->begin || end > group->end) && end - begin >= HEX_MIN;
}

/*
 * Whole groups from @begin on that hold twelve digits together, as many in each: that is how
 * people write a number, and not how dates and counters stand beside one another.  Return: how
 * many groups, or 0.
 */
static size_t find_number(const char *text, char *begin, struct group groups[GROUPS_MAX])
{
	uint8_t digits[MYNUMBER_DIGITS];
	size_t n_digits = 0;
	size_t n_first = 0;

	for (size_t n_groups = 0; n_groups < GROUPS_MAX; n_groups++) {
		struct group *group = &groups[n_groups];
		size_t n = group_at(begin, group);

		if (n_groups == 0)
			n_first = n;
		if (n == 0 || n != n_first || n_digits + n > MYNUMBER_DIGITS ||
		    is_in_hexadecimal(text, group))
			return 0;
		for (const char *at = group->begin; at < group->end;)
			at += digit_at(at, &digits[n_digits++]);
		if (n_digits == MYNUMBER_DIGITS)
			return mynumber_is_valid(digits) ? n_groups + 1 : 0;
		begin = group->end + separator_at(group->end);
	}
	return 0;
}

/* From the last group to the first, for each becomes shorter.  Return: where to go on. */
static char *mask_groups(const struct group *groups, size_t n_groups)
{
	char *end = NULL;

	for (size_t i = n_groups; i-- > 0;) {
		const struct group *group = &groups[i];
		char *masked = group->begin;
		uint8_t digit;

		for (const char *at = group->begin; at < group->end; *masked++ = '*')
			at += digit_at(at, &digit);
		memmove(masked, group->end, strlen(group->end) + 1);
		if (!end)
			end = masked;
		else
			end -= group->end - masked;
	}
	return end;
}

void mynumber_mask(char *text)
{
	char *at = text;

	while (*at) {
		struct group groups[GROUPS_MAX];
		size_t n = find_number(text, at, groups);
		uint32_t c;

		if (n > 0) {
			at = mask_groups(groups, n);
			continue;
		}
		if (group_at(at, &groups[0]) > 0)
			at = groups[0].end;
		else
			at += text_next(at, strlen(at), &c);
	}
}
