/* SPDX-License-Identifier: Apache-2.0 */

/* Which rules came, went and changed. */

#include "policy/compare_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A set is used by thousands of rules: what became of it is found out once. */
struct known_set {
	uint16_t with; /* 1 + index of the set of b it was compared with last, 0: none */
	bool is_same;
};

struct rules {
	const struct comparison *c;
	struct pairs pairs;
	struct known_set *sets; /* by 1 + index of a */
};

static int compare_ids(const void *a, const void *b, void *ctx)
{
	const struct policy *policy = *(const struct policy **)ctx;

	return strcmp(policy_word(policy, policy->rules[*(const uint32_t *)a].id),
		      policy_word(policy, policy->rules[*(const uint32_t *)b].id));
}

static uint32_t *sorted_by_id(const struct policy *policy)
{
	uint32_t *order = calloc(policy->n_rules + 1, sizeof(*order));

	if (!order)
		return NULL;
	for (uint32_t i = 0; i < policy->n_rules; i++)
		order[i] = i;
	qsort_r(order, policy->n_rules, sizeof(*order), compare_ids, &policy);
	return order;
}

/* Ids are unique, so two sorted lists pair them off. */
static int pair_rules(const struct comparison *c, struct pairs *pairs)
{
	cleanup_free uint32_t *by_id_a = sorted_by_id(c->a);
	cleanup_free uint32_t *by_id_b = sorted_by_id(c->b);
	size_t i = 0;
	size_t k = 0;

	pairs->to_b = calloc(c->a->n_rules + 1, sizeof(*pairs->to_b));
	pairs->to_a = calloc(c->b->n_rules + 1, sizeof(*pairs->to_a));
	if (!by_id_a || !by_id_b || !pairs->to_b || !pairs->to_a)
		return -ENOMEM;
	while (i < c->a->n_rules || k < c->b->n_rules) {
		int order = i == c->a->n_rules ? 1 : -1;

		if (i < c->a->n_rules && k < c->b->n_rules)
			order = strcmp(policy_word(c->a, c->a->rules[by_id_a[i]].id),
				       policy_word(c->b, c->b->rules[by_id_b[k]].id));
		if (order == 0) {
			pairs->to_b[by_id_a[i]] = by_id_b[k];
			pairs->to_a[by_id_b[k++]] = by_id_a[i++];
		} else if (order < 0) {
			pairs->to_b[by_id_a[i++]] = POLICY_NO_RULE;
		} else {
			pairs->to_a[by_id_b[k++]] = POLICY_NO_RULE;
		}
	}
	return 0;
}

/* Each implies the other: "08:00-12:00 12:00-17:00" is "08:00-17:00". */
static bool is_same_condition(const struct rules *r, const struct policy_condition *a,
			      const struct policy_condition *b)
{
	const struct condition_in x = { r->c->a, a };
	const struct condition_in y = { r->c->b, b };
	bool is_same;

	if (!a || !b)
		return a == b;
	if (a->set != 0 && b->set != 0 && r->sets[a->set].with == b->set)
		return r->sets[a->set].is_same;
	is_same = condition_implies(x, y) && condition_implies(y, x);
	if (a->set != 0 && b->set != 0)
		r->sets[a->set] = (struct known_set){ b->set, is_same };
	return is_same;
}

static uint32_t changed_conditions(const struct rules *r, struct rule_in a, struct rule_in b)
{
	uint32_t kinds = rule_kinds(a) | rule_kinds(b);
	uint32_t changed = 0;

	for (enum condition_kind kind = 0; kind < CONDITION_KINDS; kind++) {
		if ((kinds & 1u << kind) &&
		    !is_same_condition(r, rule_condition(a, kind), rule_condition(b, kind)))
			changed |= 1u << kind;
	}
	return changed;
}

static uint32_t changed_parts(const struct comparison *c, const struct policy_rule *a,
			      const struct policy_rule *b)
{
	uint32_t parts = 0;

	if (a->verdict != b->verdict)
		parts |= PART_VERDICT;
	if (!compare_texts(c, a->reason, b->reason))
		parts |= PART_REASON;
	if (!compare_texts(c, a->ticket, b->ticket))
		parts |= PART_TICKET;
	if (!compare_texts(c, a->clause, b->clause))
		parts |= PART_CLAUSE;
	return parts;
}

static void tell_rule(const struct comparison *c, enum policy_difference_kind kind, uint32_t a,
		      uint32_t b, uint32_t conditions, uint32_t parts)
{
	const struct policy_difference difference = {
		.kind = kind,
		.parts = parts,
		.rule_a = a,
		.rule_b = b,
		.conditions = conditions,
		.other_a = POLICY_NO_RULE,
		.other_b = POLICY_NO_RULE,
	};

	compare_tell(c, &difference);
}

static void compare_rule(const struct rules *r, uint32_t number_b)
{
	const struct comparison *c = r->c;
	uint32_t number_a = r->pairs.to_a[number_b];
	uint32_t conditions;
	uint32_t parts;

	if (number_a == POLICY_NO_RULE) {
		tell_rule(c, DIFFERENCE_RULE_ADDED, POLICY_NO_RULE, number_b, 0, 0);
		return;
	}
	conditions = changed_conditions(r, (struct rule_in){ c->a, &c->a->rules[number_a] },
					(struct rule_in){ c->b, &c->b->rules[number_b] });
	parts = changed_parts(c, &c->a->rules[number_a], &c->b->rules[number_b]);
	if (conditions != 0 || parts != 0)
		tell_rule(c, DIFFERENCE_RULE_CHANGED, number_a, number_b, conditions, parts);
}

static void rules_done(struct rules *r)
{
	free(r->pairs.to_b);
	free(r->pairs.to_a);
	free(r->sets);
}

int compare_rules(const struct comparison *c)
{
	cleanup_with(rules_done) struct rules r = { .c = c };

	r.sets = calloc(c->a->n_sets + 1, sizeof(*r.sets));
	if (!r.sets || pair_rules(c, &r.pairs) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < c->a->n_rules; i++) {
		if (r.pairs.to_b[i] == POLICY_NO_RULE)
			tell_rule(c, DIFFERENCE_RULE_REMOVED, i, POLICY_NO_RULE, 0, 0);
	}
	for (uint32_t i = 0; i < c->b->n_rules; i++)
		compare_rule(&r, i);
	return compare_order(c, &r.pairs);
}
