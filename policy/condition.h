/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The kinds of conditions: one table tells reading, deciding, printing and
 * comparing what the values of each look like.  Nobody outside policy/
 * includes it.
 */

#pragma once

#include "policy/names.h"
#include "policy/policy.h"

enum value_shape {
	VALUE_NAMES,  /* one value, a set of bits */
	VALUE_USB,    /* vid << 16 | pid, or VALUE_ANY_PRODUCT | vid << 16 */
	VALUE_TEXT,   /* policy_text */
	VALUE_HOURS,  /* first minute of the day << 16 | the one behind the last */
	VALUE_MINUTE, /* policy_minute, the last it holds */
};

#define VALUE_ANY_PRODUCT (UINT64_C(1) << 32)
#define VALUE_ANY_TEXT 0 /* whatever the device has; "" as a text, and so the first of a list */

struct condition_info {
	const char *name;
	enum value_shape shape;
	const struct name_table *names; /* VALUE_NAMES */
	bool is_single;                 /* takes one value */
	bool is_identity;               /* names one device or model */
	bool is_exact_set;              /* all that the device has must be in the set */
	/* VALUE_TEXT: characters, and how long at least and at most; lower case is one of them */
	const char *allowed;
	size_t min_len;
	size_t max_len;
	bool ignore_case;
	bool (*has_shape)(const char *text); /* what the characters cannot say; NULL: nothing */
	const char *any;                     /* the word for VALUE_ANY_TEXT; NULL: there is none */
	const char *remedy;
};

extern const struct condition_info condition_infos[CONDITION_KINDS];

/* CONDITION_KINDS for a name that is none. */
enum condition_kind condition_from_name(const char *name);

/* Order and equality of two values of one kind, texts by what they say. */
int condition_compare_values(const struct policy *policy, enum condition_kind kind, uint64_t a,
			     uint64_t b);

/* Whether a condition holds; the names and times of one device are asked again and again. */
enum match condition_match(const struct policy *policy, const struct policy_condition *condition,
			   const struct policy_device *device, size_t index,
			   const struct policy_circumstances *at);

/* Whether a condition that is not known may be so once the medium was looked at. */
bool condition_asks_medium(const struct policy_condition *condition,
			   const struct policy_circumstances *at);

/*
 * The first condition that fails, or else the first that is not known, what the medium tells
 * before the rest; NULL: all hold.
 */
enum match rule_match(const struct policy *policy, const struct policy_rule *rule,
		      const struct policy_device *device, size_t index,
		      const struct policy_circumstances *at,
		      const struct policy_condition **ret_condition);
