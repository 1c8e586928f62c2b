/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What two conditions or rules have to do with each other, whatever device
 * comes: "yes" is certain, "no" only says that it could not be shown.  The two
 * may stand in different policies.  Nobody outside policy/ includes it.
 *
 * Only sure facts count.  What is not known of one device yet (its medium, who
 * sits there) makes a decision stricter for a while and is left out here.
 */

#pragma once

#include "policy/condition.h"

/* A condition or rule and the policy that holds its values. */
struct condition_in {
	const struct policy *policy;
	const struct policy_condition *condition;
};

struct rule_in {
	const struct policy *policy;
	const struct policy_rule *rule;
};

/* Every device that fulfils @narrow fulfils @wide. */
bool condition_implies(struct condition_in narrow, struct condition_in wide);

/* No device fulfils both. */
bool conditions_exclude(struct condition_in a, struct condition_in b);

/* The same for all the conditions of a rule. */
bool rule_implies(struct rule_in narrow, struct rule_in wide);
bool rules_exclude(struct rule_in a, struct rule_in b);

/* The one of this kind, or NULL. */
const struct policy_condition *rule_condition(struct rule_in rule, enum condition_kind kind);

/* The kinds that a rule has, each as bit 1 << enum condition_kind. */
uint32_t rule_kinds(struct rule_in rule);

/* The buses that a device of the rule can be on; of every kind of identity too. */
uint32_t rule_buses(struct rule_in rule);

#define KIND(name) (UINT32_C(1) << CONDITION_##name)

/* Those that name one device, and with usb one model. */
#define KINDS_INDIVIDUAL                                                                           \
	(KIND(SERIAL) | KIND(SD_CID) | KIND(THUNDERBOLT) | KIND(FILESYSTEM) | KIND(MEDIUM_NUMBER))
#define KINDS_IDENTITY (KINDS_INDIVIDUAL | KIND(USB))
#define KINDS_CLASS (KIND(ONLY) | KIND(INTERFACE))
