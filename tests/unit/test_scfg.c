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
	{ "too deep", "a {\nb {\nc {\nd {\ne {\nf {\ng {\nh {\ni {\n", -E2BIG, "f:9:3: blocks" },
	{ "text after brace", "a {b\n}\n", -EINVAL, "f:1:4: the line goes on" },
	{ "nameless block", "{\n}\n", -EINVAL, "f:1:1: a block" },
	{ "brace on its own line", "a\n{\nb\n}\n", -EINVAL, "f:2:1: a block" },
	{ "wide blank", "a\u3000b\n", -EINVAL, "f:1:2: full-width blank" },
	{ "wide letter", "a b\uff10\n", -EINVAL, "f:1:4: full-width character '\uff10'" },
	{ "wide backslash", "a b\uff3c\n", -EINVAL, "f:1:4: full-width character" },
	{ "wide comment", "\uff03 a {\n", -EINVAL, "f:1:1: full-width character" },
	{ "curly quote", "a \u201cb c\u201d\n", -EINVAL, "f:1:3: '\u201c' is no straight quote" },
	{ "curly quote without end", "a \u201cb\n", -EINVAL, "f:1:3: '\u201c' is no" },
	{ "wide braces", "a \uff5b\nb\n\uff5d\n", -EINVAL, "f:1:3: full-width character" },
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
	cleanup_diags struct diags diags = { 0 };
	struct err err = { 0 };

	int rc = scfg_parse("f", c->text, strlen(c->text), &block, &diags);

	(void)diags_to_err(&diags, &err);
	cr_expect_eq(rc, c->code, "%s: returned %d", c->name, rc);
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
	cleanup_diags struct diags diags = { 0 };

	cr_assert_eq(scfg_parse("f", text, sizeof(text) - 1, &block, &diags), 0);
	cr_assert_eq(block->n_directives, 2);
	cr_assert_str_eq(block->directives[0].params[0].text, "deny");

	const struct scfg_directive *rule = &block->directives[1];
	cr_assert_eq(rule->name.line, 4);
	cr_assert_str_eq(rule->params[0].text, "office keyboards");
	cr_assert_eq(rule->children.n_directives, 2);
	cr_assert_eq(rule->children.directives[1].name.line, 6);
	cr_assert_str_eq(rule->children.directives[1].params[0].text, "046d");
}

/* Every line that is wrong is named once, and the lines between them are read. */
Test(scfg, goes_on_after_an_error)
{
	static const char text[] = "a \"open\n"
				   "b good\n"
				   "c \001 {\n\tinner 'open\n\tfine\n}\n"
				   "}\n"
				   "d {e\n}\n"
				   "f good\n";
	static const unsigned int lines[] = { 1, 3, 4, 7, 8 };
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };

	cr_assert_eq(scfg_parse("f", text, sizeof(text) - 1, &block, &diags), -EINVAL);
	cr_assert_eq(diags.n, sizeof(lines) / sizeof(lines[0]));
	for (size_t i = 0; i < diags.n; i++)
		cr_expect_eq(diags.list[i].line, lines[i], "error %zu in line %u: %s", i,
			     diags.list[i].line, diags.list[i].text);
	cr_assert_eq(block->n_directives, 3);
	cr_expect_str_eq(block->directives[0].name.text, "b");
	cr_expect_str_eq(block->directives[2].name.text, "f");
}

/* One error for a line, and its words are those that were meant. */
Test(scfg, reads_full_width_characters_as_they_were_meant)
{
	static const char text[] = "\uff52ule\u3000a\u3000allow \uff5b\u3000\n"
				   "\u3000reason \u201c\u7a0e\u3000\u52d9\u201d\n"
				   "\uff5d\n"
				   "b \"\uff10\u3000\u201c\" \\\uff10\n"
				   "c \"\n {\u3000\nd \uff10\n}\n";
	static const unsigned int lines[] = { 1, 2, 3, 5, 6, 6, 7 };
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };

	cr_assert_eq(scfg_parse("f", text, sizeof(text) - 1, &block, &diags), -EINVAL);
	cr_expect_eq(diags.n, sizeof(lines) / sizeof(lines[0]));
	diags_sort(&diags);
	for (size_t i = 0; i < diags.n; i++)
		cr_expect_eq(diags.list[i].line, lines[i], "error %zu in line %u: %s", i,
			     diags.list[i].line, diags.list[i].text);
	cr_assert_eq(block->n_directives, 2);
	cr_expect_str_eq(block->directives[0].name.text, "rule");
	cr_expect_str_eq(block->directives[0].params[1].text, "allow");
	cr_assert_eq(block->directives[0].children.n_directives, 1);
	cr_expect_str_eq(block->directives[0].children.directives[0].params[0].text,
			 "\u7a0e\u3000\u52d9");
	cr_expect_str_eq(block->directives[1].params[0].text, "\uff10\u3000\u201c");
	cr_expect_str_eq(block->directives[1].params[1].text, "\uff10");
}

Test(scfg, keeps_a_thousand_errors_and_counts_the_rest)
{
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };
	char text[2 * (DIAG_MAX + 7)];

	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "}\n", 2);
	cr_expect_eq(scfg_parse("f", text, sizeof(text), &block, &diags), -EINVAL);
	cr_expect_eq(diags.n, DIAG_MAX);
	cr_expect_eq(diags.n_errors, DIAG_MAX + 7);
	cr_expect_eq(diags.n_dropped, 7);
}

Test(scfg, counts_the_words)
{
	size_t len = 2 * (SCFG_WORDS_MAX + (size_t)1);
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };
	cleanup_free char *text = malloc(len);

	for (size_t i = 0; i < len; i += 2)
		memcpy(text + i, "a ", 2);
	cr_expect_eq(scfg_parse("f", text, len - 2, &block, &diags), 0);
	scfg_free(block);
	block = NULL;
	cr_expect_eq(scfg_parse("f", text, len, &block, &diags), -E2BIG);
	cr_assert_eq(diags.n, 1);
	cr_expect(strstr(diags.list[0].text, "8388608 words"), "%s", diags.list[0].text);
}
