/* SPDX-License-Identifier: Apache-2.0 */

/* A policy as text: reading it again gives the same policy. */

#include "policy/policy.h"

#include "core/scfg.h"
#include "policy/condition.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void policy_minute_write(policy_minute minute, FILE *out)
{
	char text[24];

	policy_minute_stamp(minute, text);
	if (minute % (24 * 60) == (24 * 60) - 1)
		(void)fprintf(out, "%.10s", text);
	else
		(void)fputs(text, out);
}

static void put_note(const struct policy *policy, const char *indent, const char *name,
		     policy_text text, FILE *out)
{
	if (text == 0)
		return;
	(void)fprintf(out, "%s%s ", indent, name);
	scfg_print_word(out, policy_word(policy, text));
	(void)fputc('\n', out);
}

static void put_text_value(const char *text, FILE *out)
{
	char doubled[POLICY_DEVICE_TEXT_MAX + 1];

	(void)snprintf(doubled, sizeof(doubled), "%s%s", text[0] == '@' ? "@" : "", text);
	scfg_print_word(out, doubled);
}

static void put_value(const struct policy *policy, const struct condition_info *info,
		      uint64_t value, FILE *out)
{
	char names[512];

	switch (info->shape) {
	case VALUE_NAMES:
		(void)fputs(names_join(info->names, (uint32_t)value, " ", names, sizeof(names)),
			    out);
		return;
	case VALUE_USB:
		(void)fprintf(out, "%04x:", (unsigned int)(value >> 16 & 0xffff));
		if (value & VALUE_ANY_PRODUCT)
			(void)fputc('*', out);
		else
			(void)fprintf(out, "%04x", (unsigned int)(value & 0xffff));
		return;
	case VALUE_TEXT:
		if (value == VALUE_ANY_TEXT)
			(void)fputs(info->any, out);
		else
			put_text_value(policy_word(policy, (policy_text)value), out);
		return;
	case VALUE_HOURS:
		(void)fprintf(out, "%02u:%02u-%02u:%02u", (unsigned int)(value >> 16) / 60,
			      (unsigned int)(value >> 16) % 60, (unsigned int)(value & 0xffff) / 60,
			      (unsigned int)(value & 0xffff) % 60);
		return;
	case VALUE_MINUTE:
		policy_minute_write((policy_minute)value, out);
		return;
	}
}

void policy_print_condition(const struct policy *policy, const struct policy_condition *condition,
			    FILE *out)
{
	const struct condition_info *info = &condition_infos[condition->kind];

	(void)fputs(info->name, out);
	if (condition->set != 0) {
		(void)fprintf(out, " @%s",
			      policy_word(policy, policy->sets[condition->set - 1].name));
		return;
	}
	for (uint32_t i = 0; i < condition->n; i++) {
		(void)fputc(' ', out);
		put_value(policy, info, policy->values[condition->first + i], out);
	}
}

static void put_rule(const struct policy *policy, const struct policy_rule *rule, FILE *out)
{
	(void)fprintf(out, "rule %s %s {\n", policy_word(policy, rule->id),
		      verdict_name(rule->verdict));
	for (uint32_t i = 0; i < rule->n; i++) {
		(void)fputs("    ", out);
		policy_print_condition(policy, &policy->conditions[rule->first + i], out);
		(void)fputc('\n', out);
	}
	put_note(policy, "    ", "reason", rule->reason, out);
	put_note(policy, "    ", "ticket", rule->ticket, out);
	put_note(policy, "    ", "clause", rule->clause, out);
	(void)fputs("}\n", out);
}

static void put_head(const struct policy *policy, FILE *out)
{
	if (policy->name == 0)
		return;
	(void)fprintf(out, "policy %s {\n", policy_word(policy, policy->name));
	if (policy->version != 0)
		(void)fprintf(out, "    version %" PRIu64 "\n", policy->version);
	if (policy->expires != 0) {
		(void)fputs("    expires ", out);
		policy_minute_write(policy->expires, out);
		(void)fputc('\n', out);
	}
	(void)fprintf(out, "    when-expired %s\n}\n", expired_name(policy->when_expired));
}

static void put_set(const struct policy *policy, const struct policy_set *set, FILE *out)
{
	const struct condition_info *info = &condition_infos[set->kind];

	(void)fprintf(out, "set %s %s {\n", policy_word(policy, set->name), info->name);
	for (uint32_t i = 0; i < set->n; i++) {
		(void)fputs("    ", out);
		put_value(policy, info, policy->values[set->first + i], out);
		(void)fputc('\n', out);
	}
	(void)fputs("}\n", out);
}

static void put_exemption(const struct policy *policy, const struct policy_exemption *exemption,
			  FILE *out)
{
	(void)fprintf(out, "    exempt %s {\n", policy_word(policy, exemption->id));
	put_note(policy, "        ", "service", exemption->service, out);
	put_note(policy, "        ", "user", exemption->user, out);
	put_note(policy, "        ", "reason", exemption->reason, out);
	put_note(policy, "        ", "ticket", exemption->ticket, out);
	(void)fputs("        until ", out);
	policy_minute_write(exemption->until, out);
	(void)fputs("\n    }\n", out);
}

static void put_observe(const struct policy *policy, const struct policy_zone *zone, FILE *out)
{
	if (zone->observe_until == 0)
		return;
	(void)fputs("    observe {\n        until ", out);
	policy_minute_write(zone->observe_until, out);
	(void)fputc('\n', out);
	put_note(policy, "        ", "exception", zone->observe_exception, out);
	(void)fputs("    }\n", out);
}

static void put_code(const struct policy *policy, const struct policy_code *code, FILE *out)
{
	(void)fprintf(out, "    code %s", code_need_name(code->need));
	if (code->service != 0) {
		(void)fputc(' ', out);
		scfg_print_word(out, policy_word(policy, code->service));
	}
	if (code->grace_s != 0)
		(void)fprintf(out, " {\n        grace %us\n    }", code->grace_s);
	if (code->one_answer != 0)
		(void)fprintf(out, " {\n        one-answer %u\n    }", code->one_answer);
	(void)fputc('\n', out);
}

static void put_zone(const struct policy *policy, enum zone which, FILE *out)
{
	const struct policy_zone *zone = &policy->zones[which];

	if (!zone->present)
		return;
	(void)fprintf(out, "zone %s {\n", zone_name(which));
	for (size_t i = 0; i < zone->n_codes; i++)
		put_code(policy, &zone->codes[i], out);
	if (zone->window_steps != 0)
		(void)fprintf(out, "    window %u\n", zone->window_steps - 1);
	if (zone->free_failures != 0)
		(void)fprintf(out, "    throttle %u %us %us\n", zone->free_failures,
			      zone->first_wait_s, zone->most_wait_s);
	for (size_t i = 0; i < zone->n_exemptions; i++)
		put_exemption(policy, &zone->exemptions[i], out);
	put_observe(policy, zone, out);
	put_note(policy, "    ", "record-files", zone->record_files, out);
	if (zone->scan_record)
		(void)fputs("    scan-record required\n", out);
	put_note(policy, "    ", "clause", zone->clause, out);
	(void)fputs("}\n", out);
}

int policy_print(const struct policy *policy, FILE *out)
{
	put_head(policy, out);
	for (size_t i = 0; i < policy->n_sets; i++)
		put_set(policy, &policy->sets[i], out);
	for (size_t i = 0; i < policy->n_rules; i++)
		put_rule(policy, &policy->rules[i], out);
	for (enum zone zone = 0; zone < ZONES; zone++)
		put_zone(policy, zone, out);
	return ferror(out) ? -EIO : 0;
}
