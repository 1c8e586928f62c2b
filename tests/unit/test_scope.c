/* SPDX-License-Identifier: Apache-2.0 */

/* Where a code is needed, and that no damage to the files makes it less. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/err.h"
#include "otpd/scope.h"

#define POLICY_TEXT                                                                                \
	"zone mynumber {\n\tcode required\n\tcode none cron\n}\n"                                  \
	"zone lgwan {\n\tcode optional\n}\n"                                                       \
	"zone internet {\n\tcode none\n}\n"

static char dir[64];
static char policy_path[96];
static char order_path[96];
static char next_path[128];
static char packaged_path[128];
static struct scope scope;
static struct witness remembered; /* by the log */
static bool log_is_down;

static int recall(void *ctx, struct witness *ret, struct err *err)
{
	(void)ctx;
	if (log_is_down)
		return err_set(err, -ETIMEDOUT, "the log is down");
	*ret = remembered;
	return 0;
}

static void begin(void)
{
	struct err err = { 0 };

	(void)snprintf(dir, sizeof(dir), "/tmp/sekisho-scope-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	(void)snprintf(policy_path, sizeof(policy_path), "%s/policy", dir);
	(void)snprintf(order_path, sizeof(order_path), "%s/order", dir);
	(void)snprintf(next_path, sizeof(next_path), "%s.next", order_path);
	(void)snprintf(packaged_path, sizeof(packaged_path), "%s/lgwan.policy", dir);
	cr_assert_eq(scope_init(&scope, &(struct scope_paths){ policy_path, order_path, dir },
				clock_system(), recall, NULL, &err),
		     0);
	if (geteuid() != 0)
		cr_skip_test("only root can write what the scope believes");
}

static void end(void)
{
	scope_deinit(&scope);
	(void)unlink(policy_path);
	(void)unlink(order_path);
	(void)unlink(next_path);
	(void)unlink(packaged_path);
	(void)rmdir(dir);
}

TestSuite(scope, .init = begin, .fini = end);

/* Beside, then renamed, as sekishod does. */
static void put(const char *path, const char *text)
{
	cleanup_fclose FILE *file = NULL;
	char temp[160];

	(void)snprintf(temp, sizeof(temp), "%s.new", path);
	file = fopen(temp, "w");
	cr_assert_not_null(file);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fflush(file), 0);
	cr_assert_eq(chmod(temp, 0644), 0);
	cr_assert_eq(rename(temp, path), 0);
}

/* The log has another zone, and sekishod renames a file so that everybody hears of it. */
static void stand_in(enum zone zone)
{
	remembered.exists = true;
	remembered.zone = zone;
	put(order_path, "changed\n");
}

static enum code_need need(const char *service, bool any_token)
{
	struct code_scope found;

	scope_of(&scope, service, "sato", any_token, &found);
	return found.need;
}

static void expect(enum code_need before, enum code_need after, const char *what)
{
	cr_expect_eq(need("login", false), before, "%s, no token yet", what);
	cr_expect_eq(need("login", true), after, "%s, with a token", what);
}

Test(scope, without_anything)
{
	expect(CODE_NONE, CODE_REQUIRED, "no files");
	stand_in(ZONE_INTERNET);
	expect(CODE_NONE, CODE_REQUIRED, "no policy");
}

Test(scope, an_unassigned_terminal)
{
	put(policy_path, POLICY_TEXT);
	expect(CODE_NONE, CODE_REQUIRED, "the log knows nothing");
	stand_in(ZONE_UNASSIGNED);
	expect(CODE_NONE, CODE_REQUIRED, "unassigned");
	put(policy_path, POLICY_TEXT "zone unassigned {\n\tcode optional\n}\n");
	expect(CODE_OPTIONAL, CODE_OPTIONAL, "unassigned by policy");
	put(policy_path, POLICY_TEXT "zone unassigned {\n\tcode required sudo\n}\n");
	expect(CODE_NONE, CODE_REQUIRED, "left out");
	cr_expect_eq(need("sudo", false), CODE_REQUIRED);
}

Test(scope, each_zone_as_the_policy_says)
{
	put(policy_path, POLICY_TEXT);
	stand_in(ZONE_MYNUMBER);
	expect(CODE_REQUIRED, CODE_REQUIRED, "mynumber");
	cr_expect_eq(need("cron", true), CODE_NONE);
	cr_expect_eq(need("", true), CODE_REQUIRED);
	stand_in(ZONE_LGWAN);
	expect(CODE_OPTIONAL, CODE_OPTIONAL, "lgwan");
	stand_in(ZONE_INTERNET);
	expect(CODE_NONE, CODE_NONE, "internet");
	put(policy_path, "zone internet {\n\tcode required\n}\n");
	expect(CODE_REQUIRED, CODE_REQUIRED, "internet by another policy");
}

Test(scope, exemptions_are_for_some_and_for_a_time)
{
	struct code_scope found;

	put(policy_path, "zone lgwan {\ncode required\nexempt past {\nuser sato\nreason r\n"
			 "until 2026-01-01\n}\nexempt job {\nuser job\nreason r\n"
			 "until 2100-01-01\n}\n}\n");
	stand_in(ZONE_LGWAN);
	scope_of(&scope, "login", "sato", true, &found);
	cr_expect_eq(found.need, CODE_REQUIRED);
	scope_of(&scope, "login", "job", true, &found);
	cr_expect_eq(found.need, CODE_NONE);
	cr_expect_str_eq(policy_word(scope.policy, found.exemption), "job");
}

Test(scope, a_clock_that_was_set_back_extends_no_exemption)
{
	struct code_scope found;

	put(policy_path, "zone lgwan {\ncode required\nexempt job {\nuser job\nreason r\n"
			 "until 2099-12-31\n}\n}\n");
	stand_in(ZONE_LGWAN);
	scope_of(&scope, "login", "job", true, &found);
	cr_expect_eq(found.need, CODE_NONE);
	remembered.latest_s = UINT64_C(4102617600); /* 2100-01-03 */
	stand_in(ZONE_LGWAN);
	scope_of(&scope, "login", "job", true, &found);
	cr_expect_eq(found.need, CODE_REQUIRED);
}

Test(scope, until_one_is_accepted_the_package_has_the_policy)
{
	put(packaged_path, "zone lgwan {\ncode required\n}\n");
	stand_in(ZONE_LGWAN);
	expect(CODE_REQUIRED, CODE_REQUIRED, "the package's");
	put(packaged_path, "zone lgwan {\ncode none\n}\n");
	put(policy_path, POLICY_TEXT);
	expect(CODE_OPTIONAL, CODE_OPTIONAL, "the accepted one");
}

Test(scope, damage_requires)
{
	put(policy_path, POLICY_TEXT);
	stand_in(ZONE_INTERNET);
	expect(CODE_NONE, CODE_NONE, "internet");
	put(policy_path, "zone internet {\n");
	expect(CODE_NONE, CODE_REQUIRED, "a torn policy");
	cr_expect_neq(*scope.detail, '\0', "nothing is said about it");
	put(policy_path, POLICY_TEXT);
	expect(CODE_NONE, CODE_NONE, "mended");
	cr_expect_str_eq(scope.detail, "");
	cr_assert_eq(chmod(policy_path, 0666), 0);
	expect(CODE_NONE, CODE_REQUIRED, "a policy that others can write");
}

/* The log, not the file, says in which zone the terminal stands. */
Test(scope, edited_files_change_nothing)
{
	put(policy_path, POLICY_TEXT);
	stand_in(ZONE_MYNUMBER);
	expect(CODE_REQUIRED, CODE_REQUIRED, "mynumber");
	put(order_path, "order T-1 {\n    zone internet\n}\n");
	expect(CODE_REQUIRED, CODE_REQUIRED, "edited");
	cr_assert_eq(unlink(order_path), 0);
	expect(CODE_REQUIRED, CODE_REQUIRED, "gone");
	strcpy(remembered.order_hash, "00");
	remembered.version = 3;
	put(policy_path, POLICY_TEXT "zone unassigned {\ncode none\n}\n");
	stand_in(ZONE_INTERNET);
	expect(CODE_NONE, CODE_REQUIRED, "an enrolled terminal without its order");
	cr_assert_eq(unlink(policy_path), 0);
	expect(CODE_NONE, CODE_REQUIRED, "and without its policy");
}

Test(scope, in_mynumber_damage_requires_even_without_tokens)
{
	stand_in(ZONE_MYNUMBER);
	expect(CODE_REQUIRED, CODE_REQUIRED, "no policy");
	put(policy_path, POLICY_TEXT);
	put(next_path, "half-way\n");
	expect(CODE_REQUIRED, CODE_REQUIRED, "half-way");
}

Test(scope, an_order_that_the_log_never_heard_of)
{
	put(policy_path, POLICY_TEXT "zone unassigned {\n\tcode none\n}\n");
	expect(CODE_NONE, CODE_NONE, "never enrolled");
	put(order_path, "order T-1 {\n}\n");
	expect(CODE_NONE, CODE_REQUIRED, "another log");
}

Test(scope, between_two_zones_codes_are_required)
{
	put(policy_path, POLICY_TEXT);
	stand_in(ZONE_INTERNET);
	put(next_path, "half-way\n");
	expect(CODE_NONE, CODE_REQUIRED, "half-way");
	cr_assert_eq(unlink(next_path), 0);
	expect(CODE_NONE, CODE_NONE, "done");
}

Test(scope, a_log_that_is_down_leaves_what_it_said)
{
	put(policy_path, POLICY_TEXT);
	log_is_down = true;
	stand_in(ZONE_INTERNET);
	expect(CODE_NONE, CODE_REQUIRED, "never asked");
	log_is_down = false;
	put(order_path, "again\n");
	expect(CODE_NONE, CODE_NONE, "asked");
	log_is_down = true;
	put(order_path, "and again\n");
	expect(CODE_NONE, CODE_NONE, "down since");
}
