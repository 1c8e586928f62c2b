/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/judgement.h"

#include <stdio.h>
#include <string.h>

const char *judgement_name(const struct judgement *judgement)
{
	if (judgement->is_static && !judgement->is_named)
		return "static";
	if (judgement->is_observed)
		return "observed";
	return judgement->is_probe ? "probe" : verdict_name(judgement->verdict);
}

bool judgement_equals(const struct judgement *a, const struct judgement *b)
{
	return a->is_static == b->is_static && a->is_named == b->is_named &&
	       a->is_probe == b->is_probe && a->is_observed == b->is_observed &&
	       a->verdict == b->verdict && a->would_be == b->would_be &&
	       strcmp(a->permit, b->permit) == 0 && strcmp(a->rule, b->rule) == 0;
}

bool judgement_is_static_kind(const struct attached_device *device,
			      const struct attached_interface *interface, uint32_t classes)
{
	if (classes == CLASS_HUB)
		return true;
	if (classes == 0 || (classes & ~CLASSES_HID) != 0)
		return false;
	return interface->is_input || (device->facts.policy.classes & ~CLASSES_HID) == 0;
}

static const char *reason_of(const struct policy *policy, const struct policy_decision *decision)
{
	if (decision->verdict != VERDICT_BLOCK)
		return NULL;
	if (!policy)
		return "policy_invalid";
	if (decision->is_expired)
		return "policy_expired";
	return decision->rule == POLICY_NO_RULE ? "not_registered" : "kind_denied";
}

bool judgement_takes_away(const struct policy_decision *decision)
{
	return decision->verdict == VERDICT_BLOCK && decision->rule != POLICY_NO_RULE &&
	       !decision->is_expired && !decision->is_uncertain;
}

/* It may be a medium that is lost: nothing opens for more than a look before that is known. */
static void look_first(struct judgement *judged)
{
	if (judged->verdict == VERDICT_BLOCK)
		return;
	judged->verdict = judged->would_be = VERDICT_BLOCK;
	judged->is_probe = true;
	judged->is_named = judged->is_observed = false;
}

struct judgement judgement_of_interface(const struct policy *policy,
					const struct policy_circumstances *at,
					const struct attached_device *device,
					const struct attached_interface *interface,
					const struct policy_device *facts, const char *barred,
					uint32_t *ret_rule)
{
	size_t index = device_interface_index(device, interface);
	uint32_t classes = index < facts->n_interfaces ? facts->interfaces[index].classes : 0;
	struct policy_decision decision;
	struct judgement judged;

	if (device->revoked || barred) {
		*ret_rule = POLICY_NO_RULE;
		return (struct judgement){ .rule = POLICY_DEFAULT_RULE,
					   .reason = device->revoked ? "revoked" : barred };
	}
	policy_decide(policy, facts, index, at, &decision);
	judged = (struct judgement){ .verdict = decision.verdict,
				     .would_be = decision.verdict,
				     .reason = reason_of(policy, &decision) };
	if (policy && policy_observes(policy, at) && judged.verdict != VERDICT_ALLOW) {
		judged.is_observed = true;
		judged.verdict = VERDICT_ALLOW;
	}
	judged.is_probe = judged.verdict < decision.at_best;
	judged.is_named = judged.verdict == VERDICT_ALLOW && decision.rule != POLICY_NO_RULE &&
			  !judged.is_observed;
	if (judgement_is_static_kind(device, interface, classes) &&
	    (judged.is_observed || !judgement_takes_away(&decision))) {
		judged.is_static = true;
		judged.is_observed = false;
		judged.reason = NULL;
		if (!judged.is_named) {
			judged.verdict = judged.would_be = VERDICT_BLOCK;
			decision.rule = POLICY_NO_RULE;
		}
	}
	if (facts->is_unidentified && classes & CLASS_STORAGE)
		look_first(&judged);
	*ret_rule = decision.rule;
	(void)snprintf(judged.rule, sizeof(judged.rule), "%s",
		       decision.rule == POLICY_NO_RULE
			       ? POLICY_DEFAULT_RULE
			       : policy_word(policy, policy->rules[decision.rule].id));
	if (decision.verdict != VERDICT_BLOCK && policy_rule_asks_permit(policy, decision.rule))
		(void)snprintf(judged.permit, sizeof(judged.permit), "%s", facts->permit);
	return judged;
}
