/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/relate.h"

#include <string.h>

#define ALL UINT32_MAX
#define DAY (24 * 60)
#define KINDS_COMPLETE (KIND(CONNECT) | KIND(ZONE) | KIND(WEEKDAYS)) /* one of the names holds */
#define KINDS_STORAGE                                                                              \
	(KIND(MEDIUM) | KIND(FILESYSTEM) | KIND(SD_CID) | KIND(MEDIUM_NUMBER) | KIND(PERMIT))
#define PORT_PAIRS_MAX 10000 /* beyond, two lists of ports count as not comparable */

static uint64_t value_of(struct condition_in c, uint32_t i)
{
	return c.policy->values[c.condition->first + i];
}

static const char *text_of(struct condition_in c, uint32_t i)
{
	return policy_word(c.policy, (policy_text)value_of(c, i));
}

static uint32_t mask_of(struct condition_in c)
{
	return (uint32_t)value_of(c, 0);
}

static bool is_same_list(struct condition_in a, struct condition_in b)
{
	return a.policy == b.policy && a.condition->first == b.condition->first &&
	       a.condition->n == b.condition->n;
}

/* The values are sorted; the texts of two policies are compared by what they say. */
static bool has_text(struct condition_in c, const char *text)
{
	uint32_t low = 0;
	uint32_t high = c.condition->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(text, text_of(c, middle));

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* The first value that is not smaller, or n. */
static uint32_t lower_bound(struct condition_in c, uint64_t number)
{
	uint32_t low = 0;
	uint32_t high = c.condition->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (value_of(c, middle) < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool has_between(struct condition_in c, uint64_t low, uint64_t high)
{
	uint32_t at = lower_bound(c, low);

	return at < c.condition->n && value_of(c, at) <= high;
}

static bool covers_usb(struct condition_in wide, uint64_t value)
{
	uint64_t any = (value & ~UINT64_C(0xffff)) | VALUE_ANY_PRODUCT;

	return has_between(wide, value, value) || has_between(wide, any, any);
}

static bool touches_usb(struct condition_in other, uint64_t value)
{
	uint64_t first = value & UINT64_C(0xffff0000);

	if (value & VALUE_ANY_PRODUCT)
		return has_between(other, first, first | 0xffff) ||
		       has_between(other, value, value);
	return covers_usb(other, value);
}

/* "1-4.*" covers "1-4.2" and "1-4.2.*", as condition_match() has it. */
static bool covers_port(const char *wide, const char *narrow)
{
	size_t len = strlen(wide);

	if (strcmp(wide, narrow) == 0)
		return true;
	return wide[len - 1] == '*' && strncmp(wide, narrow, len - 1) == 0 &&
	       narrow[len - 1] != '\0';
}

static bool port_in(struct condition_in wide, const char *port)
{
	for (uint32_t i = 0; i < wide.condition->n; i++) {
		if (covers_port(text_of(wide, i), port))
			return true;
	}
	return false;
}

/* It stands first among the texts. */
static bool is_any(struct condition_in c)
{
	return value_of(c, 0) == VALUE_ANY_TEXT;
}

static bool implies_texts(struct condition_in narrow, struct condition_in wide)
{
	bool are_ports = narrow.condition->kind == CONDITION_PORT;

	if (are_ports && (uint64_t)narrow.condition->n * wide.condition->n > PORT_PAIRS_MAX)
		return false;
	if (is_any(wide))
		return true;
	for (uint32_t i = 0; i < narrow.condition->n; i++) {
		const char *text = text_of(narrow, i);

		if (are_ports ? !port_in(wide, text) : !has_text(wide, text))
			return false;
	}
	return true;
}

static bool implies_usb(struct condition_in narrow, struct condition_in wide)
{
	for (uint32_t i = 0; i < narrow.condition->n; i++) {
		if (!covers_usb(wide, value_of(narrow, i)))
			return false;
	}
	return true;
}

/* Spans are sorted by their start, so one sweep finds the first minute left open. */
static bool covers_span(struct condition_in wide, uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < wide.condition->n && value_of(wide, i) >> 16 <= start; i++) {
		uint64_t ends = value_of(wide, i) & 0xffff;

		if (ends > start)
			start = ends;
		if (start >= end)
			return true;
	}
	return false;
}

static bool implies_hours(struct condition_in narrow, struct condition_in wide)
{
	for (uint32_t i = 0; i < narrow.condition->n; i++) {
		uint64_t span = value_of(narrow, i);

		if (!covers_span(wide, span >> 16, span & 0xffff))
			return false;
	}
	return true;
}

static bool implies_same_kind(struct condition_in narrow, struct condition_in wide)
{
	if (is_same_list(narrow, wide))
		return true;
	switch (condition_infos[narrow.condition->kind].shape) {
	case VALUE_NAMES:
		return (mask_of(narrow) & ~mask_of(wide)) == 0;
	case VALUE_USB:
		return implies_usb(narrow, wide);
	case VALUE_TEXT:
		return implies_texts(narrow, wide);
	case VALUE_HOURS:
		return implies_hours(narrow, wide);
	case VALUE_MINUTE:
		return value_of(narrow, 0) <= value_of(wide, 0);
	}
	return false;
}

/* Nothing follows from the other kinds. */
static uint32_t buses_of(struct condition_in c)
{
	if (c.condition->kind == CONDITION_BUS)
		return mask_of(c);
	if (c.condition->kind == CONDITION_USB)
		return BUS_USB;
	return c.condition->kind == CONDITION_SD_CID ? BUS_SD : ALL;
}

bool condition_implies(struct condition_in narrow, struct condition_in wide)
{
	uint8_t kind = narrow.condition->kind;

	if (kind == wide.condition->kind)
		return implies_same_kind(narrow, wide);
	if (wide.condition->kind == CONDITION_BUS)
		return (buses_of(narrow) & ~mask_of(wide)) == 0;
	/* Every interface has a class, and it is one of the device's. */
	if (wide.condition->kind == CONDITION_INTERFACE && kind == CONDITION_ONLY)
		return (mask_of(narrow) & ~mask_of(wide)) == 0;
	return false;
}

static bool exclude_usb(struct condition_in a, struct condition_in b)
{
	struct condition_in few = a.condition->n <= b.condition->n ? a : b;
	struct condition_in many = a.condition->n <= b.condition->n ? b : a;

	for (uint32_t i = 0; i < few.condition->n; i++) {
		if (touches_usb(many, value_of(few, i)))
			return false;
	}
	return true;
}

static bool exclude_ports(struct condition_in a, struct condition_in b)
{
	if ((uint64_t)a.condition->n * b.condition->n > PORT_PAIRS_MAX)
		return false;
	for (uint32_t i = 0; i < a.condition->n; i++) {
		for (uint32_t k = 0; k < b.condition->n; k++) {
			if (covers_port(text_of(a, i), text_of(b, k)) ||
			    covers_port(text_of(b, k), text_of(a, i)))
				return false;
		}
	}
	return true;
}

static bool exclude_texts(struct condition_in a, struct condition_in b)
{
	struct condition_in few = a.condition->n <= b.condition->n ? a : b;
	struct condition_in many = a.condition->n <= b.condition->n ? b : a;

	if (a.condition->kind == CONDITION_PORT)
		return exclude_ports(a, b);
	/* One user can be in both groups, and two exceptions be declared. */
	if (a.condition->kind == CONDITION_GROUP || a.condition->kind == CONDITION_EXCEPTION)
		return false;
	if (is_any(a) || is_any(b))
		return false;
	for (uint32_t i = 0; i < few.condition->n; i++) {
		if (has_text(many, text_of(few, i)))
			return false;
	}
	return true;
}

static bool exclude_hours(struct condition_in a, struct condition_in b)
{
	uint32_t i = 0;
	uint32_t k = 0;

	while (i < a.condition->n && k < b.condition->n) {
		uint64_t x = value_of(a, i);
		uint64_t y = value_of(b, k);

		if ((x & 0xffff) <= y >> 16)
			i++;
		else if ((y & 0xffff) <= x >> 16)
			k++;
		else
			return false;
	}
	return true;
}

static bool exclude_same_kind(struct condition_in a, struct condition_in b)
{
	if (is_same_list(a, b))
		return false;
	switch (condition_infos[a.condition->kind].shape) {
	case VALUE_NAMES:
		return (mask_of(a) & mask_of(b)) == 0;
	case VALUE_USB:
		return exclude_usb(a, b);
	case VALUE_TEXT:
		return exclude_texts(a, b);
	case VALUE_HOURS:
		return exclude_hours(a, b);
	case VALUE_MINUTE:
		return false;
	}
	return false;
}

/* What has a medium, a number or a permit has storage. */
static bool excludes_storage(struct condition_in only, struct condition_in other)
{
	bool needs_storage = (KINDS_STORAGE & 1u << other.condition->kind) != 0;

	return only.condition->kind == CONDITION_ONLY && needs_storage &&
	       (mask_of(only) & CLASS_STORAGE) == 0;
}

static bool exclude_classes(struct condition_in a, struct condition_in b)
{
	uint32_t kinds = 1u << a.condition->kind | 1u << b.condition->kind;

	return kinds == KINDS_CLASS && (mask_of(a) & mask_of(b)) == 0;
}

bool conditions_exclude(struct condition_in a, struct condition_in b)
{
	if (a.condition->kind == b.condition->kind)
		return exclude_same_kind(a, b);
	return (buses_of(a) & buses_of(b)) == 0 || exclude_classes(a, b) ||
	       excludes_storage(a, b) || excludes_storage(b, a);
}

static struct condition_in nth(struct rule_in rule, uint32_t i)
{
	return (struct condition_in){ rule.policy, &rule.policy->conditions[rule.rule->first + i] };
}

/* Holds whatever comes; of the other kinds there is always something left out. */
static bool is_always(struct condition_in c)
{
	const struct name_table *names = condition_infos[c.condition->kind].names;
	uint32_t all = 0;

	if (c.condition->kind == CONDITION_HOURS)
		return covers_span(c, 0, DAY);
	if (!(KINDS_COMPLETE & 1u << c.condition->kind))
		return false;
	for (size_t i = 0; i < names->n; i++)
		all |= names->names[i].bit;
	return mask_of(c) == all;
}

static bool is_implied(struct rule_in narrow, struct condition_in wide)
{
	for (uint32_t i = 0; i < narrow.rule->n; i++) {
		if (condition_implies(nth(narrow, i), wide))
			return true;
	}
	return false;
}

bool rule_implies(struct rule_in narrow, struct rule_in wide)
{
	for (uint32_t i = 0; i < wide.rule->n; i++) {
		struct condition_in c = nth(wide, i);

		if (!is_always(c) && !is_implied(narrow, c))
			return false;
	}
	return true;
}

bool rules_exclude(struct rule_in a, struct rule_in b)
{
	for (uint32_t i = 0; i < a.rule->n; i++) {
		for (uint32_t k = 0; k < b.rule->n; k++) {
			if (conditions_exclude(nth(a, i), nth(b, k)))
				return true;
		}
	}
	return false;
}

const struct policy_condition *rule_condition(struct rule_in rule, enum condition_kind kind)
{
	for (uint32_t i = 0; i < rule.rule->n; i++) {
		if (nth(rule, i).condition->kind == kind)
			return nth(rule, i).condition;
	}
	return NULL;
}

uint32_t rule_kinds(struct rule_in rule)
{
	uint32_t kinds = 0;

	for (uint32_t i = 0; i < rule.rule->n; i++)
		kinds |= 1u << nth(rule, i).condition->kind;
	return kinds;
}

uint32_t rule_buses(struct rule_in rule)
{
	uint32_t buses = ALL;

	for (uint32_t i = 0; i < rule.rule->n; i++)
		buses &= buses_of(nth(rule, i));
	return buses;
}
