/* SPDX-License-Identifier: Apache-2.0 */

/* What is accepted as a policy, and what is said about the rest. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "policy/policy.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#define RULE "rule a allow {\n\tusb 0951:1666\n}\n"

/* The text, and how the error begins after "p:". */
static const struct {
	const char *text;
	const char *error;
} bad[] = {
	{ "allow {\n}\n", "1:1: unknown word 'allow'" },
	{ "rule\n", "1:1: a rule has an id" },
	{ "rule a\n", "1:1: a rule has an id" },
	{ "rule a allow extra {\n\tusb 0951:1666\n}\n", "1:1: a rule has an id" },
	{ "rule A allow {\n\tusb 0951:1666\n}\n", "1:6: 'A' cannot be" },
	{ "rule \"\" allow {\n\tusb 0951:1666\n}\n", "1:6: '' cannot be" },
	{ "rule default allow {\n\tusb 0951:1666\n}\n", "1:6: 'default' cannot be" },
	{ "rule aa2345678901234567890123456789012345678901234567890123456789abcd allow {\n"
	  "\tusb 0951:1666\n}\n",
	  "1:6: " },
	{ "rule a rw {\n\tusb 0951:1666\n}\n", "1:8: unknown verdict 'rw'" },
	{ "rule a allow\n", "1:1: rule 'a' has no condition" },
	{ "rule a allow {\n}\n", "1:1: rule 'a' has no condition" },
	{ "rule a allow {\n\treason x\n}\n", "1:1: rule 'a' has no condition" },
	{ "rule a allow {\n\tvendr 0951\n}\n", "2:2: unknown condition 'vendr'" },
	{ "rule a allow {\n\tusb 951:1666\n}\n", "2:6: '951:1666' is no vendor" },
	{ "rule a allow {\n\tusb 0951:166g\n}\n", "2:6: '0951:166g' is no vendor" },
	{ "rule a allow {\n\tusb 0951-1666\n}\n", "2:6: " },
	{ "rule a allow {\n\tusb 0951:*\n}\n", "2:6: " },
	{ "rule a allow {\n\tusb 0951:1666 x\n}\n", "2:16: 'x' is no vendor" },
	{ "rule a allow {\n\tusb\n}\n", "2:2: 'usb' needs a value" },
	{ "rule a allow {\n\tserial \"\"\n}\n", "2:9: a serial number must not be empty" },
	{ "rule a allow {\n\tonly storage\n\tonly phone\n}\n", "3:2: 'only' stands twice" },
	{ "rule a allow {\n\tonly storrage\n}\n", "2:7: no interface class is called 'storrage'" },
	{ "rule a allow {\n\tusb 0951:1666 {\n\t\tx\n\t}\n}\n", "3:3: 'usb' has no block" },
	{ "rule a allow {\n\tusb 0951:1666\n\treason two words\n}\n",
	  "3:13: 'reason' takes at most 1" },
	{ RULE "\n" RULE, "5:6: rule 'a' stands already in line 1" },
	{ "zone home {\n\tcode none\n}\n", "1:6: no such zone" },
	{ "zone\n", "1:1: no such zone" },
	{ "zone lgwan\n", "1:1: zone 'lgwan' is empty" },
	{ "zone lgwan {\n\tcode sometimes\n}\n", "2:7: unknown need 'sometimes'" },
	{ "zone lgwan {\n\tcode\n}\n", "2:2: unknown line in a zone" },
	{ "zone lgwan {\n\tcodes none\n}\n", "2:2: unknown line in a zone" },
	{ "zone lgwan {\n\tcode none\n\tcode required\n}\n", "3:2: a second line" },
	{ "zone lgwan {\n\tcode none cron cron\n}\n", "2:17: a second line" },
	{ "zone lgwan {\n\tcode none ../x\n}\n", "2:12: '../x' is no PAM service" },
	{ "zone lgwan {\n\tcode none\n}\nzone lgwan {\n\tcode none\n}\n",
	  "4:1: zone 'lgwan' stands twice" },
	{ "# \xff\n", "1:3: not UTF-8" },
	{ "# \xe2\x80\xae\n", "1:3: invisible character U+202E" },
	{ "# a\rrule b allow\n", "1:4: invisible character U+000D" },
	{ "rule a allow {\n\tusb 0951:1666\n", "1:1: block 'rule' is never closed" },
};

Test(policy_load, says_what_is_wrong_and_where)
{
	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		cleanup_policy struct policy *policy = NULL;
		struct err err = { 0 };
		int rc = policy_load("p", bad[i].text, strlen(bad[i].text), &policy, &err);

		cr_expect_lt(rc, 0, "case %zu was accepted", i);
		cr_expect_eq(rc, err.code, "case %zu", i);
		cr_expect_null(policy, "case %zu", i);
		cr_expect(strncmp(err.text, "p:", 2) == 0 &&
				  strncmp(err.text + 2, bad[i].error, strlen(bad[i].error)) == 0,
			  "case %zu: %s", i, err.text);
	}
}

Test(policy_load, a_whole_policy)
{
	static const char text[] = "# sekisho policy\n"
				   "rule tax-stick read-only {\n"
				   "\tusb 0951:1666 0951:1667\n"
				   "\tserial 60A44C413FAE \"with space\"\n"
				   "\tonly storage\n"
				   "\treason \"税務課, ledger T-0123\"\n"
				   "}\n"
				   "zone mynumber {\n\tcode required\n\tcode none cron\n}\n";
	cleanup_policy struct policy *policy = NULL;
	struct err err = { 0 };
	const struct policy_rule *rule;

	cr_assert_eq(policy_load("p", text, strlen(text), &policy, &err), 0, "%s", err.text);
	cr_assert_eq(policy->n_rules, 1);
	rule = &policy->rules[0];
	cr_expect_str_eq(rule->id, "tax-stick");
	cr_expect_eq(rule->verdict, VERDICT_READ_ONLY);
	cr_expect_eq(rule->line, 2);
	cr_assert_eq(rule->n_usb_ids, 2);
	cr_expect_eq(rule->usb_ids[1].pid, 0x1667);
	cr_assert_eq(rule->n_serials, 2);
	cr_expect_str_eq(rule->serials[1], "with space");
	cr_expect_eq(rule->only, (uint32_t)CLASS_STORAGE);
	cr_expect_eq(rule->interface, 0);
	cr_expect_str_eq(rule->reason, "税務課, ledger T-0123");
	cr_expect_eq(policy->zones[ZONE_MYNUMBER].n_codes, 2);
}

Test(policy_load, an_empty_file_opens_nothing)
{
	cleanup_policy struct policy *policy = NULL;
	struct err err = { 0 };

	cr_assert_eq(policy_load("p", "", 0, &policy, &err), 0, "%s", err.text);
	cr_expect_eq(policy->n_rules, 0);
}

static char *many_rules(size_t n, size_t *ret_len)
{
	char *text = malloc(n * 48);

	*ret_len = 0;
	for (size_t i = 0; i < n; i++)
		*ret_len += (size_t)sprintf(text + *ret_len, "rule r%zu allow {\nonly hub\n}\n", i);
	return text;
}

Test(policy_load, limits_are_errors_with_numbers)
{
	cleanup_policy struct policy *policy = NULL;
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	size_t len;

	text = many_rules(POLICY_RULES_MAX, &len);
	cr_expect_eq(policy_load("p", text, len, &policy, &err), 0, "%s", err.text);
	free(text);
	text = many_rules(POLICY_RULES_MAX + 1, &len);
	cr_expect_eq(policy_load("p", text, len, &policy, &err), -E2BIG);
	cr_expect(strstr(err.text, "more than 20000 rules"), "%s", err.text);

	free(text);
	text = malloc(POLICY_FILE_MAX + 1);
	memset(text, '\n', POLICY_FILE_MAX + 1);
	cr_expect_eq(policy_load("p", text, POLICY_FILE_MAX + 1, &policy, &err), -E2BIG);
}
