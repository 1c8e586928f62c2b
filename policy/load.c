/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/load_internal.h"

#include "core/err.h"
#include "policy/index.h"

#include <errno.h>
#include <string.h>

static void read_include(struct loader *l, const struct scfg_directive *d);

static const struct section {
	const char *name;
	void (*read)(struct loader *l, const struct scfg_directive *d);
} sections[] = {
	{ "policy", load_head }, { "set", load_set },         { "rule", load_rule },
	{ "zone", load_zone },   { "include", read_include },
};

static void read_section(struct loader *l, const struct scfg_directive *d)
{
	for (size_t i = 0; i < N_ELEMENTS(sections); i++) {
		if (strcmp(sections[i].name, d->name.text) == 0) {
			sections[i].read(l, d);
			return;
		}
	}
	load_fail(l, &d->name, "unknown word '%s'; remedy: policy, set, rule, zone or include",
		  d->name.text);
}

static void read_block(struct loader *l, const struct scfg_block *block)
{
	for (size_t i = 0; l->fatal == 0 && i < block->n_directives; i++)
		read_section(l, &block->directives[i]);
}

/* One file, or the whole bundle of a signed policy. */
static void read_text(struct loader *l, const char *text, size_t len)
{
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_free char *clean = NULL;
	const struct scfg_word start = { .line = 1, .column = 1 };
	int rc;

	l->bytes += len;
	if (l->bytes > POLICY_BYTES_MAX) {
		load_limit(l, &start,
			   "more than %zu bytes; remedy: split the terminals into groups",
			   POLICY_BYTES_MAX);
		return;
	}
	if (!load_room(l, &l->policy->files, l->policy->n_files, &l->files_room,
		       sizeof(*l->policy->files)))
		return;
	l->file_index = (uint16_t)l->policy->n_files;
	l->policy->files[l->policy->n_files++] = load_text(l, l->file);
	if (!load_check_text(l, text, len)) {
		clean = load_clean_text(l, text, &len);
		if (!clean)
			return;
		text = clean;
	}
	rc = scfg_parse(l->file, text, len, &block, l->diags);
	if (rc == -ENOMEM || rc == -E2BIG)
		l->fatal = rc;
	if (block)
		read_block(l, block);
}

/* A draft's include names a file beside it; a signed policy holds what it includes. */
static void read_include(struct loader *l, const struct scfg_directive *d)
{
	cleanup_free char *text = NULL;
	const char *file = l->file;
	uint16_t file_index = l->file_index;
	struct err err = { 0 };
	size_t len = 0;

	if (d->n_params != 1 ||
	    !load_is_word_of(d->params[0].text, LOAD_SERVICE_CHARACTERS, POLICY_ID_MAX) ||
	    d->params[0].text[0] == '.') {
		load_fail(l, &d->name,
			  "include needs the name of a file in the same folder; "
			  "remedy: include NAME, without a path");
		return;
	}
	if (l->depth == POLICY_NESTING_MAX || l->policy->n_files == UINT16_MAX) {
		load_limit(l, &d->name,
			   "files include each other more than %zu deep; "
			   "remedy: take one level out",
			   POLICY_NESTING_MAX);
		return;
	}
	l->depth++;
	if (d->has_block) {
		read_block(l, &d->children);
	} else if (!l->source->include) {
		load_fail(l, &d->name,
			  "'%s' is not covered by the signature; "
			  "remedy: sekisho policy sign writes it in",
			  d->params[0].text);
	} else if (l->source->include(l->source->ctx, d->params[0].text, &text, &len, &err) < 0) {
		load_fail(l, &d->params[0], "%s", err.text);
	} else {
		l->file = d->params[0].text;
		read_text(l, text, len);
		l->file = file;
		l->file_index = file_index;
	}
	l->depth--;
}

/* Give back the room that growing has left over. */
static void shrink(void *array_slot, size_t n, size_t size)
{
	void *fitting = reallocarray(*(void **)array_slot, n + 1, size);

	if (fitting)
		*(void **)array_slot = fitting;
}

static void finish(struct loader *l)
{
	struct policy *policy = l->policy;

	shrink(&policy->text, policy->text_len, 1);
	shrink(&policy->rules, policy->n_rules, sizeof(*policy->rules));
	shrink(&policy->conditions, policy->n_conditions, sizeof(*policy->conditions));
	shrink(&policy->values, policy->n_values, sizeof(*policy->values));
	if (index_build(policy) < 0)
		load_out_of_memory(l);
}

int policy_load(const struct policy_source *source, struct policy **ret, struct diags *diags)
{
	cleanup_policy struct policy *policy = calloc(1, sizeof(*policy));
	size_t n_before = diags->n_errors;
	struct loader l = {
		.source = source, .file = source->file, .policy = policy, .diags = diags
	};

	if (!policy || !load_room(&l, &policy->text, 0, &l.text_room, 1))
		load_out_of_memory(&l);
	if (l.fatal == 0) {
		policy->text[policy->text_len++] = '\0';
		read_text(&l, source->text, source->len);
	}
	if (l.fatal == 0 && diags->n_errors == n_before)
		finish(&l);
	free(l.ids);
	if (l.fatal != 0)
		return l.fatal;
	if (diags->n_errors > n_before)
		return diags->code;
	*ret = take_ptr(&policy);
	return 0;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t zone = 0; zone < ZONES; zone++) {
		free(policy->zones[zone].codes);
		free(policy->zones[zone].exemptions);
	}
	index_free(policy->index);
	free(policy->files);
	free(policy->sets);
	free(policy->values);
	free(policy->conditions);
	free(policy->rules);
	free(policy->text);
	free(policy);
}

size_t policy_size(const struct policy *policy)
{
	return sizeof(*policy) + sizeof(*policy->index) + policy->text_len +
	       policy->n_rules * sizeof(*policy->rules) +
	       policy->n_conditions * sizeof(*policy->conditions) +
	       policy->n_values * sizeof(*policy->values) + policy->n_sets * sizeof(*policy->sets) +
	       policy->index->n_entries * sizeof(*policy->index->entries) +
	       policy->index->n_others * sizeof(*policy->index->others) +
	       policy->index->n_by_set * sizeof(*policy->index->by_set) +
	       policy->index->n_by_number * sizeof(*policy->index->by_number);
}
