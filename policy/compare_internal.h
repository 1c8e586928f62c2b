/* SPDX-License-Identifier: Apache-2.0 */

/* What the parts of policy_compare() share; nobody outside policy/ includes it. */

#pragma once

#include "policy/compare.h"
#include "policy/relate.h"

struct comparison {
	const struct policy *a;
	const struct policy *b;
	void (*difference)(void *ctx, const struct policy_difference *difference);
	void *ctx;
};

/* Rule numbers of the other policy by those of one, POLICY_NO_RULE for none. */
struct pairs {
	uint32_t *to_b;
	uint32_t *to_a;
};

void compare_tell(const struct comparison *c, const struct policy_difference *difference);

bool compare_texts(const struct comparison *c, policy_text a, policy_text b);

/* Each 0 or -ENOMEM. */
int compare_rules(const struct comparison *c);
int compare_order(const struct comparison *c, const struct pairs *pairs);

void compare_zones(const struct comparison *c);
