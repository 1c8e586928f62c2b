/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/values.h"

#include <errno.h>
#include <stdlib.h>

#define LONG_LIST 64

const enum condition_kind identity_kinds[] = { CONDITION_SERIAL,        CONDITION_SD_CID,
					       CONDITION_THUNDERBOLT,   CONDITION_FILESYSTEM,
					       CONDITION_MEDIUM_NUMBER, CONDITION_USB };
const size_t n_identity_kinds = sizeof(identity_kinds) / sizeof(identity_kinds[0]);

/* Without the rule: what one run has in common. */
static int compare_values(const struct policy *policy, const struct value_entry *a,
			  const struct value_entry *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return condition_compare_values(policy, a->kind, a->value, b->value);
}

static int compare_entries(const void *a, const void *b, void *ctx)
{
	const struct value_entry *x = a;
	const struct value_entry *y = b;
	const struct value_list *list = ctx;
	int order = compare_values(list->policy, x, y);

	return order != 0 ? order : (x->rule > y->rule) - (x->rule < y->rule);
}

static size_t count_rule(struct rule_in rule, const enum condition_kind *kinds, size_t n_kinds,
			 bool every)
{
	size_t n = 0;

	for (size_t k = 0; k < n_kinds; k++) {
		const struct policy_condition *condition = rule_condition(rule, kinds[k]);

		if (condition && (every || n == 0))
			n += condition->n;
	}
	return n;
}

static void enter(struct value_list *list, uint32_t number, const enum condition_kind *kinds,
		  size_t n_kinds, bool every)
{
	const struct policy *policy = list->policy;
	const struct rule_in rule = { policy, &policy->rules[number] };
	size_t n_before = list->n;

	for (size_t k = 0; k < n_kinds && (every || list->n == n_before); k++) {
		const struct policy_condition *condition = rule_condition(rule, kinds[k]);

		for (uint32_t i = 0; condition && i < condition->n; i++)
			list->entries[list->n++] = (struct value_entry){
				.value = policy->values[condition->first + i],
				.rule = number,
				.kind = condition->kind,
			};
	}
}

int value_list_build(const struct policy *policy, const enum condition_kind *kinds, size_t n_kinds,
		     bool every, struct value_list *ret)
{
	size_t n = 0;
	uint32_t n_rules = 0;

	*ret = (struct value_list){ .policy = policy };
	for (; n_rules < policy->n_rules; n_rules++) {
		const struct rule_in rule = { policy, &policy->rules[n_rules] };
		size_t more = count_rule(rule, kinds, n_kinds, every);

		if (n + more > VALUE_ENTRIES_MAX)
			break;
		n += more;
	}
	ret->entries = calloc(n + 1, sizeof(*ret->entries));
	if (!ret->entries)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_rules; i++)
		enter(ret, i, kinds, n_kinds, every);
	ret->is_complete = n_rules == policy->n_rules;
	qsort_r(ret->entries, ret->n, sizeof(*ret->entries), compare_entries, ret);
	return 0;
}

void value_list_done(struct value_list *list)
{
	free(list->entries);
	*list = (struct value_list){ 0 };
}

/* The first entry at or behind a value, or behind all of it. */
static size_t bound(const struct value_list *list, enum condition_kind kind, uint64_t value,
		    bool behind)
{
	const struct value_entry wanted = { .value = value, .kind = (uint8_t)kind };
	size_t low = 0;
	size_t high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_values(list->policy, &list->entries[middle], &wanted);

		if (order < 0 || (behind && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct value_run between(const struct value_list *list, enum condition_kind kind,
				uint64_t low, uint64_t high)
{
	return (struct value_run){ list->entries + bound(list, kind, low, false),
				   list->entries + bound(list, kind, high, true) };
}

struct value_run value_list_find(const struct value_list *list, enum condition_kind kind,
				 uint64_t value)
{
	return between(list, kind, value, value);
}

void value_list_find_usb(const struct value_list *list, uint64_t value,
			 struct value_run ret[VALUE_USB_RUNS])
{
	uint64_t vendor = value & UINT64_C(0xffff0000);
	uint64_t last = value & VALUE_ANY_PRODUCT ? vendor | 0xffff : value;

	ret[0] = between(list, CONDITION_USB, value & VALUE_ANY_PRODUCT ? vendor : value, last);
	ret[1] = value_list_find(list, CONDITION_USB, vendor | VALUE_ANY_PRODUCT);
}

size_t value_list_lengths(struct rule_in a, struct rule_in b)
{
	size_t n = 0;

	for (uint32_t i = 0; i < a.rule->n; i++) {
		const struct policy_condition *x = &a.policy->conditions[a.rule->first + i];
		const struct policy_condition *y =
			x->n > LONG_LIST ? rule_condition(b, x->kind) : NULL;

		if (y && x->first != y->first)
			n += x->n;
	}
	return n;
}
