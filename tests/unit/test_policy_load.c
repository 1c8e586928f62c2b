/* SPDX-License-Identifier: Apache-2.0 */

/* What is accepted as a policy, and what is said about the rest. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/policies.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#define RULE "rule a allow {\n\tusb 0951:1666\n}\n"

/* The text, and how the error begins after "p:". */
static const struct {
	const char *text;
	const char *error;
} bad[] = {
	{ "allow {\n}\n", "1:1: unknown word 'allow'" },
	{ "policy\n", "1:1: a policy has a name" },
	{ "policy p {\n\tversion 0\n}\n", "2:10: '0' is no version" },
	{ "policy p {\n\tversion -1\n}\n", "2:10: '-1' is no version" },
	{ "policy p {\n\texpires 2027-02-29\n}\n", "2:10: '2027-02-29' is no date" },
	{ "policy p {\n\twhen-expired open\n}\n", "2:15: 'open' is unknown here" },
	{ "policy p {\n\tversion 1\n\tversion 2\n}\n", "3:2: 'version' stands twice" },
	{ "policy p {\n}\npolicy q {\n}\n", "3:1: 'policy' stands once" },
	{ "include other\n", "1:1: 'other' is not covered by the signature" },
	{ "include ../x\n", "1:1: include needs the name" },
	{ "include .x\n", "1:1: include needs the name" },
	{ "set s only storage\n", "1:1: a set has a name and a condition" },
	{ "set s serial\n", "1:1: set 's' is empty" },
	{ "set s serial A\nset s usb 0951:1666\n", "2:5: set 's' stands twice" },
	{ "rule a allow {\n\tserial @s\n}\n", "2:9: there is no set 's'" },
	{ "set s serial A\nrule a allow {\n\tuser @s\n}\n",
	  "3:7: set 's' lists values of 'serial'" },
	{ "rule a allow {\n\thours 17:15-08:30\n}\n", "2:8: '17:15-08:30' is no span" },
	{ "rule a allow {\n\thours 8:30-9:30\n}\n", "2:8: " },
	{ "rule a allow {\n\tweekdays fri-moon\n}\n", "2:11: 'fri-moon' is unknown here" },
	{ "rule a allow {\n\tuntil 2026-11-23 2026-11-24\n}\n", "2:19: 'until' takes at most 1" },
	{ "rule a allow {\n\tsd-cid 12\n}\n", "2:9: '12' cannot be a value of 'sd-cid'" },
	{ "zone lgwan {\n\twindow 11\n}\n", "2:9: '11' is no window" },
	{ "zone lgwan {\n\tthrottle 5\n}\n", "2:2: 'throttle' takes three values" },
	{ "zone lgwan {\n\tthrottle 5 2h 1h\n}\n", "2:16: the longest wait" },
	{ "zone lgwan {\n\tthrottle 5 90 1h\n}\n", "2:13: '90' is no length of time" },
	{ "zone lgwan {\n\texempt e {\n\t\tuser x\n\t\treason y\n\t}\n}\n",
	  "2:2: an exemption names a reason and an end" },
	{ "zone lgwan {\n\texempt e {\n\t\tuntil 2027-01-01\n\t\treason y\n\t}\n}\n",
	  "2:2: this exempts everybody" },
	{ "zone mynumber {\n\tobserve {\n\t\tuntil 2027-01-01\n\t}\n}\n",
	  "2:2: zone mynumber is not merely observed" },
	{ "zone lgwan {\n\tobserve {\n\t\texception 12\n\t}\n}\n", "2:2: observing needs an end" },
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
	{ "rule a allow {\n\tusb *:1666\n}\n", "2:6: " },
	{ "rule a allow {\n\tusb 0951:1666 x\n}\n", "2:16: 'x' is no vendor" },
	{ "rule a allow {\n\tusb\n}\n", "2:2: 'usb' needs a value" },
	{ "rule a allow {\n\tserial \"\"\n}\n", "2:9: '' cannot be a value of 'serial'" },
	{ "rule a allow {\n\tonly storage\n\tonly phone\n}\n", "3:2: 'only' stands twice" },
	{ "rule a allow {\n\tonly storrage\n}\n",
	  "2:7: 'storrage' is unknown here; remedy: one of storage" },
	{ "rule a allow {\n\tusb 0951:1666 {\n\t\tx\n\t}\n}\n", "3:3: 'usb' has no block" },
	{ "rule a allow {\n\tusb 0951:1666\n\treason two words\n}\n",
	  "3:13: 'reason' takes at most 1" },
	{ RULE "\n" RULE, "5:6: rule 'a' stands already in p:1" },
	{ "zone home {\n\tcode none\n}\n", "1:6: no such zone" },
	{ "zone\n", "1:1: no such zone" },
	{ "zone lgwan\n", "1:1: zone 'lgwan' is empty" },
	{ "zone lgwan {\n\tcode sometimes\n}\n", "2:7: unknown need 'sometimes'" },
	{ "zone lgwan {\n\tcode\n}\n", "2:2: 'code' needs a value" },
	{ "zone lgwan {\n\tcodes none\n}\n", "2:2: unknown word 'codes' in a zone" },
	{ "zone lgwan {\n\tcode none\n\tcode required\n}\n", "3:2: a second line" },
	{ "zone lgwan {\n\tcode none cron cron\n}\n", "2:17: a second line" },
	{ "zone lgwan {\n\tcode required sudo {\n\t\tgrace 25h\n\t}\n}\n",
	  "3:9: '25h' is no length of time" },
	{ "zone lgwan {\n\tcode required sudo {\n\t\tgrace\n\t}\n}\n",
	  "3:3: 'grace' needs a value" },
	{ "zone lgwan {\n\tcode required sudo {\n\t\tgrase 5m\n\t}\n}\n",
	  "3:3: only one line 'grace TIME' or 'one-answer DIGITS'" },
	{ "zone lgwan {\n\tcode required i3lock {\n\t\tgrace 5m\n\t\tone-answer 6\n\t}\n}\n",
	  "3:3: only one line 'grace TIME' or 'one-answer DIGITS'" },
	{ "zone lgwan {\n\tcode required i3lock {\n\t\tone-answer 7\n\t}\n}\n",
	  "3:14: '7' is no length of a code" },
	{ "zone lgwan {\n\tcode required i3lock {\n\t\tone-answer\n\t}\n}\n",
	  "3:3: 'one-answer' needs a value" },
	{ "zone lgwan {\n\tcode required {\n\t\tone-answer 6\n\t}\n}\n",
	  "3:3: 'one-answer' is for services named" },
	{ "zone lgwan {\n\tcode none i3lock {\n\t\tone-answer 6\n\t}\n}\n",
	  "3:3: 'one-answer' is for services named" },
	{ "zone lgwan {\n\tcode required {\n\t\tgrace 5m\n\t}\n}\n",
	  "3:3: 'grace' is for services named" },
	{ "zone lgwan {\n\tcode none sudo {\n\t\tgrace 5m\n\t}\n}\n",
	  "3:3: 'grace' is for services named" },
	{ "zone lgwan {\n\tcode none ../x\n}\n", "2:12: '../x' is no PAM service" },
	{ "zone lgwan {\n\tcode none\n}\nzone lgwan {\n\tcode none\n}\n",
	  "4:1: zone 'lgwan' stands twice" },
	{ "rule a allow {\n\tuntil 2027-3-031\n}\n", "2:8: '2027-3-031' is no date" },
	{ "rule a allow {\n\tuntil 2027-03-1T\n}\n", "2:8: '2027-03-1T' is no date" },
	{ "rule a allow {\n\tuntil 2027-03-31T7:015\n}\n", "2:8: " },
	{ "rule a allow {\n\tuntil 2027-03-31T24:00\n}\n", "2:8: " },
	{ "rule a allow {\n\tuntil 1969-12-31\n}\n", "2:8: " },
	{ "rule a allow {\n\tuntil 2100-02-29\n}\n", "2:8: " },
	{ "rule a allow {\n\thours -0:30-17:15\n}\n", "2:8: '-0:30-17:15' is no span" },
	{ "rule a allow {\n\thours 24:00-00:00\n}\n", "2:8: '24:00-00:00' is no span" },
	{ "rule a allow {\n\thours 12:00-24:01\n}\n", "2:8: " },
	{ "rule a allow {\n\thours 08:60-12:00\n}\n", "2:8: " },
	{ "rule a allow {\n\tport *\n}\n", "2:7: '*' cannot be a value of 'port'" },
	{ "rule a allow {\n\tport 1-4*\n}\n", "2:7: " },
	{ "rule a allow {\n\tport 1-4.*.2\n}\n", "2:7: " },
	{ "rule a allow {\n\tport 1-4.\n}\n", "2:7: " },
	{ "rule a allow {\n\tport 1.4\n}\n", "2:7: " },
	{ "rule a allow {\n\tthunderbolt d00300000070-6d18-83f1-2a0c8d5b5b21--\n}\n", "2:14: " },
	{ "rule a allow {\n\tmedium-number T-*\n}\n",
	  "2:16: 'T-*' cannot be a value of 'medium-number'" },
	{ "rule a allow {\n\tmedium-number ?\n}\n", "2:16: '?' cannot be a value" },
	{ "rule a allow {\n\tserial A\n\tpermit\n}\n", "3:2: 'permit' needs a value" },
	{ "rule a allow {\n\tpermit rw\n}\n",
	  "2:9: 'rw' is unknown here; remedy: one of read write vendor" },
	{ "rule a allow {\n\tpermit vendor\n}\n", "1:8: rule 'a' would let be written" },
	{ "zone lgwan {\n\tscan-record yes\n}\n", "2:14: 'yes' is unknown here; remedy: required" },
	{ "rule a allow {\n\tpermit read write\n}\n", "2:14: 'permit' takes at most 1 values" },
	{ "rule a allow {\n\texception *\n}\n", "2:12: '*' cannot be a value of 'exception'" },
	{ "zone lgwan {\n\trecord-files kansa\n}\n", "2:15: this is no verification key" },
	{ "zone lgwan {\n\trecord-files kansa+1d3f8bbe+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA"
	  "\n}\n",
	  "2:15: this is no verification key" },
	{ "zone lgwan {\n\trecord-files\n}\n", "2:2: 'record-files' needs a value" },
	{ "zone lgwan {\n\trecord-files kansa+1d3f8bbd+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA"
	  "\n\trecord-files kansa2+f4d1c5e7+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA\n}\n",
	  "3:2: 'record-files' stands twice" },
	{ "set s serial A\nrule a allow {\n\tserial B @s\n}\n", "3:11: '@s': a set stands alone" },
	{ "set s serial A\nset t serial @s\n", "2:14: '@s': a set stands alone" },
	{ "set s serial {\n\tA {\n\t\tB\n\t}\n}\n", "2:2: 'A' has no block" },
	{ "rule a allow {\n\tusb 0951:1666 {\n\t}\n}\n", "2:2: 'usb' has no block" },
	{ "zone lgwan {\n\texempt e {\n\t\tuser x\n\t\tuser y\n\t\treason y\n"
	  "\t\tuntil 2027-01-01\n\t}\n}\n",
	  "4:3: 'user' stands twice" },
	{ "zone lgwan {\n\texempt e {\n\t\tservice x\n\t\treason y\n\t\tuntil 2027-01-01\n"
	  "\t\tuntil 2028-01-01\n\t}\n}\n",
	  "6:3: 'until' stands twice" },
	{ "zone lgwan {\n\tobserve {\n\t\tuntil 2027-01-01\n\t\tuntil 2028-01-01\n\t}\n}\n",
	  "4:3: 'until' stands twice" },
	{ "zone lgwan {\n\tobserve until {\n\t\tuntil 2027-01-01\n\t}\n}\n",
	  "2:10: 'observe' takes no value" },
	{ "# \xff\n", "1:3: not UTF-8" },
	{ "# \xe2\x80\xae\n", "1:3: invisible character U+202E" },
	{ "# a\rrule b allow\n", "1:4: invisible character U+000D" },
	{ "rule a allow {\n\tusb 0951:1666\n", "1:1: block 'rule' is never closed" },
	{ "rule a allow\n{\n\tusb 0951:1666\n}\n", "2:1: a block needs a name" },
	{ "# \u7a0e\r\n\r\nrule a allow {\r\n\tusb 0951:1666\r\n}\r\n",
	  "1:4: the file has Windows line ends" },
	{ "\ufeffrule a allow {\n\tusb 0951:1666\n}\n", "1:1: the file begins with a byte order" },
	{ "rule a allow {\n\tusb \uff10951:1666\n}\n", "2:6: full-width character" },
	{ "# \ufeff\n", "1:3: invisible character U+FEFF" },
	{ "# a\r", "1:4: invisible character U+000D" },
};

Test(policy_load, says_what_is_wrong_and_where)
{
	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		cleanup_policy struct policy *policy = NULL;
		cleanup_diags struct diags diags = { 0 };
		struct err err = { 0 };
		int rc = policy_try(bad[i].text, &policy, &diags);

		cr_expect_lt(rc, 0, "case %zu was accepted", i);
		cr_expect_eq(diags_to_err(&diags, &err), rc, "case %zu", i);
		cr_expect_null(policy, "case %zu", i);
		cr_expect(strstr(err.text, "; remedy: "), "case %zu: %s", i, err.text);
		cr_expect_eq(diags.n_errors, 1, "case %zu: %zu errors", i, diags.n_errors);
		cr_expect(strncmp(err.text, "p:", 2) == 0 &&
				  strncmp(err.text + 2, bad[i].error, strlen(bad[i].error)) == 0,
			  "case %zu: %s", i, err.text);
	}
}

Test(policy_load, names_every_error)
{
	static const char text[] = "rule a allowed {\n\tusb 951:1666\n\tcolour red\n}\n"
				   "rule b allow {\n\tserial \"open\n\tonly storage\n}\n"
				   "zone nowhere {\n\tcode none\n}\n";
	static const unsigned int places[][2] = {
		{ 6, 14 }, { 1, 8 }, { 2, 6 }, { 3, 2 }, { 9, 6 }
	};
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };

	cr_expect_eq(policy_try(text, &policy, &diags), -EINVAL);
	cr_assert_eq(diags.n, N_ELEMENTS(places));
	for (size_t i = 0; i < diags.n; i++) {
		cr_expect_eq(diags.list[i].line, places[i][0], "error %zu", i);
		cr_expect_eq(diags.list[i].column, places[i][1], "error %zu", i);
	}
	diags_sort(&diags);
	for (size_t i = 1; i < diags.n; i++)
		cr_expect_leq(diags.list[i - 1].line, diags.list[i].line);
}

/* What an editor did to the whole file hides nothing else; nor does a rule without a name. */
Test(policy_load, names_every_error_of_a_file_from_windows)
{
	static const char text[] = "\ufeffrule allow {\r\n\tusb 951:1666\r\n}\r\n"
				   "rule b allow {\r\n\tcolour red\r\n}\r\n";
	static const unsigned int places[][2] = {
		{ 1, 1 }, { 1, 1 }, { 1, 13 }, { 2, 6 }, { 5, 2 }
	};
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };

	cr_expect_eq(policy_try(text, &policy, &diags), -EILSEQ);
	diags_sort(&diags);
	cr_assert_eq(diags.n, N_ELEMENTS(places));
	for (size_t i = 0; i < diags.n; i++) {
		cr_expect_eq(diags.list[i].line, places[i][0], "error %zu", i);
		cr_expect_eq(diags.list[i].column, places[i][1], "error %zu: %s", i,
			     diags.list[i].text);
	}
}

#define WHOLE                                                                                      \
	"policy city {\n    version 12\n    expires 2027-03-31\n    when-expired read-only\n}\n"   \
	"set tax-sticks serial {\n    60A44C413FAE\n    60A44C413FB0\n}\n"                         \
	"rule tax-stick read-only {\n    only storage\n    usb 0951:1666 0951:1667\n"              \
	"    serial @tax-sticks\n    connect hotplug\n    zone mynumber\n    user bob\n"           \
	"    hours 08:30-12:00 13:00-17:15\n    weekdays mon tue wed thu fri\n"                    \
	"    until 2027-03-31T17:15\n    reason \"税務課, ledger T-0123\"\n    ticket R8-12\n"  \
	"    clause \"G03 \\\"x\\\" \\\\\"\n}\n"                                                   \
	"rule with-permit allow {\n    only storage\n    permit write\n    medium luks2\n}\n"      \
	"rule with-permit-read read-only {\n    permit read\n    medium-number * T-1\n"            \
	"    exception disaster flood\n}\n"                                                        \
	"rule vendor read-only {\n    permit vendor\n}\n"                                          \
	"rule odd block {\n    serial \"#1\" @@at \"\\\\x\" \"with space\"\n}\n"                   \
	"zone mynumber {\n    code required\n    code none cron\n    code required sudo {\n      " \
	"  grace 300s\n    }\n    code required i3lock {\n        one-answer 8\n    }\n"           \
	"    window 0\n"                                                                           \
	"    throttle 5 60s 3600s\n    exempt e {\n        service sshd\n        user svc\n"       \
	"        reason \"税（３）\"\n        ticket T\n        until 2026-12-31\n    }\n"     \
	"    observe {\n        until 2026-12-31\n        exception R8-1\n    }\n"                 \
	"    record-files kansa+1d3f8bbd+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA\n"           \
	"    scan-record required\n"                                                               \
	"    clause G02\n}\n"

/* Printing and reading again is the identity. */
Test(policy_load, prints_what_it_read)
{
	cleanup_policy struct policy *policy = policy_of(WHOLE);
	cleanup_free char *printed = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&printed, &len);

	cr_assert_eq(policy_print(policy, out), 0);
	cr_assert_eq(fclose(out), 0);
	cr_expect_str_eq(printed, WHOLE);
	cr_expect_eq(policy->version, 12);
	cr_expect_eq(policy->n_rules, 5);
	cr_expect_eq(policy->rules[0].n, 9);
}

Test(policy_load, values_are_sorted_and_stand_once)
{
	cleanup_policy struct policy *policy =
		policy_of("rule a allow {\n\tserial C A B A\n\tusb 2222:2222 1111:*\n}\n");

	cr_assert_eq(policy->conditions[0].n, 3);
	cr_expect_str_eq(policy_word(policy, (policy_text)policy->values[0]), "A");
	cr_expect_str_eq(policy_word(policy, (policy_text)policy->values[2]), "C");
	cr_expect_eq(policy->conditions[1].n, 2);
}

static int get_include(void *ctx, const char *name, char **ret_text, size_t *ret_len,
		       struct err *err)
{
	(void)ctx;
	if (strcmp(name, "loop") == 0)
		*ret_text = strdup("include loop\n");
	else if (strcmp(name, "media") == 0)
		*ret_text = strdup(
			"rule b allow {\n\tusb 1:2\n}\nrule a allow {\n\tusb 0951:1666\n}\n");
	else
		return err_set(err, -ENOENT, "%s: not here", name);
	*ret_len = strlen(*ret_text);
	return 0;
}

Test(policy_load, includes_name_their_own_file)
{
	static const struct {
		const char *text;
		const char *error;
	} included[] = {
		{ "include media\n", "media:2:6: '1:2' is no vendor" },
		{ "include elsewhere\n", "p:1:9: elsewhere: not here" },
		{ "include loop\n", "loop:1:1: files include each other more than 4 deep" },
		{ "include m {\n" RULE "}\n" RULE, "p:6:6: rule 'a' stands already in p:2" },
	};

	for (size_t i = 0; i < N_ELEMENTS(included); i++) {
		cleanup_policy struct policy *policy = NULL;
		cleanup_diags struct diags diags = { 0 };
		struct err err = { 0 };
		const struct policy_source source = { .file = "p",
						      .text = included[i].text,
						      .len = strlen(included[i].text),
						      .include = get_include };

		cr_expect_lt(policy_load(&source, &policy, &diags), 0);
		(void)diags_to_err(&diags, &err);
		cr_expect(strncmp(err.text, included[i].error, strlen(included[i].error)) == 0,
			  "%s", err.text);
	}
}

/* What was written in is there, also when it is nothing. */
Test(policy_load, a_block_with_nothing_in_it_includes_nothing)
{
	cleanup_policy struct policy *policy = policy_of("include media {\n# none yet\n}\n");

	cr_expect_eq(policy->n_rules, 0);
}

Test(policy_load, an_empty_file_opens_nothing)
{
	cleanup_policy struct policy *policy = policy_of("");

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

static int load_bytes(const char *text, size_t len, struct err *err)
{
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };
	int rc = policy_load(&(struct policy_source){ .file = "p", .text = text, .len = len },
			     &policy, &diags);

	(void)diags_to_err(&diags, err);
	return rc;
}

Test(policy_load, limits_are_errors_with_numbers)
{
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	size_t len;

	text = many_rules(POLICY_RULES_MAX, &len);
	cr_expect_eq(load_bytes(text, len, &err), 0, "%s", err.text);
	free(text);
	text = many_rules(POLICY_RULES_MAX + 1, &len);
	cr_expect_eq(load_bytes(text, len, &err), -E2BIG);
	cr_expect(strstr(err.text, "more than 200000 rules"), "%s", err.text);

	free(text);
	text = malloc(POLICY_BYTES_MAX + 1);
	memset(text, '\n', POLICY_BYTES_MAX + 1);
	cr_expect_eq(load_bytes(text, POLICY_BYTES_MAX + 1, &err), -E2BIG);
	cr_expect(strstr(err.text, "67108864 bytes"), "%s", err.text);
}
