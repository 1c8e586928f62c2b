/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/diff_lines.h"

#include "core/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One policy's side of a difference. */
struct side {
	const struct policy *policy;
	const struct policy_difference *d;
	const struct policy_rule *rule; /* NULL: none */
	const struct policy_code *code;
	const struct policy_exemption *exemption;
};

/* Appends what @write writes, without its newline; nothing when it writes nothing. */
static void add_line(json_t *lines, const struct side *side,
		     void (*write)(const struct side *side, FILE *out))
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	write(side, out);
	if (fclose(out) == 0 && len > 0)
		(void)json_array_append_new(lines, json_stringn(text, len));
}

static void write_minute(policy_minute minute, FILE *out)
{
	char text[24];

	policy_minute_print(minute, text);
	(void)fputs(text, out);
}

static void write_note(const struct policy *policy, const char *name, policy_text text, FILE *out)
{
	if (text != 0)
		(void)fprintf(out, "%s \"%s\"", name, policy_word(policy, text));
}

static void write_verdict(const struct side *side, FILE *out)
{
	(void)fprintf(out, "rule %s %s", policy_word(side->policy, side->rule->id),
		      verdict_name(side->rule->verdict));
}

static void write_reason(const struct side *side, FILE *out)
{
	write_note(side->policy, "reason", side->rule->reason, out);
}

static void write_ticket(const struct side *side, FILE *out)
{
	write_note(side->policy, "ticket", side->rule->ticket, out);
}

static void write_clause(const struct side *side, FILE *out)
{
	write_note(side->policy, "clause",
		   side->d->kind == DIFFERENCE_ZONE ? side->policy->zones[side->d->zone].clause
						    : side->rule->clause,
		   out);
}

static void write_name(const struct side *side, FILE *out)
{
	if (side->policy->name != 0)
		(void)fprintf(out, "policy %s", policy_word(side->policy, side->policy->name));
}

static void write_version(const struct side *side, FILE *out)
{
	if (side->policy->version != 0)
		(void)fprintf(out, "version %" PRIu64, side->policy->version);
}

static void write_expires(const struct side *side, FILE *out)
{
	if (side->policy->expires == 0)
		return;
	(void)fputs("expires ", out);
	write_minute(side->policy->expires, out);
}

static void write_when_expired(const struct side *side, FILE *out)
{
	(void)fprintf(out, "when-expired %s", expired_name(side->policy->when_expired));
}

static void write_code(const struct side *side, FILE *out)
{
	if (!side->code)
		return;
	(void)fprintf(out, "code %s", code_need_name(side->code->need));
	if (side->code->service != 0)
		(void)fprintf(out, " %s", policy_word(side->policy, side->code->service));
	if (side->code->grace_s > 0)
		(void)fprintf(out, " grace %" PRIu32 "s", side->code->grace_s);
	if (side->code->one_answer > 0)
		(void)fprintf(out, " one-answer %" PRIu32, side->code->one_answer);
}

static void write_window(const struct side *side, FILE *out)
{
	uint32_t steps = side->policy->zones[side->d->zone].window_steps;

	if (steps != 0)
		(void)fprintf(out, "window %" PRIu32, steps - 1);
}

static void write_throttle(const struct side *side, FILE *out)
{
	const struct policy_zone *zone = &side->policy->zones[side->d->zone];

	if (zone->free_failures != 0)
		(void)fprintf(out, "throttle %" PRIu32 " %" PRIu32 "s %" PRIu32 "s",
			      zone->free_failures, zone->first_wait_s, zone->most_wait_s);
}

static void write_exemption(const struct side *side, FILE *out)
{
	const struct policy_exemption *exemption = side->exemption;
	const char *service, *user;

	if (!exemption)
		return;
	service = policy_word(side->policy, exemption->service);
	user = policy_word(side->policy, exemption->user);
	(void)fprintf(out, "exempt %s%s%s%s%s until ", policy_word(side->policy, exemption->id),
		      *service ? " service " : "", service, *user ? " user " : "", user);
	write_minute(exemption->until, out);
	(void)fputc(' ', out);
	write_note(side->policy, "reason", exemption->reason, out);
	if (exemption->ticket != 0)
		(void)fputc(' ', out);
	write_note(side->policy, "ticket", exemption->ticket, out);
}

static void write_observe(const struct side *side, FILE *out)
{
	const struct policy_zone *zone = &side->policy->zones[side->d->zone];

	if (zone->observe_until == 0)
		return;
	(void)fputs("observe until ", out);
	write_minute(zone->observe_until, out);
	if (zone->observe_exception != 0)
		(void)fputc(' ', out);
	write_note(side->policy, "exception", zone->observe_exception, out);
}

static void write_record_files(const struct side *side, FILE *out)
{
	write_note(side->policy, "record-files", side->policy->zones[side->d->zone].record_files,
		   out);
}

static void write_scan_record(const struct side *side, FILE *out)
{
	if (side->policy->zones[side->d->zone].scan_record)
		(void)fputs("scan-record required", out);
}

static const struct part_writer {
	enum policy_part part;
	void (*write)(const struct side *side, FILE *out);
} part_writers[] = {
	{ PART_VERDICT, write_verdict },
	{ PART_REASON, write_reason },
	{ PART_TICKET, write_ticket },
	{ PART_CLAUSE, write_clause },
	{ PART_NAME, write_name },
	{ PART_VERSION, write_version },
	{ PART_EXPIRES, write_expires },
	{ PART_WHEN_EXPIRED, write_when_expired },
	{ PART_CODE, write_code },
	{ PART_WINDOW, write_window },
	{ PART_THROTTLE, write_throttle },
	{ PART_EXEMPTION, write_exemption },
	{ PART_OBSERVE, write_observe },
	{ PART_RECORD_FILES, write_record_files },
	{ PART_SCAN_RECORD, write_scan_record },
};

static void add_parts(const struct side *side, uint32_t parts, json_t *lines)
{
	for (size_t i = 0; i < sizeof(part_writers) / sizeof(part_writers[0]); i++) {
		if (parts & (uint32_t)part_writers[i].part)
			add_line(lines, side, part_writers[i].write);
	}
}

static const struct policy_condition *condition_of(const struct side *side,
						   enum condition_kind kind)
{
	for (uint32_t i = 0; side->rule && i < side->rule->n; i++) {
		const struct policy_condition *condition =
			&side->policy->conditions[side->rule->first + i];

		if (condition->kind == kind)
			return condition;
	}
	return NULL;
}

static json_t *condition_line(const struct policy *policy, const struct policy_condition *condition)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	policy_print_condition(policy, condition, out);
	return fclose(out) == 0 ? json_stringn(text, len) : NULL;
}

/* "serial A": one value as a line of its own, whether it stands in the rule or in a set. */
static json_t *value_line(const struct policy *policy, const struct policy_condition *condition,
			  uint32_t index)
{
	const struct policy_condition single = { .kind = condition->kind,
						 .first = condition->first + index,
						 .n = 1 };

	return condition_line(policy, &single);
}

/* The values of @of that @other has not. */
static void add_missing(const struct policy *policy, const struct policy_condition *of,
			const json_t *other, json_t *lines)
{
	for (uint32_t i = 0; i < of->n; i++) {
		json_auto_t *line = value_line(policy, of, i);

		if (line && !json_object_get(other, json_string_value(line)))
			(void)json_array_append(lines, line);
	}
}

static json_t *values_of(const struct policy *policy, const struct policy_condition *condition)
{
	json_t *values = json_object();

	for (uint32_t i = 0; i < condition->n; i++) {
		json_auto_t *line = value_line(policy, condition, i);

		if (line)
			(void)json_object_set_new(values, json_string_value(line), json_true());
	}
	return values;
}

/* A condition that only one has is one line; of two, the values that differ are told. */
static void add_condition(const struct side *a, const struct side *b, enum condition_kind kind,
			  json_t *before, json_t *after)
{
	const struct policy_condition *of_a = condition_of(a, kind);
	const struct policy_condition *of_b = condition_of(b, kind);

	if (of_a && of_b) {
		json_auto_t *in_a = values_of(a->policy, of_a);
		json_auto_t *in_b = values_of(b->policy, of_b);

		add_missing(a->policy, of_a, in_b, before);
		add_missing(b->policy, of_b, in_a, after);
	} else if (of_a) {
		(void)json_array_append_new(before, condition_line(a->policy, of_a));
	} else if (of_b) {
		(void)json_array_append_new(after, condition_line(b->policy, of_b));
	}
}

static struct side side_of(const struct policy *policy, const struct policy_difference *d,
			   uint32_t rule)
{
	return (struct side){ .policy = policy,
			      .d = d,
			      .rule = rule == POLICY_NO_RULE ? NULL : &policy->rules[rule] };
}

void diff_lines(const struct policy *policy_a, const struct policy *policy_b,
		const struct policy_difference *d, json_t *before, json_t *after)
{
	bool is_whole = d->kind == DIFFERENCE_RULE_REMOVED || d->kind == DIFFERENCE_RULE_ADDED;
	struct side a = side_of(policy_a, d, d->rule_a);
	struct side b = side_of(policy_b, d, d->rule_b);
	uint32_t parts =
		is_whole ? PART_VERDICT | PART_REASON | PART_TICKET | PART_CLAUSE : d->parts;

	if (d->kind == DIFFERENCE_RULE_MOVED)
		return;
	a.code = d->code_a;
	a.exemption = d->exemption_a;
	b.code = d->code_b;
	b.exemption = d->exemption_b;
	if (d->kind != DIFFERENCE_RULE_ADDED)
		add_parts(&a, parts, before);
	if (d->kind != DIFFERENCE_RULE_REMOVED)
		add_parts(&b, parts, after);
	for (enum condition_kind kind = 0; kind < CONDITION_KINDS; kind++) {
		if (is_whole || d->conditions & 1u << kind)
			add_condition(&a, &b, kind, before, after);
	}
}
