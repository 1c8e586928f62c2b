/* SPDX-License-Identifier: Apache-2.0 */

/* Who sits at the terminal: names it does not know, and the keyboard that is typed on. */

#include "policy/lint_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What hangs on the moment, not on the device. */
#define KINDS_MOMENT                                                                               \
	(KIND(ZONE) | KIND(USER) | KIND(GROUP) | KIND(HOURS) | KIND(WEEKDAYS) | KIND(UNTIL) |      \
	 KIND(EXCEPTION))

static void lint_names(const struct lint *lint, enum condition_kind kind,
		       bool (*exists)(void *ctx, const char *name))
{
	cleanup_value_list struct value_list list = { 0 };
	const char *last = "";

	if (!exists)
		return;
	if (value_list_build(lint->policy, &kind, 1, false, &list) < 0) {
		lint_out_of_memory(lint);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		const char *name = policy_word(lint->policy, (policy_text)list.entries[i].value);
		const struct diag_place at = lint_place_of(lint, list.entries[i].rule, kind);

		if (strcmp(name, last) == 0)
			continue;
		last = name;
		if (exists(lint->options->ctx, name))
			continue;
		if (kind == CONDITION_USER)
			diag_warn(lint->diags, &at,
				  "there is no user '%s' here; "
				  "remedy: correct the name, or create the user",
				  name);
		else
			diag_warn(lint->diags, &at,
				  "there is no group '%s' here; "
				  "remedy: correct the name, or create the group",
				  name);
	}
}

static void lint_exempt_users(const struct lint *lint, enum zone which)
{
	const struct policy_zone *zone = &lint->policy->zones[which];

	for (size_t i = 0; lint->options->user_exists && i < zone->n_exemptions; i++) {
		const struct policy_exemption *exemption = &zone->exemptions[i];
		const struct diag_place at = lint_place_at(lint, exemption->at);
		const char *user = policy_word(lint->policy, exemption->user);

		if (exemption->user != 0 && !lint->options->user_exists(lint->options->ctx, user))
			diag_warn(lint->diags, &at,
				  "zone %s: exemption '%s' is for user '%s', who is not here; "
				  "remedy: correct the name, or delete the exemption",
				  zone_name(which), policy_word(lint->policy, exemption->id), user);
	}
}

void lint_people(const struct lint *lint)
{
	lint_names(lint, CONDITION_USER, lint->options->user_exists);
	lint_names(lint, CONDITION_GROUP, lint->options->group_exists);
	for (enum zone zone = 0; zone < ZONES; zone++)
		lint_exempt_users(lint, zone);
}

/* The keyboard and the hub that anybody could plug in tomorrow. */
static const struct policy_device anyones[] = {
	{ .bus = BUS_USB,
	  .classes = CLASS_KEYBOARD,
	  .interfaces = { { .classes = CLASS_KEYBOARD } },
	  .n_interfaces = 1,
	  .port = "0-0" },
	{ .bus = BUS_USB,
	  .classes = CLASS_HUB,
	  .interfaces = { { .classes = CLASS_HUB } },
	  .n_interfaces = 1,
	  .port = "0-0" },
};
#define N_ANYONES (sizeof(anyones) / sizeof(anyones[0]))

/* A device that works without a rule, and the interfaces no rule is sure to have decided. */
struct seated {
	const struct policy_device *device;
	bool is_anyones;
	uint32_t open;
};

/* Those that sekishod opens by itself: hubs, and keyboards and mice that are nothing else. */
static bool works_without_rule(const struct policy_device *device)
{
	return device->bus == BUS_USB && device->n_interfaces > 0 &&
	       (device->classes == CLASS_HUB ||
		(device->classes != 0 && (device->classes & ~CLASSES_HID) == 0));
}

/* Where such a device is plugged in nobody knows, so what asks for the place may hold. */
static enum match match_at_some_time(const struct lint *lint, uint32_t number,
				     const struct seated *seated, size_t index)
{
	const struct rule_in rule = lint_rule_at(lint, number);
	const struct policy_circumstances nowhere = { .now = lint->options->now };
	uint32_t unasked = KINDS_MOMENT | (seated->is_anyones ? KIND(CONNECT) : 0);
	enum match match = MATCH_YES;

	if (lint_has_ended(lint, number) ||
	    (seated->is_anyones && (rule_kinds(rule) & KINDS_IDENTITY)))
		return MATCH_NO;
	for (uint32_t i = 0; i < rule.rule->n; i++) {
		const struct policy_condition *condition =
			&lint->policy->conditions[rule.rule->first + i];

		if (unasked & 1u << condition->kind)
			match = MATCH_UNKNOWN;
		else if (condition_match(lint->policy, condition, seated->device, index,
					 &nowhere) != MATCH_YES)
			return MATCH_NO;
	}
	return match;
}

/* Only an allow leaves a keyboard where it is: there is no reading one without writing. */
static bool takes_away(const struct lint *lint, uint32_t number, struct seated *seated)
{
	bool takes = false;

	for (size_t i = 0; i < seated->device->n_interfaces; i++) {
		enum match match = MATCH_NO;

		if (seated->open & 1u << i)
			match = match_at_some_time(lint, number, seated, i);
		if (match != MATCH_NO && lint->policy->rules[number].verdict != VERDICT_ALLOW)
			takes = true;
		if (match == MATCH_YES)
			seated->open &= ~(1u << i);
	}
	return takes;
}

static void warn_seated(const struct lint *lint, uint32_t number, const struct seated *seated)
{
	const struct diag_place at = lint_place(lint, number);
	const struct policy_device *device = seated->device;
	char names[64];

	(void)class_names(device->classes, names, sizeof(names));
	if (seated->is_anyones)
		diag_warn(lint->diags, &at,
			  "rule '%s' takes every USB %s away that no earlier rule allows; "
			  "remedy: allow it in a rule above, or name what is to be blocked",
			  lint_id(lint, number), names);
	else
		diag_warn(lint->diags, &at,
			  "rule '%s' takes away what is in use here: %04x:%04x at port %s (%s); "
			  "remedy: allow it in a rule above, or name what is to be blocked",
			  lint_id(lint, number), device->vid, device->pid, device->port, names);
}

/* One warning a rule; the rest of the devices it takes would only say the same again. */
void lint_keyboards(const struct lint *lint)
{
	size_t n_devices = lint->options->devices ? lint->options->n_devices : 0;
	cleanup_free struct seated *seated = calloc(N_ANYONES + n_devices, sizeof(*seated));
	size_t n = 0;

	if (!seated) {
		lint_out_of_memory(lint);
		return;
	}
	for (size_t i = 0; i < N_ANYONES; i++)
		seated[n++] = (struct seated){ &anyones[i], true, UINT32_MAX };
	for (size_t i = 0; i < n_devices; i++) {
		if (works_without_rule(&lint->options->devices[i]))
			seated[n++] =
				(struct seated){ &lint->options->devices[i], false, UINT32_MAX };
	}
	for (uint32_t i = 0; i < lint->policy->n_rules; i++) {
		bool warned = false;

		for (size_t k = 0; k < n; k++) {
			if (takes_away(lint, i, &seated[k]) && !warned) {
				warn_seated(lint, i, &seated[k]);
				warned = true;
			}
		}
	}
}
