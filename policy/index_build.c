/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/index_internal.h"

#include "policy/condition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A rule is found by the first of these that it has: the one that fits fewest devices. */
static const enum condition_kind by[] = { CONDITION_SERIAL, CONDITION_SD_CID, CONDITION_THUNDERBOLT,
					  CONDITION_MEDIUM_NUMBER, CONDITION_USB };

/* FNV-1a */
static uint32_t hash(uint32_t seed, const void *bytes, size_t len)
{
	const unsigned char *byte = bytes;
	uint32_t key = 2166136261u ^ seed;

	for (size_t i = 0; i < len; i++)
		key = (key ^ byte[i]) * 16777619u;
	return key;
}

uint32_t index_key_of_text(enum condition_kind kind, const char *text)
{
	return hash((uint32_t)kind, text, strlen(text));
}

uint32_t index_key_of_usb(uint64_t value)
{
	return hash(CONDITION_USB, &value, sizeof(value));
}

uint64_t index_name_bit(const char *name)
{
	return UINT64_C(1) << hash(0, name, strlen(name)) % 63;
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

static bool is_indexed(enum condition_kind kind)
{
	for (size_t k = 0; k < sizeof(by) / sizeof(by[0]); k++) {
		if (by[k] == kind)
			return true;
	}
	return false;
}

static void count(const struct policy *policy, size_t *ret_entries, size_t *ret_others,
		  size_t *ret_by_set, size_t *ret_by_number)
{
	*ret_entries = *ret_others = *ret_by_set = *ret_by_number = 0;
	for (size_t i = 0; i < policy->n_sets; i++)
		*ret_entries += is_indexed(policy->sets[i].kind) ? policy->sets[i].n : 0;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_condition *condition = named_by(policy, &policy->rules[i]);

		if (!condition)
			++*ret_others;
		else if (condition->set != 0)
			++*ret_by_set;
		else
			*ret_entries += condition->n;
		*ret_by_number += condition && condition->kind == CONDITION_MEDIUM_NUMBER;
	}
}

static void enter_values(struct policy_index *index, const struct policy *policy,
			 enum condition_kind kind, uint32_t first, uint32_t n, uint32_t owner)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t value = policy->values[first + i];

		index->entries[index->n_entries++] = (struct index_entry){
			.key = kind == CONDITION_USB
				       ? index_key_of_usb(value)
				       : index_key_of_text(kind,
							   policy_word(policy, (policy_text)value)),
			.rule = owner,
		};
	}
}

static uint64_t name_bits(const struct policy *policy, const struct policy_condition *condition)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < condition->n; i++)
		bits |= index_name_bit(
			policy_word(policy, (policy_text)policy->values[condition->first + i]));
	return bits;
}

static uint32_t hour_bits(const struct policy *policy, const struct policy_condition *condition)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < condition->n; i++) {
		uint64_t span = policy->values[condition->first + i];

		for (uint64_t hour = (span >> 16) / 60; hour * 60 < (span & 0xffff); hour++)
			bits |= 1u << hour;
	}
	return bits;
}

static void ask(struct index_other *other, const struct policy *policy,
		const struct policy_condition *condition)
{
	uint64_t set = policy->values[condition->first];

	if (condition->kind == CONDITION_ONLY)
		other->only = (uint32_t)set;
	if (condition->kind == CONDITION_INTERFACE)
		other->interface = (uint32_t)set;
	if (condition->kind == CONDITION_BUS)
		other->buses = (uint8_t)set;
	if (condition->kind == CONDITION_ZONE)
		other->zones = (uint8_t)set;
	if (condition->kind == CONDITION_PERMIT)
		other->permits = (uint8_t)set;
	if (condition->kind == CONDITION_EXCEPTION)
		other->exceptions = INDEX_SOME;
	if (condition->kind == CONDITION_WEEKDAYS)
		other->weekdays = (uint8_t)set;
	if (condition->kind == CONDITION_HOURS)
		other->hours = hour_bits(policy, condition);
	if (condition->kind == CONDITION_USER)
		other->users = name_bits(policy, condition);
	if (condition->kind == CONDITION_GROUP)
		other->groups = name_bits(policy, condition);
}

static struct index_other other_of(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *asked = &policy->rules[rule];
	struct index_other other = { UINT64_MAX, UINT64_MAX, rule,      UINT32_MAX,
				     UINT32_MAX, UINT32_MAX, UINT8_MAX, UINT8_MAX,
				     UINT8_MAX,  UINT8_MAX,  UINT8_MAX };

	for (uint32_t i = asked->first; i < asked->first + asked->n; i++)
		ask(&other, policy, &policy->conditions[i]);
	return other;
}

static void enter(struct policy_index *index, const struct policy *policy, uint32_t rule)
{
	const struct policy_condition *condition = named_by(policy, &policy->rules[rule]);

	if (condition && condition->kind == CONDITION_MEDIUM_NUMBER && condition->set == 0)
		index->by_number[index->n_by_number++] = rule;
	if (!condition)
		index->others[index->n_others++] = other_of(policy, rule);
	else if (condition->set != 0)
		index->by_set[index->n_by_set++] =
			(struct index_set_rule){ rule, (uint16_t)(condition->set - 1) };
	else
		enter_values(index, policy, condition->kind, condition->first, condition->n, rule);
}

int index_build(struct policy *policy)
{
	struct policy_index *index = calloc(1, sizeof(*index));
	size_t n_entries;
	size_t n_others;
	size_t n_by_set;
	size_t n_by_number;

	policy->index = index;
	if (!index)
		return -ENOMEM;
	count(policy, &n_entries, &n_others, &n_by_set, &n_by_number);
	index->entries = calloc(n_entries + 1, sizeof(*index->entries));
	index->others = calloc(n_others + 1, sizeof(*index->others));
	index->by_set = calloc(n_by_set + 1, sizeof(*index->by_set));
	index->by_number = calloc(n_by_number + 1, sizeof(*index->by_number));
	if (!index->entries || !index->others || !index->by_set || !index->by_number)
		return -ENOMEM;
	for (uint32_t i = 0; i < policy->n_sets; i++) {
		const struct policy_set *set = &policy->sets[i];

		if (is_indexed(set->kind))
			enter_values(index, policy, set->kind, set->first, set->n,
				     INDEX_FIRST_SET + i);
	}
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
	free(index->by_set);
	free(index->by_number);
	free(index);
}
