/* SPDX-License-Identifier: Apache-2.0 */

/* What differs between two policies in meaning, one line each. */

#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "core/err.h"
#include "core/lang.h"
#include "policy/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct diff {
	const struct policy *a;
	const struct policy *b;
	unsigned int n;
};

static const struct part_name {
	enum policy_part part;
	const char *name;
} part_names[] = {
	{ PART_VERDICT, "verdict" },   { PART_REASON, "reason" },
	{ PART_TICKET, "ticket" },     { PART_CLAUSE, "clause" },
	{ PART_NAME, "name" },         { PART_VERSION, "version" },
	{ PART_EXPIRES, "expires" },   { PART_WHEN_EXPIRED, "when-expired" },
	{ PART_CODE, "code" },         { PART_WINDOW, "window" },
	{ PART_THROTTLE, "throttle" }, { PART_EXEMPTION, "exempt" },
	{ PART_OBSERVE, "observe" },
};

static void print_parts(uint32_t parts)
{
	for (size_t i = 0; i < sizeof(part_names) / sizeof(part_names[0]); i++) {
		if (parts & (uint32_t)part_names[i].part)
			printf(" %s", part_names[i].name);
	}
}

/* "- serial A" and "+ serial A B" for each condition that differs. */
static void print_conditions(const struct policy *policy, uint32_t number, uint32_t kinds,
			     char sign)
{
	const struct policy_rule *rule = &policy->rules[number];

	for (uint32_t i = 0; i < rule->n; i++) {
		const struct policy_condition *condition = &policy->conditions[rule->first + i];

		if (!(kinds & 1u << condition->kind))
			continue;
		printf("    %c ", sign);
		policy_print_condition(policy, condition, stdout);
		putchar('\n');
	}
}

static void print_rule(const struct policy *policy, uint32_t number, char sign)
{
	const struct policy_rule *rule = &policy->rules[number];

	printf("%c rule %s %s\n", sign, policy_word(policy, rule->id), verdict_name(rule->verdict));
	print_conditions(policy, number, UINT32_MAX, sign);
}

static void print_changed(const struct diff *diff, const struct policy_difference *d)
{
	const struct policy_rule *before = &diff->a->rules[d->rule_a];
	const struct policy_rule *after = &diff->b->rules[d->rule_b];

	printf("~ rule %s:", policy_word(diff->b, after->id));
	print_parts(d->parts);
	if (d->parts & PART_VERDICT)
		printf(" (%s -> %s)", verdict_name(before->verdict), verdict_name(after->verdict));
	putchar('\n');
	print_conditions(diff->a, d->rule_a, d->conditions, '-');
	print_conditions(diff->b, d->rule_b, d->conditions, '+');
}

static void print_code(const struct policy_code *code)
{
	printf(" %s", code ? code_need_name(code->need) : "-");
	if (code && code->grace_s > 0)
		printf(" (grace %us)", code->grace_s);
}

static void print_zone(const struct diff *diff, const struct policy_difference *d)
{
	const struct policy_exemption *exemption = d->exemption_b ? d->exemption_b : d->exemption_a;

	printf("~ zone %s:", zone_name(d->zone));
	print_parts(d->parts);
	if (d->code_a || d->code_b) {
		const struct policy *policy = d->code_b ? diff->b : diff->a;
		policy_text service = d->code_b ? d->code_b->service : d->code_a->service;

		printf(" %s:", service ? policy_word(policy, service) : "*");
		print_code(d->code_a);
		printf(" ->");
		print_code(d->code_b);
	}
	if (exemption)
		printf(" %s", policy_word(d->exemption_b ? diff->b : diff->a, exemption->id));
	putchar('\n');
}

static void print_difference(void *ctx, const struct policy_difference *d)
{
	struct diff *diff = ctx;

	diff->n++;
	switch (d->kind) {
	case DIFFERENCE_HEAD:
		printf("~ policy:");
		print_parts(d->parts);
		putchar('\n');
		return;
	case DIFFERENCE_RULE_REMOVED:
		print_rule(diff->a, d->rule_a, '-');
		return;
	case DIFFERENCE_RULE_ADDED:
		print_rule(diff->b, d->rule_b, '+');
		return;
	case DIFFERENCE_RULE_CHANGED:
		print_changed(diff, d);
		return;
	case DIFFERENCE_RULE_MOVED:
		printf(tr("~ rule %s changed places with %s, and both can fit one device\n"),
		       policy_word(diff->b, diff->b->rules[d->rule_b].id),
		       d->other_b == POLICY_NO_RULE
			       ? "?"
			       : policy_word(diff->b, diff->b->rules[d->other_b].id));
		return;
	case DIFFERENCE_ZONE:
		print_zone(diff, d);
		return;
	}
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy diff FILE FILE\n\n"
		 "Shows what differs in meaning: not comments, not the order of values.\n"
		 "Exit status: 0 when nothing does, 1 when something does.\n"),
	      out);
}

int policy_diff(int argc, char *argv[], struct err *err)
{
	cleanup_policy_file struct policy_file a = { 0 };
	cleanup_policy_file struct policy_file b = { 0 };
	struct diff diff = { 0 };
	int rc = options_none(argc, argv, 2);

	if (rc != 0)
		return options_usage(rc, print_usage);
	rc = policy_file_read(argv[optind], &a, err);
	if (rc == 0)
		rc = policy_file_read(argv[optind + 1], &b, err);
	if (rc != 0)
		return rc;
	diff.a = a.policy;
	diff.b = b.policy;
	if (policy_compare(a.policy, b.policy, print_difference, &diff) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return diff.n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
