/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/index.h"

#include "policy/condition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A rule is found by the first of these that it has: the one that fits fewest devices. */
static const enum condition_kind by[] = { CONDITION_SERIAL, CONDITION_SD_CID, CONDITION_THUNDERBOLT,
					  CONDITION_USB };

/* FNV-1a; two values with one key cost a look at a rule that does not match. */
static uint32_t hash(uint32_t seed, const void *bytes, size_t len)
{
	const unsigned char *byte = bytes;
	uint32_t key = 2166136261u ^ seed;

	for (size_t i = 0; i < len; i++)
		key = (key ^ byte[i]) * 16777619u;
	return key;
}

static uint32_t key_of_text(enum condition_kind kind, const char *text)
{
	return hash((uint32_t)kind, text, strlen(text));
}

static uint32_t key_of_usb(uint64_t value)
{
	return hash(CONDITION_USB, &value, sizeof(value));
}

static const struct policy_condition *named_by(const struct policy *policy,
					       const struct policy_rule *rule)
{
	for (size_t k = 0; k < sizeof(by) / sizeof(by[0]); k++) {
		for (uint32_t i = 0; i < rule->n; i++) {
			if (policy->conditions[rule->first + i].kind == by[k])
				return &policy->conditions[rule->first + i];
		}
	}
	return NULL;
}

static int compare_entries(const void *a, const void *b)
{
	const struct index_entry *x = a;
	const struct index_entry *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

static void count(const struct policy *policy, size_t *ret_entries, size_t *ret_others)
{
	*ret_entries = *ret_others = 0;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_condition *condition = named_by(policy, &policy->rules[i]);

		*ret_entries += condition ? condition->n : 0;
		*ret_others += !condition;
	}
}

static void enter(struct policy_index *index, const struct policy *policy, uint32_t rule)
{
	const struct policy_condition *condition = named_by(policy, &policy->rules[rule]);

	if (!condition) {
		index->others[index->n_others++] = rule;
		return;
	}
	for (uint32_t i = 0; i < condition->n; i++) {
		uint64_t value = policy->values[condition->first + i];

		index->entries[index->n_entries++] = (struct index_entry){
			.key = condition->kind == CONDITION_USB
				       ? key_of_usb(value)
				       : key_of_text(condition->kind,
						     policy_word(policy, (policy_text)value)),
			.rule = rule,
		};
	}
}

int index_build(struct policy *policy)
{
	struct policy_index *index = calloc(1, sizeof(*index));
	size_t n_entries;
	size_t n_others;

	policy->index = index;
	if (!index)
		return -ENOMEM;
	count(policy, &n_entries, &n_others);
	index->entries = calloc(n_entries + 1, sizeof(*index->entries));
	index->others = calloc(n_others + 1, sizeof(*index->others));
	if (!index->entries || !index->others)
		return -ENOMEM;
	for (uint32_t i = 0; i < policy->n_rules; i++)
		enter(index, policy, i);
	qsort(index->entries, index->n_entries, sizeof(*index->entries), compare_entries);
	return 0;
}

void index_free(struct policy_index *index)
{
	if (!index)
		return;
	free(index->entries);
	free(index->others);
	free(index);
}

/* The first entry at or behind @key. */
static size_t lower_bound(const struct policy_index *index, uint64_t key)
{
	size_t low = 0;
	size_t high = index->n_entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->entries[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void index_begin(struct index_cursor *cursor, const struct policy *policy,
		 const struct policy_device *device)
{
	uint64_t vendor = (uint64_t)device->vid << 16;
	const uint32_t keys[INDEX_KEYS] = {
		key_of_text(CONDITION_SERIAL, device->serial),
		key_of_text(CONDITION_SD_CID, device->sd_cid),
		key_of_text(CONDITION_THUNDERBOLT, device->thunderbolt),
		key_of_usb(vendor | device->pid),
		key_of_usb(vendor | VALUE_ANY_PRODUCT),
	};

	*cursor = (struct index_cursor){ .index = policy->index };
	for (size_t i = 0; i < INDEX_KEYS; i++) {
		cursor->runs[i].next = lower_bound(policy->index, keys[i]);
		cursor->runs[i].end = lower_bound(policy->index, (uint64_t)keys[i] + 1);
	}
}

bool index_next(struct index_cursor *cursor, uint32_t *ret_rule)
{
	const struct policy_index *index = cursor->index;
	uint32_t least = POLICY_NO_RULE;

	if (cursor->next_other < index->n_others)
		least = index->others[cursor->next_other];
	for (size_t i = 0; i < INDEX_KEYS; i++) {
		if (cursor->runs[i].next < cursor->runs[i].end &&
		    index->entries[cursor->runs[i].next].rule < least)
			least = index->entries[cursor->runs[i].next].rule;
	}
	if (least == POLICY_NO_RULE)
		return false;
	/* A rule that names two things the device has is met twice. */
	for (size_t i = 0; i < INDEX_KEYS; i++) {
		while (cursor->runs[i].next < cursor->runs[i].end &&
		       index->entries[cursor->runs[i].next].rule == least)
			cursor->runs[i].next++;
	}
	if (cursor->next_other < index->n_others && index->others[cursor->next_other] == least)
		cursor->next_other++;
	*ret_rule = least;
	return true;
}
