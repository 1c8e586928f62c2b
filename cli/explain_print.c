/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/explain_print.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>

/* Hubs, keyboards and mice work unless a rule is sure to mean them; as the agent sees it. */
static bool is_static(const struct policy_device *device, size_t index,
		      const struct policy_decision *decision)
{
	uint32_t classes = device->interfaces[index].classes;
	bool is_kind =
		classes == CLASS_HUB || (classes != 0 && (device->classes & ~CLASSES_HID) == 0);
	bool takes_away = decision->verdict == VERDICT_BLOCK && decision->rule != POLICY_NO_RULE &&
			  !decision->is_expired && !decision->is_uncertain;

	return is_kind && !takes_away;
}

static void print_fact(void *ctx, const char *key, const char *value)
{
	(void)ctx;
	printf("    %-16s %s\n", key, value);
}

static void print_step(void *ctx, const struct policy_step *step)
{
	const struct policy *policy = ctx;
	const struct policy_rule *rule = &policy->rules[step->rule];

	if (step->match == MATCH_YES)
		return;
	printf("      %-24s %s:%u  %s ", policy_word(policy, rule->id),
	       policy_word(policy, policy->files[rule->file]), step->condition->line,
	       step->match == MATCH_NO ? tr("does not fit:") : tr("NOT KNOWN, may fit:"));
	policy_print_condition(policy, step->condition, stdout);
	putchar('\n');
}

static const struct policy_rule *rule_of(const struct policy *policy,
					 const struct policy_decision *decision)
{
	return decision->rule == POLICY_NO_RULE ? NULL : &policy->rules[decision->rule];
}

static bool is_observed(const struct policy *policy, const struct device_record *record,
			const struct policy_decision *decision)
{
	return decision->verdict != VERDICT_ALLOW && policy_observes(policy, &record->at);
}

static void print_decision(const struct policy *policy, const struct policy_decision *decision)
{
	const struct policy_rule *rule = rule_of(policy, decision);

	if (!rule) {
		printf(tr("   => %s: no rule fits\n"), verdict_name(decision->verdict));
		return;
	}
	printf(tr("   => %s, by rule %s (%s:%u)\n"), verdict_name(decision->verdict),
	       policy_word(policy, rule->id), policy_word(policy, policy->files[rule->file]),
	       rule->line);
	if (rule->reason)
		printf("      %s\n", policy_word(policy, rule->reason));
	if (rule->clause)
		printf("      %s\n", policy_word(policy, rule->clause));
	if (decision->verdict == VERDICT_BLOCK && rule->verdict == VERDICT_READ_ONLY &&
	    !decision->is_expired)
		printf("      %s\n", tr("(read-only means something for storage alone)"));
	if (decision->is_expired)
		printf("      %s\n", tr("(the policy has expired)"));
	if (decision->is_uncertain)
		printf("      %s\n", tr("(a fact is not known: the strictest outcome counts)"));
}

static void print_interface(const struct policy *policy, const struct device_record *record,
			    size_t index)
{
	const struct policy_interface *interface = &record->device.interfaces[index];
	struct policy_decision decision;
	char classes[256];

	printf(tr("  interface %u: %s\n"), interface->number,
	       class_names(interface->classes, classes, sizeof(classes)));
	policy_explain(policy, &record->device, index, &record->at, print_step,
		       (void *)(uintptr_t)policy, &decision);
	if (is_static(&record->device, index, &decision)) {
		puts(tr("   => works without a rule, as hubs, keyboards and mice do"));
		return;
	}
	print_decision(policy, &decision);
	if (is_observed(policy, record, &decision))
		printf("      %s\n", tr("(OBSERVING ONLY: it is opened all the same, the log says "
					"what would have been)"));
}

void explain_print(const struct policy *policy, const struct device_record *record)
{
	printf("%s\n", record->name);
	policy_record_each(&record->device, &record->at, print_fact, NULL);
	for (size_t i = 0; i < record->device.n_interfaces; i++)
		print_interface(policy, record, i);
}

struct steps {
	const struct policy *policy;
	json_t *list;
};

static json_t *condition_as_json(const struct policy *policy,
				 const struct policy_condition *condition)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	policy_print_condition(policy, condition, out);
	return fclose(out) == 0 ? json_stringn(text, len) : NULL;
}

static json_t *rule_as_json(const struct policy *policy, const struct policy_rule *rule,
			    unsigned int line)
{
	return json_pack("{s:s, s:s, s:i}", "rule", policy_word(policy, rule->id), "file",
			 policy_word(policy, policy->files[rule->file]), "line", (int)line);
}

static void take_step(void *ctx, const struct policy_step *step)
{
	const struct steps *steps = ctx;
	json_t *object;

	if (step->match == MATCH_YES)
		return;
	object = rule_as_json(steps->policy, &steps->policy->rules[step->rule],
			      step->condition->line);
	(void)json_object_set_new(object, "fits",
				  step->match == MATCH_NO ? json_false() : json_null());
	(void)json_object_set_new(object, "condition",
				  condition_as_json(steps->policy, step->condition));
	(void)json_array_append_new(steps->list, object);
}

static json_t *interface_as_json(const struct policy *policy, const struct device_record *record,
				 size_t index)
{
	const struct policy_interface *interface = &record->device.interfaces[index];
	const struct steps steps = { policy, json_array() };
	const struct policy_rule *rule;
	struct policy_decision decision;
	char classes[256];

	policy_explain(policy, &record->device, index, &record->at, take_step,
		       (void *)(uintptr_t)&steps, &decision);
	rule = rule_of(policy, &decision);
	return json_pack("{s:i, s:s, s:s, s:b, s:b, s:b, s:b, s:o, s:o}", "interface",
			 interface->number, "classes",
			 class_names(interface->classes, classes, sizeof(classes)), "verdict",
			 verdict_name(decision.verdict), "static",
			 is_static(&record->device, index, &decision), "observed",
			 is_observed(policy, record, &decision), "expired", decision.is_expired,
			 "uncertain", decision.is_uncertain, "by",
			 rule ? rule_as_json(policy, rule, rule->line) : json_null(), "before",
			 steps.list);
}

static void take_fact(void *ctx, const char *key, const char *value)
{
	(void)json_object_set_new(ctx, key, json_string(value));
}

int explain_print_json(const struct policy *policy, const struct device_record *record,
		       struct err *err)
{
	json_t *facts = json_object();
	json_t *interfaces = json_array();
	json_auto_t *root = NULL;

	policy_record_each(&record->device, &record->at, take_fact, facts);
	for (size_t i = 0; i < record->device.n_interfaces; i++)
		(void)json_array_append_new(interfaces, interface_as_json(policy, record, i));
	root = json_pack("{s:s, s:o, s:o}", "device", record->name, "facts", facts, "interfaces",
			 interfaces);
	if (!root)
		return err_set(err, -ENOMEM, "out of memory");
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	return 0;
}
