/* SPDX-License-Identifier: Apache-2.0 */

/* The prefix of a line, for proofs: no allocation and no JSON library in the way. */

#include "audit/record.h"

#include "core/clock.h"

#include <errno.h>
#include <string.h>

struct cursor {
	const char *at;
	const char *end;
};

static bool literal(struct cursor *cursor, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(cursor->end - cursor->at) < len || memcmp(cursor->at, text, len) != 0)
		return false;
	cursor->at += len;
	return true;
}

/* A JSON integer, not negative, in its one shortest form. */
static bool number(struct cursor *cursor, uint64_t *ret)
{
	const char *first = cursor->at;
	uint64_t value = 0;

	for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
		value = value * 10 + (uint64_t)(*cursor->at - '0');
		if (value > (uint64_t)RECORD_NUMBER_MAX)
			return false;
	}
	*ret = value;
	return cursor->at > first && (*first != '0' || cursor->at == first + 1);
}

/* Exactly @n decimal digits, at most @max. */
static bool digits(struct cursor *cursor, int n, int max, int *ret)
{
	int value = 0;

	if (cursor->end - cursor->at < n)
		return false;
	for (int i = 0; i < n; i++, cursor->at++) {
		if (*cursor->at < '0' || *cursor->at > '9')
			return false;
		value = value * 10 + (*cursor->at - '0');
	}
	*ret = value;
	return value <= max;
}

/* Days since 1970 in the Gregorian calendar; a year that begins in March ends with the leap day. */
static int64_t days_since_1970(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool moment(struct cursor *cursor, int64_t *ret_us)
{
	int year, month, day, hour, minute, second, us;

	if (!digits(cursor, 4, 9999, &year) || !literal(cursor, "-") ||
	    !digits(cursor, 2, 12, &month) || !literal(cursor, "-") ||
	    !digits(cursor, 2, 31, &day) || !literal(cursor, "T") ||
	    !digits(cursor, 2, 23, &hour) || !literal(cursor, ":") ||
	    !digits(cursor, 2, 59, &minute) || !literal(cursor, ":") ||
	    !digits(cursor, 2, 59, &second) || !literal(cursor, ".") ||
	    !digits(cursor, 6, 999999, &us) || !literal(cursor, "Z") || month < 1 || day < 1)
		return false;
	*ret_us = (((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) *
			  CLOCK_US_PER_SEC +
		  us;
	return true;
}

static bool boot_id(struct cursor *cursor, const char **ret)
{
	if (cursor->end - cursor->at < RECORD_BOOT_LEN)
		return false;
	*ret = cursor->at;
	for (int i = 0; i < RECORD_BOOT_LEN; i++, cursor->at++) {
		if (!memchr("0123456789abcdef", *cursor->at, 16))
			return false;
	}
	return true;
}

static bool type_name(struct cursor *cursor, const char **ret, size_t *ret_len)
{
	*ret = cursor->at;
	while (cursor->at < cursor->end && ((*cursor->at >= 'a' && *cursor->at <= 'z') ||
					    *cursor->at == '.' || *cursor->at == '-'))
		cursor->at++;
	*ret_len = (size_t)(cursor->at - *ret);
	return *ret_len > 0;
}

int record_scan(const char *line, size_t len, struct record_prefix *ret)
{
	struct cursor cursor = { .at = line, .end = line + len };
	struct record_prefix found = { 0 };
	uint64_t boot_us;

	if (len > RECORD_MAX || !literal(&cursor, "{\"v\":1,\"seq\":") ||
	    !number(&cursor, &found.seq) || !literal(&cursor, ",\"t\":\"") ||
	    !moment(&cursor, &found.wall_us) || !literal(&cursor, "\",\"bt\":") ||
	    !number(&cursor, &boot_us) || !literal(&cursor, ",\"boot\":\"") ||
	    !boot_id(&cursor, &found.boot) || !literal(&cursor, "\",\"type\":\"") ||
	    !type_name(&cursor, &found.type, &found.type_len) || !literal(&cursor, "\",") ||
	    line[len - 1] != '}')
		return -EBADMSG;
	found.boot_us = (int64_t)boot_us;
	*ret = found;
	return 0;
}
