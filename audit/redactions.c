/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/redactions.h"

#include "audit/cursor.h"
#include "audit/record.h"
#include "note/note.h"

#include <errno.h>
#include <string.h>

bool redaction_read(const char *line, size_t len, uint64_t seq, struct redaction *ret)
{
	struct redaction named = { 0 };
	struct cursor number, leaf;

	if (!record_field(line, len, "seq_of", &number) ||
	    !record_field(line, len, "leaf", &leaf) ||
	    !cursor_number(&number, (uint64_t)RECORD_NUMBER_MAX, &named.seq) ||
	    number.at != number.end || !cursor_bytes(&leaf, named.leaf, TREE_HASH_SIZE) ||
	    leaf.at != leaf.end || named.seq >= seq)
		return false;
	named.by = seq;
	*ret = named;
	return true;
}

int redactions_add(struct redactions *redactions, const struct redaction *redaction)
{
	if (redactions->n == REDACTIONS_MAX)
		return -ENOBUFS;
	if (redactions->n == redactions->size) {
		size_t size = redactions->size ? 2 * redactions->size : 16;
		struct redaction *more =
			reallocarray(redactions->list, size, sizeof(*redactions->list));

		if (!more)
			return -ENOMEM;
		redactions->list = more;
		redactions->size = size;
	}
	redactions->list[redactions->n++] = *redaction;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = ((const struct redaction *)a)->seq;
	uint64_t y = ((const struct redaction *)b)->seq;

	return (x > y) - (x < y);
}

void redactions_settle(struct redactions *redactions, const struct redaction *named)
{
	struct redaction *found =
		redactions->n == 0
			? NULL
			: bsearch(named, redactions->list, redactions->n, sizeof(*named), compare);
	size_t at;

	if (!found || memcmp(found->leaf, named->leaf, TREE_HASH_SIZE) != 0)
		return;
	at = (size_t)(found - redactions->list);
	redactions->n--;
	memmove(found, found + 1, (redactions->n - at) * sizeof(*found));
}

void redactions_clear(struct redactions *redactions)
{
	free(redactions->list);
	*redactions = (struct redactions){ 0 };
}
