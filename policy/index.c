/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/index_internal.h"

#include "policy/condition.h"

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
	       (wanted->users & other->users) != 0 && (wanted->groups & other->groups) != 0 &&
	       (wanted->permits & other->permits) != 0 &&
	       (wanted->exceptions & other->exceptions) != 0;
}

/* Which of its permits could be is not known: whoever asks for one may be right. */
static uint8_t permits_of(const struct policy_device *device, const struct policy_circumstances *at)
{
	if (device->is_unidentified || (!*device->permit && !at->seat_known))
		return UINT8_MAX;
	if (!*device->permit)
		return INDEX_NONE;
	return (uint8_t)device->permit_for;
}

static struct index_other wanted_of(const struct policy_device *device, size_t interface,
				    const struct policy_circumstances *at)
{
	struct index_other wanted = {
		.users =
			at->seat_known ? INDEX_DOES_NOT_ASK | index_name_bit(at->user) : UINT64_MAX,
		.groups = at->seat_known ? INDEX_DOES_NOT_ASK : UINT64_MAX,
		.only = device->classes,
		.interface = device->interfaces[interface].classes,
		.hours = 1u << at->now % (24 * 60) / 60,
		/* Of no known bus: whoever does not ask has all bits. */
		.buses = device->bus == BUS_NONE ? UINT8_MAX : (uint8_t)device->bus,
		.zones = (uint8_t)(1u << at->zone),
		.weekdays = (uint8_t)(1u << policy_weekday(at->now)),
		.permits = permits_of(device, at),
		.exceptions = at->n_exceptions > 0 ? INDEX_SOME : INDEX_NONE,
	};

	for (size_t i = 0; i < at->n_groups; i++)
		wanted.groups |= index_name_bit(at->groups[i]);
	return wanted;
}

static void skip_unfit_others(struct index_cursor *cursor)
{
	const struct policy_index *index = cursor->index;

	while (cursor->next_other < index->n_others &&
	       !may_match(&index->others[cursor->next_other], &cursor->wanted))
		cursor->next_other++;
}

/* Whatever names a number may mean a medium that has yet to be looked at. */
static void begin_numbers(struct index_cursor *cursor, const struct policy *policy,
			  const struct policy_device *device)
{
	if (!device->is_unidentified) {
		cursor->next_by_number = policy->index->n_by_number;
		return;
	}
	for (size_t i = 0; i < policy->n_sets; i++) {
		if (policy->sets[i].kind != CONDITION_MEDIUM_NUMBER)
			continue;
		cursor->sets[i / 64] |= UINT64_C(1) << i % 64;
		cursor->has_sets = true;
	}
}

void index_begin(struct index_cursor *cursor, const struct policy *policy,
		 const struct policy_device *device, size_t interface,
		 const struct policy_circumstances *at)
{
	uint64_t vendor = (uint64_t)device->vid << 16;
	/* The last two serve those that have a number. */
	const uint32_t keys[INDEX_KEYS] = {
		index_key_of_text(CONDITION_SERIAL, device->serial),
		index_key_of_text(CONDITION_SD_CID, device->sd_cid),
		index_key_of_text(CONDITION_THUNDERBOLT, device->thunderbolt),
		index_key_of_usb(vendor | device->pid),
		index_key_of_usb(vendor | VALUE_ANY_PRODUCT),
		index_key_of_text(CONDITION_MEDIUM_NUMBER, device->medium_number),
		index_key_of_text(CONDITION_MEDIUM_NUMBER, ""), /* VALUE_ANY_TEXT */
	};
	bool has_number = *device->medium_number && !device->is_unidentified;

	*cursor = (struct index_cursor){ .index = policy->index,
					 .wanted = wanted_of(device, interface, at) };
	for (size_t i = 0; i < (has_number ? INDEX_KEYS : INDEX_KEYS - 2); i++) {
		cursor->runs[i].next = lower_bound(policy->index, keys[i]);
		cursor->runs[i].end = lower_bound(policy->index, (uint64_t)keys[i] + 1);
		take_sets(cursor, i);
	}
	begin_numbers(cursor, policy, device);
	if (!cursor->has_sets)
		cursor->next_by_set = policy->index->n_by_set;
	skip_other_sets(cursor);
	skip_unfit_others(cursor);
}

static uint32_t least_rule(const struct index_cursor *cursor)
{
	const struct policy_index *index = cursor->index;
	uint32_t least = POLICY_NO_RULE;

	if (cursor->next_other < index->n_others)
		least = index->others[cursor->next_other].rule;
	if (cursor->next_by_set < index->n_by_set &&
	    index->by_set[cursor->next_by_set].rule < least)
		least = index->by_set[cursor->next_by_set].rule;
	if (cursor->next_by_number < index->n_by_number &&
	    index->by_number[cursor->next_by_number] < least)
		least = index->by_number[cursor->next_by_number];
	for (size_t i = 0; i < INDEX_KEYS; i++) {
		if (cursor->runs[i].next < cursor->runs[i].end &&
		    index->entries[cursor->runs[i].next].rule < least)
			least = index->entries[cursor->runs[i].next].rule;
	}
	return least;
}

bool index_next(struct index_cursor *cursor, uint32_t *ret_rule)
{
	const struct policy_index *index = cursor->index;
	uint32_t least = least_rule(cursor);

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
	if (cursor->next_by_number < index->n_by_number &&
	    index->by_number[cursor->next_by_number] == least)
		cursor->next_by_number++;
	*ret_rule = least;
	return true;
}
