/* SPDX-License-Identifier: Apache-2.0 */

/* Rules that never decide: nothing fits them, or an earlier rule always comes first. */

#include "policy/lint_internal.h"

/*
 * Earlier rules that one is compared with, of those without identity and of
 * those that share one of its values.  Real policies have a dozen; a thousand
 * times a hundred thousand would take minutes.
 */
#define COMPARED_MAX 256

struct earlier {
	uint32_t rules[COMPARED_MAX]; /* without identity */
	uint32_t n;
};

bool lint_nobody(const struct lint *lint, uint32_t number)
{
	const struct rule_in rule = lint_rule_at(lint, number);
	const struct policy_condition *conditions = lint->policy->conditions + rule.rule->first;

	for (uint32_t i = 1; i < rule.rule->n; i++) {
		for (uint32_t k = 0; k < i; k++) {
			const struct condition_in a = { lint->policy, &conditions[k] };
			const struct condition_in b = { lint->policy, &conditions[i] };
			struct diag_place at = lint_place(lint, number);

			if (!conditions_exclude(a, b))
				continue;
			at.line = conditions[i].line;
			at.column = conditions[i].column;
			diag_warn(lint->diags, &at,
				  "rule '%s' fits no device: '%s' and '%s' exclude each other; "
				  "remedy: delete one of the two",
				  lint_id(lint, number), condition_name(conditions[k].kind),
				  condition_name(conditions[i].kind));
			return true;
		}
	}
	return false;
}

/* The first of the earlier rules in a run that holds whenever this one does. */
static uint32_t find_in(const struct lint *lint, uint32_t number, struct value_run run,
			uint32_t best)
{
	uint32_t n = 0;

	for (const struct value_entry *e = run.first; e < run.end && n < COMPARED_MAX; e++, n++) {
		if (e->rule >= number || e->rule >= best)
			break;
		if (lint_may_compare(lint, number, e->rule) &&
		    rule_implies(lint_rule_at(lint, number), lint_rule_at(lint, e->rule)))
			return e->rule;
	}
	return best;
}

/*
 * An earlier rule that names identities has all those of this one among them,
 * so looking for the first of each kind finds it.
 */
static uint32_t find_by_identity(const struct lint *lint, uint32_t number)
{
	const struct rule_in rule = lint_rule_at(lint, number);
	uint32_t best = POLICY_NO_RULE;

	for (size_t k = 0; k < n_identity_kinds; k++) {
		const struct policy_condition *condition = rule_condition(rule, identity_kinds[k]);
		uint64_t value;

		if (!condition || condition->n == 0)
			continue;
		value = lint->policy->values[condition->first];
		best = find_in(lint, number,
			       value_list_find(&lint->by_identity, identity_kinds[k], value), best);
		if (identity_kinds[k] == CONDITION_MEDIUM_NUMBER)
			best = find_in(lint, number,
				       value_list_find(&lint->by_identity, CONDITION_MEDIUM_NUMBER,
						       VALUE_ANY_TEXT),
				       best);
		if (identity_kinds[k] == CONDITION_USB)
			best = find_in(lint, number,
				       value_list_find(&lint->by_identity, CONDITION_USB,
						       (value & UINT64_C(0xffff0000)) |
							       VALUE_ANY_PRODUCT),
				       best);
	}
	return best;
}

static uint32_t find_without_identity(const struct lint *lint, const struct earlier *earlier,
				      uint32_t number)
{
	for (uint32_t i = 0; i < earlier->n; i++) {
		if (lint_may_compare(lint, number, earlier->rules[i]) &&
		    rule_implies(lint_rule_at(lint, number), lint_rule_at(lint, earlier->rules[i])))
			return earlier->rules[i];
	}
	return POLICY_NO_RULE;
}

void lint_reach(const struct lint *lint)
{
	struct earlier earlier = { .n = 0 };

	for (uint32_t i = 0; i < lint->policy->n_rules; i++) {
		uint32_t by_identity = find_by_identity(lint, i);
		uint32_t other = find_without_identity(lint, &earlier, i);
		uint32_t first = by_identity < other ? by_identity : other;
		const struct diag_place at = lint_place(lint, i);

		if (first != POLICY_NO_RULE)
			diag_warn(lint->diags, &at,
				  "rule '%s' never decides: rule '%s' (%s:%u) holds whenever it "
				  "does; remedy: put it above that one, or delete it",
				  lint_id(lint, i), lint_id(lint, first), lint_file(lint, first),
				  lint->policy->rules[first].line);
		if (earlier.n < COMPARED_MAX &&
		    !(rule_kinds(lint_rule_at(lint, i)) & KINDS_IDENTITY))
			earlier.rules[earlier.n++] = i;
	}
}
