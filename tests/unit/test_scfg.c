/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <string.h>

#include "core/err.h"
#include "core/scfg.h"

static const struct rejected {
	const char *name;
	const char *text;
	int code;
	const char *says;
} rejected[] = {
	{ "unclosed block", "rule {\n", -EINVAL, "f:1:1: block 'rule'" },
	{ "stray brace", "a\n}\n", -EINVAL, "f:2:1: '}' without" },
	{ "open quote", "a \"b\nc\"\n", -EINVAL, "f:1:5: quoted word" },
	{ "control byte", "a \001\n", -EINVAL, "f:1:3: control" },
	{ "too deep", "a {\nb {\nc {\nd {\ne {\n", -E2BIG, "f:5:3: blocks" },
	{ "text after brace", "a {b\n}\n", -EINVAL, "f:1:4: expected" },
	{ "nameless block", "{\n}\n", -EINVAL, "f:1:1: a block" },
};

/*
 * Criterion runs every case in its own process and copies the parameter there,
 * so a parameter may not hold pointers.  It is an index into the table.
 */
ParameterizedTestParameters(scfg, rejects)
{
	static size_t index[sizeof(rejected) / sizeof(rejected[0])];

	for (size_t i = 0; i < sizeof(index) / sizeof(index[0]); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof(index) / sizeof(index[0]));
}

ParameterizedTest(const size_t *i, scfg, rejects)
{
	const struct rejected *c = &rejected[*i];
	cleanup_scfg struct scfg_block *block = NULL;
	struct err err = { 0 };

	int rc = scfg_parse("f", c->text, strlen(c->text), &block, &err);

	cr_expect_eq(rc, c->code, "%s: returned %d", c->name, rc);
	cr_expect_null(block, "%s: result set on failure", c->name);
	cr_expect(strncmp(err.text, c->says, strlen(c->says)) == 0, "%s: said '%s'", c->name,
		  err.text);
}

Test(scfg, keeps_order_params_and_lines)
{
	static const char text[] = "# who may plug in what\n"
				   "default deny\n"
				   "\n"
				   "rule \"office keyboards\" {\n"
				   "\tallow\n"
				   "\tvendor 046d\n"
				   "}\n";
	cleanup_scfg struct scfg_block *block = NULL;
	struct err err = { 0 };

	cr_assert_eq(scfg_parse("f", text, sizeof(text) - 1, &block, &err), 0, "%s", err.text);
	cr_assert_eq(block->n_directives, 2);
	cr_assert_str_eq(block->directives[0].params[0].text, "deny");

	const struct scfg_directive *rule = &block->directives[1];
	cr_assert_eq(rule->name.line, 4);
	cr_assert_str_eq(rule->params[0].text, "office keyboards");
	cr_assert_eq(rule->children.n_directives, 2);
	cr_assert_eq(rule->children.directives[1].name.line, 6);
	cr_assert_str_eq(rule->children.directives[1].params[0].text, "046d");
}
