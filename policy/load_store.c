/* SPDX-License-Identifier: Apache-2.0 */

/* Room for what is read, and the small checks that every section needs. */

#include "policy/load_internal.h"

#include "core/err.h"

#include <errno.h>
#include <string.h>

void load_out_of_memory(struct loader *l)
{
	const struct diag_place at = { .file = l->file };

	if (l->fatal == 0)
		l->fatal = diag_error(l->diags, &at, -ENOMEM, "out of memory");
}

void load_limit(struct loader *l, const struct scfg_word *at, const char *fmt, size_t limit)
{
	const struct diag_place place = scfg_place(l->file, at);

	if (l->fatal == 0)
		l->fatal = diag_error(l->diags, &place, -E2BIG, fmt, limit);
}

struct policy_place load_place(const struct loader *l, const struct scfg_word *word)
{
	return (struct policy_place){
		word->line,
		(uint16_t)(word->column < UINT16_MAX ? word->column : UINT16_MAX),
		l->file_index,
	};
}

bool load_room(struct loader *l, void *array_slot, size_t n, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 16;
	void *grown;

	if (n < *room)
		return true;
	grown = reallocarray(*(void **)array_slot, wanted, size);
	if (!grown) {
		load_out_of_memory(l);
		return false;
	}
	*(void **)array_slot = grown;
	*room = wanted;
	return true;
}

policy_text load_text(struct loader *l, const char *text)
{
	struct policy *policy = l->policy;
	size_t size = strlen(text) + 1;
	policy_text at = (policy_text)policy->text_len;

	if (size == 1)
		return 0;
	while (l->text_room < policy->text_len + size) {
		if (!load_room(l, &policy->text, l->text_room, &l->text_room, 1))
			return 0;
	}
	memcpy(policy->text + at, text, size);
	policy->text_len += size;
	return at;
}

bool load_is_word_of(const char *text, const char *allowed, size_t max)
{
	size_t len = strlen(text);

	return len > 0 && len < max && strspn(text, allowed) == len;
}

bool load_takes(struct loader *l, const struct scfg_directive *d, size_t n)
{
	if (d->has_block) {
		load_fail(l,
			  d->children.n_directives > 0 ? &d->children.directives[0].name : &d->name,
			  "'%s' has no block; remedy: delete the braces", d->name.text);
		return false;
	}
	if (d->n_params < n) {
		load_fail(l, &d->name, "'%s' needs a value; remedy: write one behind it",
			  d->name.text);
		return false;
	}
	if (d->n_params > n) {
		load_fail(l, &d->params[n],
			  "'%s' takes at most %zu values; remedy: put quotes around a text",
			  d->name.text, n);
		return false;
	}
	return true;
}

policy_text load_note(struct loader *l, const struct scfg_directive *d)
{
	if (!load_takes(l, d, 1))
		return 0;
	if (strlen(d->params[0].text) >= POLICY_TEXT_MAX)
		load_fail(l, &d->params[0], "'%s' is at most %d bytes; remedy: shorten it",
			  d->name.text, POLICY_TEXT_MAX - 1);
	else if (d->params[0].text[0] == '\0')
		load_fail(l, &d->params[0], "'%s' is empty; remedy: fill or delete it",
			  d->name.text);
	else
		return load_text(l, d->params[0].text);
	return 0;
}

bool load_until(struct loader *l, const struct scfg_word *word, policy_minute *ret)
{
	if (policy_minute_parse(word->text, 'T', ret))
		return true;
	load_fail(l, word, "'%s' is no date; remedy: as 2027-03-31 or 2027-03-31T17:15",
		  word->text);
	return false;
}
