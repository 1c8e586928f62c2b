/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What differs between two policies, by what they mean: comments, the order of
 * values, sets, includes and the order of rules that never meet are none.
 */

#pragma once

#include "policy/policy.h"

enum policy_difference_kind {
	DIFFERENCE_HEAD,
	DIFFERENCE_RULE_REMOVED,
	DIFFERENCE_RULE_ADDED,
	DIFFERENCE_RULE_CHANGED,
	DIFFERENCE_RULE_MOVED,
	DIFFERENCE_ZONE,
};

/* What it is about; a changed rule may have several of the first. */
enum policy_part {
	PART_VERDICT = 1 << 0,
	PART_REASON = 1 << 1,
	PART_TICKET = 1 << 2,
	PART_CLAUSE = 1 << 3, /* of a rule or a zone */

	PART_NAME = 1 << 4,
	PART_VERSION = 1 << 5,
	PART_EXPIRES = 1 << 6,
	PART_WHEN_EXPIRED = 1 << 7,

	PART_CODE = 1 << 8,
	PART_WINDOW = 1 << 9,
	PART_THROTTLE = 1 << 10,
	PART_EXEMPTION = 1 << 11,
	PART_OBSERVE = 1 << 12,
	PART_RECORD_FILES = 1 << 13,
	PART_SCAN_RECORD = 1 << 14,
};

/* Texts and values of *_a lie in the first policy, those of *_b in the second. */
struct policy_difference {
	enum policy_difference_kind kind;
	uint32_t parts; /* of enum policy_part; of head and zone always one */

	/* RULE_*: index into policy.rules; POLICY_NO_RULE where it does not stand. */
	uint32_t rule_a;
	uint32_t rule_b;
	uint32_t conditions; /* RULE_CHANGED: kinds that differ, 1 << enum condition_kind */

	/*
	 * RULE_MOVED: a rule that it changed places with, that decides otherwise
	 * and can fit the same device.  POLICY_NO_RULE when there were too many
	 * to look at: then it may be that none fits.
	 */
	uint32_t other_a;
	uint32_t other_b;

	/* ZONE */
	enum zone zone;
	const struct policy_code *code_a; /* PART_CODE; NULL: not there */
	const struct policy_code *code_b;
	const struct policy_exemption *exemption_a; /* PART_EXEMPTION; NULL: not there */
	const struct policy_exemption *exemption_b;
};

/**
 * policy_compare() - tell every difference from @a to @b
 * @difference:	called for the head, then for rules that are gone, then for the
 *		others in the order of @b, then for those that moved, then for zones;
 *		what it gets is gone when it returns
 *
 * A policy without a difference decides as the other does.  Moves: at most one
 * for each rule, and none for those that a longest run in unchanged order has.
 *
 * Return: 0, or -ENOMEM: then not all has been told.
 */
int policy_compare(const struct policy *a, const struct policy *b,
		   void (*difference)(void *ctx, const struct policy_difference *difference),
		   void *ctx);
