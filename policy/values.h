/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Rules by the values they name, so that the rules of one serial number are
 * found without asking all.  Nobody outside policy/ includes it.
 */

#pragma once

#include "policy/relate.h"

/* Sixteen bytes each, of which sets that many rules use could make any number. */
#define VALUE_ENTRIES_MAX 1000000

struct value_entry {
	uint64_t value;
	uint32_t rule;
	uint8_t kind;
};

/* Sorted by kind, value and rule. */
struct value_list {
	const struct policy *policy;
	struct value_entry *entries;
	size_t n;
	bool is_complete; /* false: rules beyond VALUE_ENTRIES_MAX are missing */
};

/* Identities, the one that the fewest rules share first; KINDS_IDENTITY as a list. */
extern const enum condition_kind identity_kinds[];
extern const size_t n_identity_kinds;

/**
 * value_list_build() - enter the rules of a policy
 * @kinds:	what to look at
 * @every:	enter a rule under each of @kinds it has; else only under the first
 *
 * Return: 0 or -ENOMEM; value_list_done() it either way.
 */
int value_list_build(const struct policy *policy, const enum condition_kind *kinds, size_t n_kinds,
		     bool every, struct value_list *ret);

void value_list_done(struct value_list *list);
#define cleanup_value_list cleanup_with(value_list_done)

/* The entries of one value. */
struct value_run {
	const struct value_entry *first;
	const struct value_entry *end;
};

struct value_run value_list_find(const struct value_list *list, enum condition_kind kind,
				 uint64_t value);

/* Every usb entry that can mean a device of @value: itself, its vendor, or all of the vendor. */
#define VALUE_USB_RUNS 2
void value_list_find_usb(const struct value_list *list, uint64_t value,
			 struct value_run ret[VALUE_USB_RUNS]);

/**
 * value_list_lengths() - what comparing two rules costs beyond a look at each
 *
 * Return: how many values of long lists of @a stand against those of @b; 0 for
 * rules as people write them, and for two that use one set.
 */
size_t value_list_lengths(struct rule_in a, struct rule_in b);
