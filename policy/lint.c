/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/lint.h"

#include "policy/lint_internal.h"

#include <errno.h>

#define VALUES_MAX 4000000  /* of long lists, compared with each other; some seconds */
#define SOON (30 * 24 * 60) /* a renewal takes the offices this long */

#define MINUTE_TEXT_MAX 24

struct rule_in lint_rule_at(const struct lint *lint, uint32_t rule)
{
	return (struct rule_in){ lint->policy, &lint->policy->rules[rule] };
}

const char *lint_id(const struct lint *lint, uint32_t rule)
{
	return policy_word(lint->policy, lint->policy->rules[rule].id);
}

const char *lint_file(const struct lint *lint, uint32_t rule)
{
	return policy_word(lint->policy, lint->policy->files[lint->policy->rules[rule].file]);
}

struct diag_place lint_place(const struct lint *lint, uint32_t rule)
{
	return (struct diag_place){ lint_file(lint, rule), lint->policy->rules[rule].line, 1 };
}

struct diag_place lint_place_of(const struct lint *lint, uint32_t rule, enum condition_kind kind)
{
	const struct policy_condition *condition = rule_condition(lint_rule_at(lint, rule), kind);
	struct diag_place place = lint_place(lint, rule);

	if (condition) {
		place.line = condition->line;
		place.column = condition->column;
	}
	return place;
}

struct diag_place lint_place_at(const struct lint *lint, struct policy_place place)
{
	if (place.line == 0)
		return (struct diag_place){ lint->file, 1, 1 };
	return (struct diag_place){ policy_word(lint->policy, lint->policy->files[place.file]),
				    place.line, place.column };
}

void lint_out_of_memory(const struct lint *lint)
{
	const struct diag_place at = { lint->file, 1, 1 };

	(void)diag_error(lint->diags, &at, -ENOMEM, "out of memory");
}

bool lint_may_compare(const struct lint *lint, uint32_t a, uint32_t b)
{
	size_t n = value_list_lengths(lint_rule_at(lint, a), lint_rule_at(lint, b));

	if (n > *lint->values_left)
		return false;
	*lint->values_left -= n;
	return true;
}

static void lint_expires(const struct lint *lint)
{
	const struct diag_place at = lint_place_at(lint, lint->policy->expires_at);
	policy_minute expires = lint->policy->expires;
	char end[MINUTE_TEXT_MAX];

	policy_minute_print(expires, end);
	if (expires == 0)
		diag_warn(lint->diags, &at,
			  "the policy has no end; remedy: add 'expires' with a date to its head");
	else if (expires < lint->options->now)
		diag_warn(lint->diags, &at,
			  "the policy ended at %s; remedy: set a later date behind 'expires'", end);
	else if (expires < lint->options->now + SOON)
		diag_warn(lint->diags, &at,
			  "the policy ends soon, at %s; remedy: prepare the one that follows", end);
}

/*
 * Where both come as one answer the last digits are cut off whoever it is: who has no token and a
 * password that ends in digits loses a part of it.  And a line for some services leaves the others
 * to the strictest view, which is seldom what was meant.
 */
static void lint_codes(const struct lint *lint, enum zone which)
{
	const struct policy_zone *zone = &lint->policy->zones[which];
	bool has_all = false;

	for (size_t i = 0; i < zone->n_codes; i++) {
		const struct policy_code *code = &zone->codes[i];
		const struct diag_place at = lint_place_at(lint, code->at);

		has_all |= code->service == 0;
		if (code->one_answer != 0 && code->need == CODE_OPTIONAL)
			diag_warn(lint->diags, &at,
				  "zone %s: who has no token, and a password that ends in %u "
				  "digits, does not get past '%s'; remedy: code required %s",
				  zone_name(which), code->one_answer,
				  policy_word(lint->policy, code->service),
				  policy_word(lint->policy, code->service));
	}
	if (zone->n_codes > 0 && !has_all) {
		const struct diag_place at = lint_place_at(lint, zone->codes[0].at);

		diag_warn(lint->diags, &at,
			  "zone %s: services without a line of their own need a code of "
			  "everybody; remedy: add 'code required', 'code optional' or "
			  "'code none' without a service",
			  zone_name(which));
	}
}

static void lint_zone(const struct lint *lint, enum zone which)
{
	const struct policy_zone *zone = &lint->policy->zones[which];
	const struct diag_place at = lint_place_at(lint, zone->observe_at);
	char end[MINUTE_TEXT_MAX];

	lint_codes(lint, which);
	for (size_t i = 0; i < zone->n_exemptions; i++) {
		const struct policy_exemption *exemption = &zone->exemptions[i];
		const struct diag_place of_it = lint_place_at(lint, exemption->at);

		if (exemption->until >= lint->options->now)
			continue;
		policy_minute_print(exemption->until, end);
		diag_warn(lint->diags, &of_it,
			  "zone %s: exemption '%s' ended at %s; remedy: delete it, or have a "
			  "later end granted",
			  zone_name(which), policy_word(lint->policy, exemption->id), end);
	}
	if (zone->observe_until == 0 || zone->observe_until >= lint->options->now)
		return;
	policy_minute_print(zone->observe_until, end);
	diag_warn(lint->diags, &at,
		  "zone %s: observing ended at %s and devices are blocked since; "
		  "remedy: delete 'observe'",
		  zone_name(which), end);
}

bool lint_has_ended(const struct lint *lint, uint32_t rule)
{
	const struct policy_condition *until =
		rule_condition(lint_rule_at(lint, rule), CONDITION_UNTIL);

	return until && (policy_minute)lint->policy->values[until->first] < lint->options->now;
}

static void warn_ended(const struct lint *lint, uint32_t rule)
{
	const struct diag_place at = lint_place_of(lint, rule, CONDITION_UNTIL);
	const struct policy_condition *until =
		rule_condition(lint_rule_at(lint, rule), CONDITION_UNTIL);
	char end[MINUTE_TEXT_MAX];

	policy_minute_print((policy_minute)lint->policy->values[until->first], end);
	diag_warn(lint->diags, &at,
		  "rule '%s' ended at %s; remedy: delete it, or set a later 'until'",
		  lint_id(lint, rule), end);
}

uint32_t lint_classes(const struct lint *lint, struct rule_in rule)
{
	static const enum condition_kind kinds[] = { CONDITION_ONLY, CONDITION_INTERFACE };
	uint32_t classes = UINT32_MAX;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct policy_condition *condition = rule_condition(rule, kinds[i]);

		if (condition)
			classes &= (uint32_t)lint->policy->values[condition->first];
	}
	return classes;
}

/* They are sorted behind the products. */
static bool has_vendor_wildcard(const struct lint *lint, const struct policy_condition *usb)
{
	return usb && (lint->policy->values[usb->first + usb->n - 1] & VALUE_ANY_PRODUCT) != 0;
}

/* What a rule opens beyond the devices its writer had in hand; the widest is said. */
static void lint_breadth(const struct lint *lint, uint32_t number)
{
	const struct rule_in rule = lint_rule_at(lint, number);
	const struct policy_condition *usb = rule_condition(rule, CONDITION_USB);
	const struct diag_place at = lint_place(lint, number);
	uint32_t kinds = rule_kinds(rule);

	/* A permit is for one medium. */
	if (rule.rule->verdict == VERDICT_BLOCK || (kinds & (KINDS_INDIVIDUAL | KIND(PERMIT))))
		return;
	if (!usb && !(kinds & KINDS_CLASS))
		diag_warn(lint->diags, &at,
			  "rule '%s' opens devices of every kind and names none; "
			  "remedy: add usb or serial, or a class with only",
			  lint_id(lint, number));
	else if (has_vendor_wildcard(lint, usb) && !(kinds & KINDS_CLASS))
		diag_warn(lint->diags, &at,
			  "rule '%s' opens whatever a vendor makes; "
			  "remedy: name the products, or add a class with only",
			  lint_id(lint, number));
	else if (!(lint_classes(lint, rule) & CLASS_STORAGE))
		return;
	else if (usb)
		diag_warn(lint->diags, &at,
			  "rule '%s' opens storage by vendor and product, which name a model and "
			  "not one stick; remedy: add serial, or leave storage out with only",
			  lint_id(lint, number));
	else
		diag_warn(lint->diags, &at,
			  "rule '%s' opens storage of any kind and owner; remedy: add serial, "
			  "sd-cid, thunderbolt, filesystem, medium-number or permit",
			  lint_id(lint, number));
}

void policy_lint(const struct policy *policy, const char *file,
		 const struct policy_lint_options *options, struct diags *diags)
{
	size_t values_left = VALUES_MAX;
	struct lint lint = { .policy = policy,
			     .file = file,
			     .options = options,
			     .diags = diags,
			     .values_left = &values_left };

	if (value_list_build(policy, identity_kinds, n_identity_kinds, false, &lint.by_identity) <
	    0) {
		lint_out_of_memory(&lint);
		return;
	}
	lint_expires(&lint);
	for (enum zone zone = 0; zone < ZONES; zone++)
		lint_zone(&lint, zone);
	for (uint32_t i = 0; i < policy->n_rules; i++) {
		/* What never holds opens nothing either. */
		if (lint_has_ended(&lint, i)) {
			warn_ended(&lint, i);
		} else if (!lint_nobody(&lint, i)) {
			lint_breadth(&lint, i);
			lint_writing(&lint, i);
		}
	}
	lint_record_files(&lint);
	lint_reach(&lint);
	lint_serials(&lint);
	lint_people(&lint);
	lint_keyboards(&lint);
	value_list_done(&lint.by_identity);
}
