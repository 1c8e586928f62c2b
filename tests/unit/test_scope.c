/* SPDX-License-Identifier: Apache-2.0 */

/* Where a code is needed, and that no damage to the files makes it less. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "otpd/scope.h"

#define POLICY_TEXT                                                                                \
	"zone mynumber {\n\tcode required\n\tcode none cron\n}\n"                                  \
	"zone lgwan {\n\tcode optional\n}\n"                                                       \
	"zone internet {\n\tcode none\n}\n"

static char dir[64];
static char policy_path[96];
static char terminal_path[96];
static struct scope scope;

static void begin(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/sekisho-scope-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	(void)snprintf(policy_path, sizeof(policy_path), "%s/policy", dir);
	(void)snprintf(terminal_path, sizeof(terminal_path), "%s/terminal", dir);
	scope_init(&scope, policy_path, terminal_path);
	if (geteuid() != 0)
		cr_skip_test("only root can write what the scope believes");
}

static void end(void)
{
	scope_deinit(&scope);
	(void)unlink(policy_path);
	(void)unlink(terminal_path);
	(void)rmdir(dir);
}

TestSuite(scope, .init = begin, .fini = end);

/* Beside, then renamed, as sekishod does. */
static void put(const char *path, const char *text)
{
	cleanup_fclose FILE *file = NULL;
	char temp[128];

	(void)snprintf(temp, sizeof(temp), "%s.new", path);
	file = fopen(temp, "w");
	cr_assert_not_null(file);
	cr_assert_geq(fputs(text, file), 0);
	cr_assert_eq(fflush(file), 0);
	cr_assert_eq(chmod(temp, 0644), 0);
	cr_assert_eq(rename(temp, path), 0);
}

static void expect(enum code_need before, enum code_need after, const char *what)
{
	cr_expect_eq(scope_need(&scope, "login", false), before, "%s, no token yet", what);
	cr_expect_eq(scope_need(&scope, "login", true), after, "%s, with a token", what);
}

Test(scope, without_anything)
{
	expect(CODE_NONE, CODE_REQUIRED, "no files");
	put(terminal_path, "zone internet\n");
	expect(CODE_NONE, CODE_REQUIRED, "no policy");
}

Test(scope, an_unassigned_terminal)
{
	put(policy_path, POLICY_TEXT);
	expect(CODE_NONE, CODE_REQUIRED, "no terminal file");
	put(terminal_path, "id t-1\n");
	expect(CODE_NONE, CODE_REQUIRED, "no zone in it");
	put(terminal_path, "zone unassigned\n");
	expect(CODE_NONE, CODE_REQUIRED, "unassigned");
	put(policy_path, POLICY_TEXT "zone unassigned {\n\tcode optional\n}\n");
	expect(CODE_OPTIONAL, CODE_OPTIONAL, "unassigned by policy");
}

Test(scope, each_zone_as_the_policy_says)
{
	put(policy_path, POLICY_TEXT);
	put(terminal_path, "zone mynumber\n");
	expect(CODE_REQUIRED, CODE_REQUIRED, "mynumber");
	cr_expect_eq(scope_need(&scope, "cron", true), CODE_NONE);
	cr_expect_eq(scope_need(&scope, "", true), CODE_REQUIRED);
	put(terminal_path, "zone lgwan\n");
	expect(CODE_OPTIONAL, CODE_OPTIONAL, "lgwan");
	put(terminal_path, "zone internet\n");
	expect(CODE_NONE, CODE_NONE, "internet");
	put(policy_path, "zone internet {\n\tcode required\n}\n");
	expect(CODE_REQUIRED, CODE_REQUIRED, "internet by another policy");
}

Test(scope, damage_requires)
{
	put(policy_path, POLICY_TEXT);
	put(terminal_path, "zone internet\n");
	expect(CODE_NONE, CODE_NONE, "internet");
	put(policy_path, "zone internet {\n");
	expect(CODE_NONE, CODE_REQUIRED, "a torn policy");
	cr_expect_neq(*scope.detail, '\0', "nothing is said about it");
	put(terminal_path, "zone lgwan\n");
	expect(CODE_NONE, CODE_REQUIRED, "a torn policy in another zone");
	cr_expect_neq(*scope.detail, '\0', "it is still to be said");
	put(terminal_path, "zone internet\n");
	put(policy_path, POLICY_TEXT);
	expect(CODE_NONE, CODE_NONE, "mended");
	cr_expect_str_eq(scope.detail, "");
	cr_assert_eq(chmod(policy_path, 0666), 0);
	expect(CODE_NONE, CODE_REQUIRED, "a policy that others can write");
	put(policy_path, POLICY_TEXT);
	put(terminal_path, "zone elsewhere\n");
	expect(CODE_NONE, CODE_REQUIRED, "a zone that is none");
	cr_expect_neq(*scope.detail, '\0', "nothing is said about it");
}

Test(scope, a_terminal_file_that_goes_leaves_the_zone)
{
	put(policy_path, POLICY_TEXT);
	put(terminal_path, "zone mynumber\n");
	expect(CODE_REQUIRED, CODE_REQUIRED, "mynumber");
	cr_assert_eq(unlink(terminal_path), 0);
	expect(CODE_REQUIRED, CODE_REQUIRED, "gone");
	cr_assert_eq(unlink(policy_path), 0);
	expect(CODE_NONE, CODE_REQUIRED, "both gone");
}
