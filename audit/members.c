/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/members.h"

#include <errno.h>
#include <string.h>

struct members members_of(const char *line, size_t len, const struct record_prefix *prefix)
{
	return (struct members){ prefix->type + prefix->type_len + 1, line + len };
}

static bool literal(struct members *members, char character)
{
	if (members->at == members->end || *members->at != character)
		return false;
	members->at++;
	return true;
}

/* What stands before the quote that ends a string; past it. */
static bool string(struct members *members, const char **ret, size_t *ret_len)
{
	*ret = members->at;
	for (;;) {
		const char *quote = memchr(members->at, '"', (size_t)(members->end - members->at));
		const char *escape = quote;

		if (!quote)
			return false;
		while (escape > *ret && escape[-1] == '\\')
			escape--;
		members->at = quote + 1;
		*ret_len = (size_t)(quote - *ret);
		if ((quote - escape) % 2 == 0)
			return true;
	}
}

/* A number, or the object "by", which ends at its first brace. */
static bool other(struct members *members, const char **ret, size_t *ret_len)
{
	bool is_object = *members->at == '{';

	*ret = members->at;
	while (members->at < members->end && *members->at != '}' &&
	       (is_object || *members->at != ','))
		members->at++;
	if (is_object && !literal(members, '}'))
		return false;
	*ret_len = (size_t)(members->at - *ret);
	return *ret_len > 0;
}

int members_next(struct members *members, struct member *ret)
{
	if (literal(members, '}'))
		return members->at == members->end ? 0 : -EBADMSG;
	if (!literal(members, ',') || !literal(members, '"') ||
	    !string(members, &ret->key, &ret->key_len) || !literal(members, ':') ||
	    members->at == members->end)
		return -EBADMSG;
	ret->is_string = literal(members, '"');
	return (ret->is_string ? string(members, &ret->value, &ret->len)
			       : other(members, &ret->value, &ret->len))
		       ? 1
		       : -EBADMSG;
}
