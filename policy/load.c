/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/load_internal.h"

#include "core/err.h"
#include "core/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int load_out_of_memory(const struct loader *l)
{
	return err_set(l->err, -ENOMEM, "out of memory");
}

bool load_is_word_of(const char *text, const char *allowed, size_t max)
{
	size_t len = strlen(text);

	return len > 0 && len < max && strspn(text, allowed) == len;
}

static const struct section {
	const char *name;
	int (*read)(struct loader *l, const struct scfg_directive *d);
} sections[] = {
	{ "rule", load_rule },
	{ "zone", load_zone },
};

static int read_section(struct loader *l, const struct scfg_directive *d)
{
	for (size_t i = 0; i < N_ELEMENTS(sections); i++) {
		if (strcmp(sections[i].name, d->name.text) == 0)
			return sections[i].read(l, d);
	}
	return scfg_fail(l->file, &d->name, -EINVAL, l->err,
			 "unknown word '%s'; remedy: rule or zone", d->name.text);
}

static int compare_rules(const void *a, const void *b)
{
	const struct policy_rule *const *x = a;
	const struct policy_rule *const *y = b;
	int order = strcmp((*x)->id, (*y)->id);

	return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Sorted, because comparing each with each takes seconds at the limit. */
static int check_ids(struct loader *l, const struct scfg_block *block)
{
	size_t n = l->policy->n_rules;
	cleanup_free const struct policy_rule **sorted = calloc(n + 1, sizeof(*sorted));

	if (!sorted)
		return load_out_of_memory(l);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &l->policy->rules[i];
	qsort(sorted, n, sizeof(*sorted), compare_rules);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(sorted[i - 1]->id, sorted[i]->id) != 0)
			continue;
		for (size_t d = 0; d < block->n_directives; d++) {
			if (block->directives[d].name.line == sorted[i]->line)
				return scfg_fail(l->file, &block->directives[d].params[0], -EINVAL,
						 l->err,
						 "rule '%s' stands already in line %u; "
						 "remedy: give this one another id",
						 sorted[i]->id, sorted[i - 1]->line);
		}
	}
	return 0;
}

/* Also comments: what a reviewer sees must be what the program reads. */
static int check_text(const char *file, const char *text, size_t len, struct err *err)
{
	struct scfg_word at = { .line = 1, .column = 1 };

	for (size_t pos = 0; pos < len;) {
		uint32_t c = 0;
		size_t n = text_next(text + pos, len - pos, &c);

		if (n == 0)
			return scfg_fail(file, &at, -EILSEQ, err,
					 "not UTF-8; remedy: save the file as UTF-8");
		if (c != '\n' && c != '\t' && text_is_unsafe(c))
			return scfg_fail(file, &at, -EILSEQ, err,
					 "invisible character U+%04X; remedy: delete it", c);
		pos += n;
		at.column = c == '\n' ? 1 : at.column + (unsigned int)n;
		at.line += c == '\n';
	}
	return 0;
}

int policy_load(const char *file, const char *text, size_t len, struct policy **ret,
		struct err *err)
{
	cleanup_policy struct policy *policy = calloc(1, sizeof(*policy));
	cleanup_scfg struct scfg_block *block = NULL;
	struct loader l = { .file = file, .policy = policy, .err = err };
	int rc;

	if (!policy)
		return load_out_of_memory(&l);
	rc = check_text(file, text, len, err);
	if (rc == 0)
		rc = scfg_parse(file, text, len, &block, err);
	if (rc < 0)
		return rc;
	policy->rules = calloc(block->n_directives + 1, sizeof(*policy->rules));
	if (!policy->rules)
		return load_out_of_memory(&l);
	for (size_t i = 0; rc == 0 && i < block->n_directives; i++)
		rc = read_section(&l, &block->directives[i]);
	if (rc == 0)
		rc = check_ids(&l, block);
	if (rc == 0)
		*ret = take_ptr(&policy);
	return rc;
}

static void rule_done(struct policy_rule *rule)
{
	for (size_t i = 0; i < rule->n_serials; i++)
		free(rule->serials[i]);
	free(rule->serials);
	free(rule->usb_ids);
	free(rule->reason);
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->n_rules; i++)
		rule_done(&policy->rules[i]);
	free(policy->rules);
	for (size_t zone = 0; zone < ZONES; zone++) {
		for (size_t i = 0; i < policy->zones[zone].n_codes; i++)
			free(policy->zones[zone].codes[i].service);
		free(policy->zones[zone].codes);
	}
	free(policy);
}
