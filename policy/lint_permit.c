/* SPDX-License-Identifier: Apache-2.0 */

/* What may be written to media, and who says so. */

#include "policy/lint_internal.h"

/* The zones in which a rule decides, as far as the policy says where it is used. */
static uint32_t zones_of(const struct lint *lint, struct rule_in rule)
{
	const struct policy_condition *condition = rule_condition(rule, CONDITION_ZONE);
	uint32_t zones = 0;

	if (condition)
		return (uint32_t)lint->policy->values[condition->first];
	for (enum zone zone = 0; zone < ZONES; zone++)
		zones |= lint->policy->zones[zone].present ? 1u << zone : 0;
	return zones;
}

/* Only allow lets storage be written; a rule that asks for no class may mean storage too. */
static bool writes(const struct lint *lint, struct rule_in rule)
{
	return rule.rule->verdict == VERDICT_ALLOW &&
	       (lint_classes(lint, rule) & CLASS_STORAGE) != 0;
}

static uint64_t first_value(const struct lint *lint, const struct policy_condition *condition)
{
	return lint->policy->values[condition->first];
}

/* Seen on the medium each time, or looked up by whoever named this very medium or model. */
static bool has_encryption(const struct lint *lint, struct rule_in rule)
{
	const struct policy_condition *medium = rule_condition(rule, CONDITION_MEDIUM);
	const struct policy_condition *number = rule_condition(rule, CONDITION_MEDIUM_NUMBER);
	uint32_t named = rule_kinds(rule) & KINDS_IDENTITY;

	if (medium && (first_value(lint, medium) & MEDIUM_PLAIN) == 0)
		return true;
	if (number && first_value(lint, number) == VALUE_ANY_TEXT)
		named &= ~KIND(MEDIUM_NUMBER);
	return named != 0;
}

static bool asks_only_to_read(const struct lint *lint, const struct policy_condition *permit)
{
	return (first_value(lint, permit) & PERMITS_READING) != 0;
}

/* Of what a company brings in, all files are listed that are on it. */
static bool is_listed(const struct lint *lint, struct rule_in rule)
{
	const struct policy_condition *permit = rule_condition(rule, CONDITION_PERMIT);

	return writes(lint, rule) || (permit && first_value(lint, permit) & PERMITS_VENDOR);
}

/* An exception is what two people have declared: they stand for what is written meanwhile. */
void lint_writing(const struct lint *lint, uint32_t number)
{
	const struct rule_in rule = lint_rule_at(lint, number);
	const struct policy_condition *permit = rule_condition(rule, CONDITION_PERMIT);
	const struct diag_place at = lint_place_of(lint, number, CONDITION_PERMIT);
	bool is_mynumber = (zones_of(lint, rule) & 1u << ZONE_MYNUMBER) != 0;

	if (!writes(lint, rule))
		return;
	if (permit && asks_only_to_read(lint, permit))
		diag_warn(lint->diags, &at,
			  "rule '%s' lets be written with a permit to read; "
			  "remedy: permit write, or read-only in place of allow",
			  lint_id(lint, number));
	else if (is_mynumber && permit && !has_encryption(lint, rule))
		diag_warn(lint->diags, &at,
			  "rule '%s': in zone mynumber a permit opens here what nobody sees to be "
			  "encrypted, the register alone says so; remedy: add medium luks2, or "
			  "name the media or models that encrypt by themselves",
			  lint_id(lint, number));
	else if (is_mynumber && !permit && !rule_condition(rule, CONDITION_EXCEPTION))
		diag_warn(lint->diags, &at,
			  "rule '%s' lets storage be written in zone mynumber, and nobody has to "
			  "approve it; remedy: add permit write, or make it read-only",
			  lint_id(lint, number));
}

void lint_record_files(const struct lint *lint)
{
	for (enum zone zone = 0; zone < ZONES; zone++) {
		const struct policy_zone *asked = &lint->policy->zones[zone];
		const struct diag_place at = lint_place_at(lint, asked->record_files_at);
		bool is_written = asked->record_files == 0;

		for (uint32_t i = 0; !is_written && i < lint->policy->n_rules; i++)
			is_written = is_listed(lint, lint_rule_at(lint, i)) &&
				     (zones_of(lint, lint_rule_at(lint, i)) & 1u << zone) != 0;
		if (!is_written)
			diag_warn(lint->diags, &at,
				  "zone %s: no rule lets anything be written to media there, nor "
				  "vendor media be read, so record-files records nothing; remedy: "
				  "delete it, or allow either",
				  zone_name(zone));
	}
}
