/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/policy.h"

#include "policy/condition.h"
#include "policy/index.h"

#include <stdlib.h>

/* The walk over the rules, in their order, until one is sure to match. */
struct walk {
	const struct policy *policy;
	const struct policy_device *device;
	size_t index;
	const struct policy_circumstances *at;
	struct policy_decision *decision;
	bool has_ceiling;          /* rules that may match allow no more than decision->verdict */
	enum verdict seat_ceiling; /* nor those that hang on who sits there, whatever the medium */
};

static enum verdict enforceable(const struct walk *walk, enum verdict verdict)
{
	if (verdict == VERDICT_READ_ONLY &&
	    walk->device->interfaces[walk->index].classes != CLASS_STORAGE)
		return VERDICT_BLOCK;
	return verdict;
}

/* Of all that could come out, the strictest counts, and the rule that brings it is named. */
static void take(struct walk *walk, enum verdict verdict, uint32_t rule)
{
	if (!walk->has_ceiling || verdict < walk->decision->verdict) {
		walk->decision->verdict = verdict;
		walk->decision->rule = rule;
	}
}

/* What the rule would bring if the medium were the best that it can be. */
static void hope(struct walk *walk, const struct policy_step *step, enum verdict verdict)
{
	enum verdict most = verdict < walk->seat_ceiling ? verdict : walk->seat_ceiling;

	if (step->match == MATCH_UNKNOWN && !condition_asks_medium(step->condition, walk->at))
		walk->seat_ceiling = most;
	else if (most > walk->decision->at_best)
		walk->decision->at_best = most;
}

/* Return: true when the walk is over. */
static bool visit(struct walk *walk, uint32_t number,
		  void (*step)(void *ctx, const struct policy_step *step), void *ctx)
{
	const struct policy_rule *rule = &walk->policy->rules[number];
	struct policy_step told = { .rule = number };

	told.match = rule_match(walk->policy, rule, walk->device, walk->index, walk->at,
				&told.condition);
	if (step)
		step(ctx, &told);
	if (told.match == MATCH_NO)
		return false;
	take(walk, enforceable(walk, rule->verdict), number);
	hope(walk, &told, enforceable(walk, rule->verdict));
	walk->has_ceiling = true;
	if (told.match == MATCH_UNKNOWN)
		walk->decision->is_uncertain = true;
	return told.match == MATCH_YES;
}

/* A policy whose end has passed opens nothing that it would not have opened before. */
static void apply_expiry(struct walk *walk)
{
	const struct policy *policy = walk->policy;
	struct policy_decision *decision = walk->decision;
	enum verdict most = VERDICT_ALLOW;

	if (!policy_is_expired(policy, policy_latest(walk->at)))
		return;
	if (policy->when_expired == EXPIRED_BLOCK)
		most = VERDICT_BLOCK;
	if (policy->when_expired == EXPIRED_READ_ONLY)
		most = enforceable(walk, VERDICT_READ_ONLY);
	if (decision->at_best > most)
		decision->at_best = most;
	if (decision->verdict > most) {
		decision->verdict = most;
		decision->is_expired = true;
	}
}

static bool begin(struct walk *walk)
{
	*walk->decision =
		(struct policy_decision){ .verdict = VERDICT_BLOCK, .rule = POLICY_NO_RULE };
	walk->seat_ceiling = VERDICT_ALLOW;
	return walk->policy && walk->index < walk->device->n_interfaces;
}

static void end(struct walk *walk, bool decided)
{
	if (!decided)
		take(walk, VERDICT_BLOCK, POLICY_NO_RULE);
	apply_expiry(walk);
}

void policy_decide(const struct policy *policy, const struct policy_device *device, size_t index,
		   const struct policy_circumstances *at, struct policy_decision *ret)
{
	struct walk walk = { policy, device, index, at, ret, false, VERDICT_BLOCK };
	struct index_cursor cursor;
	uint32_t number;
	bool decided = false;

	if (!begin(&walk))
		return;
	index_begin(&cursor, policy, device, index, at);
	while (!decided && index_next(&cursor, &number))
		decided = visit(&walk, number, NULL, NULL);
	end(&walk, decided);
}

void policy_explain(const struct policy *policy, const struct policy_device *device, size_t index,
		    const struct policy_circumstances *at,
		    void (*step)(void *ctx, const struct policy_step *step), void *ctx,
		    struct policy_decision *ret)
{
	struct walk walk = { policy, device, index, at, ret, false, VERDICT_BLOCK };
	bool decided = false;

	if (!begin(&walk))
		return;
	for (uint32_t i = 0; !decided && i < policy->n_rules; i++)
		decided = visit(&walk, i, step, ctx);
	end(&walk, decided);
}

bool policy_is_expired(const struct policy *policy, policy_minute now)
{
	return policy->expires != 0 && now > policy->expires;
}

bool policy_observes(const struct policy *policy, const struct policy_circumstances *at)
{
	policy_minute until = policy->zones[at->zone].observe_until;

	if (policy->when_expired != EXPIRED_KEEP && policy_is_expired(policy, policy_latest(at)))
		return false; /* it would open what the end has closed */
	return until != 0 && policy_latest(at) <= until;
}

static bool asks(const struct policy *policy, uint32_t kinds)
{
	for (size_t i = 0; i < policy->n_conditions; i++) {
		if (kinds & 1u << policy->conditions[i].kind)
			return true;
	}
	return false;
}

bool policy_rule_asks_permit(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *asked = rule < policy->n_rules ? &policy->rules[rule] : NULL;

	for (uint32_t i = 0; asked && i < asked->n; i++) {
		if (policy->conditions[asked->first + i].kind == CONDITION_PERMIT)
			return true;
	}
	return false;
}

bool policy_opens_for(const struct policy *policy, enum permitted permit)
{
	for (size_t r = 0; r < policy->n_rules; r++) {
		const struct policy_rule *rule = &policy->rules[r];

		for (uint32_t i = rule->first; i < rule->first + rule->n; i++) {
			const struct policy_condition *condition = &policy->conditions[i];

			if (rule->verdict != VERDICT_BLOCK && condition->kind == CONDITION_PERMIT &&
			    policy->values[condition->first] & permit)
				return true;
		}
	}
	return false;
}

bool policy_asks_time(const struct policy *policy)
{
	bool observes = false;

	for (size_t zone = 0; zone < ZONES; zone++)
		observes |= policy->zones[zone].observe_until != 0;
	return policy->expires != 0 || observes ||
	       asks(policy, 1u << CONDITION_HOURS | 1u << CONDITION_WEEKDAYS |
				    1u << CONDITION_UNTIL | 1u << CONDITION_PERMIT |
				    1u << CONDITION_EXCEPTION);
}

bool policy_asks_seat(const struct policy *policy)
{
	return asks(policy, 1u << CONDITION_USER | 1u << CONDITION_GROUP | 1u << CONDITION_PERMIT);
}

static bool names_input(const struct policy *policy, const struct policy_rule *rule)
{
	for (uint32_t i = rule->first; i < rule->first + rule->n; i++) {
		const struct policy_condition *condition = &policy->conditions[i];

		if ((condition->kind == CONDITION_ONLY || condition->kind == CONDITION_INTERFACE) &&
		    (policy->values[condition->first] & CLASSES_HID) != 0)
			return true;
	}
	return false;
}

bool policy_asks_input(const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		if (policy->rules[i].verdict == VERDICT_BLOCK &&
		    names_input(policy, &policy->rules[i]))
			return true;
	}
	return false;
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_BLOCK:
		return "block";
	case VERDICT_READ_ONLY:
		return "read-only";
	case VERDICT_ALLOW:
		return "allow";
	}
	abort(); /* no default above: the compiler names a missing case */
}

const char *expired_name(enum expired expired)
{
	switch (expired) {
	case EXPIRED_BLOCK:
		return "block";
	case EXPIRED_READ_ONLY:
		return "read-only";
	case EXPIRED_KEEP:
		return "keep";
	}
	abort();
}
