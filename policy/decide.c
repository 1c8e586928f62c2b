/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

static bool usb_id_matches(const struct policy_rule *rule, const struct policy_device *device)
{
	for (size_t i = 0; i < rule->n_usb_ids; i++) {
		if (rule->usb_ids[i].vid == device->vid && rule->usb_ids[i].pid == device->pid)
			return true;
	}
	return rule->n_usb_ids == 0;
}

static bool serial_matches(const struct policy_rule *rule, const struct policy_device *device)
{
	for (size_t i = 0; i < rule->n_serials; i++) {
		if (strcmp(rule->serials[i], device->serial) == 0)
			return true;
	}
	return rule->n_serials == 0;
}

/* A device or interface that shows no class at all is in no set. */
static bool is_within(uint32_t classes, uint32_t set)
{
	return set == 0 || (classes != 0 && (classes & ~set) == 0);
}

static bool rule_matches(const struct policy_rule *rule, const struct policy_device *device,
			 const struct policy_interface *interface)
{
	return usb_id_matches(rule, device) && serial_matches(rule, device) &&
	       is_within(device->classes, rule->only) &&
	       is_within(interface->classes, rule->interface);
}

static enum verdict enforceable(enum verdict verdict, const struct policy_interface *interface)
{
	if (verdict == VERDICT_READ_ONLY && interface->classes != CLASS_STORAGE)
		return VERDICT_BLOCK;
	return verdict;
}

enum verdict policy_decide(const struct policy *policy, const struct policy_device *device,
			   size_t index, const struct policy_rule **ret_rule)
{
	*ret_rule = NULL;
	if (!policy || index >= device->n_interfaces)
		return VERDICT_BLOCK;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (rule_matches(rule, device, &device->interfaces[index])) {
			*ret_rule = rule;
			return enforceable(rule->verdict, &device->interfaces[index]);
		}
	}
	return VERDICT_BLOCK;
}

static enum code_need need_without_a_line(enum zone zone)
{
	switch (zone) {
	case ZONE_UNASSIGNED:
		return CODE_NONE;
	case ZONE_MYNUMBER:
		return CODE_REQUIRED;
	case ZONE_LGWAN:
	case ZONE_INTERNET:
		return CODE_OPTIONAL;
	}
	return CODE_REQUIRED;
}

enum code_need policy_code_need(const struct policy *policy, enum zone zone, const char *service)
{
	enum code_need need = need_without_a_line(zone);

	if (!policy || (unsigned int)zone >= ZONES)
		return CODE_REQUIRED;
	for (size_t i = 0; i < policy->zones[zone].n_codes; i++) {
		const struct policy_code *code = &policy->zones[zone].codes[i];

		if (code->service && strcmp(code->service, service) == 0)
			return code->need;
		if (!code->service)
			need = code->need;
	}
	return need;
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

const char *zone_name(enum zone zone)
{
	switch (zone) {
	case ZONE_UNASSIGNED:
		return "unassigned";
	case ZONE_MYNUMBER:
		return "mynumber";
	case ZONE_LGWAN:
		return "lgwan";
	case ZONE_INTERNET:
		return "internet";
	}
	abort();
}

bool zone_from_name(const char *name, enum zone *ret)
{
	for (enum zone zone = 0; zone < ZONES; zone++) {
		if (strcmp(zone_name(zone), name) == 0) {
			*ret = zone;
			return true;
		}
	}
	return false;
}
