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

static bool is_indexed(enum condition_kind kind)
{
	for (size_t k = 0; k < sizeof(by) / sizeof(by[0]); k++) {
		if (by[k] == kind)
			return true;
	}
	return false;
}

static void count(const struct policy *policy, size_t *ret_entries, size_t *ret_others,
		  size_t *ret_by_set)
{
	*ret_entries = *ret_others = *ret_by_set = 0;
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
	}
}

static void enter_values(struct policy_index *index, const struct policy *policy,
			 enum condition_kind kind, uint32_t first, uint32_t n, uint32_t owner)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t value = policy->values[first + i];

		index->entries[index->n_entries++] = (struct index_entry){
			.key = kind == CONDITION_USB
				       ? key_of_usb(value)
				       : key_of_text(kind, policy_word(policy, (policy_text)value)),
			.rule = owner,
		};
	}
}

#define DOES_NOT_ASK (UINT64_C(1) << 63)

static uint64_t name_bit(const char *name)
{
	return UINT64_C(1) << hash(0, name, strlen(name)) % 63;
}

static uint64_t name_bits(const struct policy *policy, const struct policy_condition *condition)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < condition->n; i++)
		bits |= name_bit(
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
	struct index_other other = { UINT64_MAX, UINT64_MAX, rule,      UINT32_MAX, UINT32_MAX,
				     UINT32_MAX, UINT8_MAX,  UINT8_MAX, UINT8_MAX };

	for (uint32_t i = asked->first; i < asked->first + asked->n; i++)
		ask(&other, policy, &policy->conditions[i]);
	return other;
}

static void enter(struct policy_index *index, const struct policy *policy, uint32_t rule)
{
	const struct policy_condition *condition = named_by(policy, &policy->rules[rule]);

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

	policy->index = index;
	if (!index)
		return -ENOMEM;
	count(policy, &n_entries, &n_others, &n_by_set);
	index->entries = calloc(n_entries + 1, sizeof(*index->entries));
	index->others = calloc(n_others + 1, sizeof(*index->others));
	index->by_set = calloc(n_by_set + 1, sizeof(*index->by_set));
	if (!index->entries || !index->others || !index->by_set)
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

/* The sets stand behind the rules of a run. */
static void take_sets(struct index_cursor *cursor, size_t i)
{
	const struct index_entry *entries = cursor->index->entries;
	size_t end = cursor->runs[i].end;

	for (; end > cursor->runs[i].next && entries[end - 1].rule >= INDEX_FIRST_SET; end--) {
		uint32_t set = entries[end - 1].rule - INDEX_FIRST_SET;

		cursor->sets[set / 64] |= UINT64_C(1) << set % 64;
		cursor->has_sets = true;
	}
	cursor->runs[i].end = end;
}

static void skip_other_sets(struct index_cursor *cursor)
{
	const struct policy_index *index = cursor->index;

	for (; cursor->next_by_set < index->n_by_set; cursor->next_by_set++) {
		uint16_t set = index->by_set[cursor->next_by_set].set;

		if (cursor->sets[set / 64] & UINT64_C(1) << set % 64)
			return;
	}
}

static bool may_match(const struct index_other *other, const struct index_other *wanted)
{
	return (wanted->only & ~other->only) == 0 && (wanted->interface & ~other->interface) == 0 &&
	       (wanted->buses & other->buses) != 0 && (wanted->zones & other->zones) != 0 &&
	       (wanted->weekdays & other->weekdays) != 0 && (wanted->hours & other->hours) != 0 &&
	       (wanted->users & other->users) != 0 && (wanted->groups & other->groups) != 0;
}

static struct index_other wanted_of(const struct policy_device *device, size_t interface,
				    const struct policy_circumstances *at)
{
	struct index_other wanted = {
		.users = at->seat_known ? DOES_NOT_ASK | name_bit(at->user) : UINT64_MAX,
		.groups = at->seat_known ? DOES_NOT_ASK : UINT64_MAX,
		.only = device->classes,
		.interface = device->interfaces[interface].classes,
		.hours = 1u << at->now % (24 * 60) / 60,
		/* Of no known bus: whoever does not ask has all bits. */
		.buses = device->bus == BUS_NONE ? UINT8_MAX : (uint8_t)device->bus,
		.zones = (uint8_t)(1u << at->zone),
		.weekdays = (uint8_t)(1u << policy_weekday(at->now)),
	};

	for (size_t i = 0; i < at->n_groups; i++)
		wanted.groups |= name_bit(at->groups[i]);
	return wanted;
}

static void skip_unfit_others(struct index_cursor *cursor)
{
	const struct policy_index *index = cursor->index;

	while (cursor->next_other < index->n_others &&
	       !may_match(&index->others[cursor->next_other], &cursor->wanted))
		cursor->next_other++;
}

void index_begin(struct index_cursor *cursor, const struct policy *policy,
		 const struct policy_device *device, size_t interface,
		 const struct policy_circumstances *at)
{
	uint64_t vendor = (uint64_t)device->vid << 16;
	const uint32_t keys[INDEX_KEYS] = {
		key_of_text(CONDITION_SERIAL, device->serial),
		key_of_text(CONDITION_SD_CID, device->sd_cid),
		key_of_text(CONDITION_THUNDERBOLT, device->thunderbolt),
		key_of_usb(vendor | device->pid),
		key_of_usb(vendor | VALUE_ANY_PRODUCT),
	};

	*cursor = (struct index_cursor){ .index = policy->index,
					 .wanted = wanted_of(device, interface, at) };
	for (size_t i = 0; i < INDEX_KEYS; i++) {
		cursor->runs[i].next = lower_bound(policy->index, keys[i]);
		cursor->runs[i].end = lower_bound(policy->index, (uint64_t)keys[i] + 1);
		take_sets(cursor, i);
	}
	if (!cursor->has_sets)
		cursor->next_by_set = policy->index->n_by_set;
	skip_other_sets(cursor);
	skip_unfit_others(cursor);
}

bool index_next(struct index_cursor *cursor, uint32_t *ret_rule)
{
	const struct policy_index *index = cursor->index;
	uint32_t least = POLICY_NO_RULE;

	if (cursor->next_other < index->n_others)
		least = index->others[cursor->next_other].rule;
	if (cursor->next_by_set < index->n_by_set &&
	    index->by_set[cursor->next_by_set].rule < least)
		least = index->by_set[cursor->next_by_set].rule;
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
	if (cursor->next_other < index->n_others &&
	    index->others[cursor->next_other].rule == least) {
		cursor->next_other++;
		skip_unfit_others(cursor);
	}
	if (cursor->next_by_set < index->n_by_set &&
	    index->by_set[cursor->next_by_set].rule == least) {
		cursor->next_by_set++;
		skip_other_sets(cursor);
	}
	*ret_rule = least;
	return true;
}
