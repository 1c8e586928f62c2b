/* SPDX-License-Identifier: Apache-2.0 */

/* Policies of a size that nobody writes by hand: memory and time stay in bounds. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/compare.h"
#include "policy/lint.h"
#include "support/policies.h"

#define SECONDS_MAX 20
#define LISTED 10000u
#define RULES 4000u

/* Two sets that say the same, "x" and "y", and rules that use one and the other by turns. */
static struct policy *sets_of(const char *kind, const char *prefix_y, bool is_reversed)
{
	cleanup_free char *text = NULL;
	struct policy *policy;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	for (unsigned int s = 0; s < 2; s++) {
		(void)fprintf(out, "set %c %s {\n", s == 0 ? 'x' : 'y', kind);
		for (unsigned int i = 0; i < LISTED; i++)
			(void)fprintf(out, "%s60A44C%05u\n", s == 0 ? "v" : prefix_y, i);
		(void)fputs("}\n", out);
	}
	for (unsigned int i = 0; i < RULES; i++) {
		unsigned int n = is_reversed ? RULES - 1 - i : i;

		(void)fprintf(out, "rule r%u %s {\n%s @%c\nport 1-%u\n}\n", n,
			      n % 2 == 0 ? "allow" : "block", kind, n % 2 == 0 ? 'x' : 'y',
			      n % 255 + 1);
	}
	cr_assert_eq(fclose(out), 0);
	policy = policy_of(text);
	return policy;
}

/* With the values of each rule of its own this would be 40 million entries. */
Test(policy_scale, the_values_of_a_set_are_kept_once)
{
	cleanup_policy struct policy *policy = sets_of("serial", "v", false);
	struct policy_device device;
	struct policy_circumstances at;
	struct policy_decision fast;
	struct policy_decision plain;

	cr_expect_lt(policy_size(policy), 200 * (RULES + 2 * LISTED));
	record_of("vid 0951;pid 1666;interfaces 0:storage;serial v60A44C00007;port 1-7", &device,
		  &at);
	policy_decide(policy, &device, 0, &at, &fast);
	policy_explain(policy, &device, 0, &at, NULL, NULL, &plain);
	cr_expect_eq(fast.rule, 6);
	cr_expect_eq(plain.rule, 6);
	cr_expect_eq(fast.verdict, VERDICT_ALLOW);
	strcpy(device.serial, "v60A44C");
	policy_decide(policy, &device, 0, &at, &fast);
	cr_expect_eq(fast.rule, POLICY_NO_RULE);
}

Test(policy_scale, long_sets_are_warned_of_in_seconds)
{
	const struct policy_lint_options options = { .now = policy_minute_of(2026, 11, 23, 9, 0) };
	static const char *const kinds[] = { "serial", "user" };
	struct timespec begin, end;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		cleanup_policy struct policy *policy = sets_of(kinds[i], "v", false);
		cleanup_diags struct diags diags = { 0 };

		(void)clock_gettime(CLOCK_MONOTONIC, &begin);
		policy_lint(policy, "p", &options, &diags);
		(void)clock_gettime(CLOCK_MONOTONIC, &end);
		cr_expect_eq(diags.n_errors, 0);
		cr_expect_lt(end.tv_sec - begin.tv_sec, SECONDS_MAX, "%s", kinds[i]);
	}
}

static void count(void *ctx, const struct policy_difference *difference)
{
	*(size_t *)ctx += difference->kind == DIFFERENCE_RULE_MOVED;
}

Test(policy_scale, long_sets_that_moved_are_told_in_seconds)
{
	cleanup_policy struct policy *a = sets_of("user", "w", false);
	cleanup_policy struct policy *b = sets_of("user", "w", true);
	struct timespec begin, end;
	size_t n = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	cr_expect_eq(policy_compare(a, b, count, &n), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	cr_expect_gt(n, 0);
	cr_expect_lt(end.tv_sec - begin.tv_sec, SECONDS_MAX);
}
