/* SPDX-License-Identifier: Apache-2.0 */

/* A draft and its includes as one text. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/bundle.h"
#include "policy/compare.h"
#include "support/policies.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static int get_include(void *ctx, const char *name, char **ret_text, size_t *ret_len,
		       struct err *err)
{
	static const struct {
		const char *name;
		const char *text;
	} files[] = {
		{ "media", "# media of the tax office\nrule m allow {\n\tusb 0951:1666\n}\n" },
		{ "printers", "rule p allow {\n\tonly printer\n}" },
		{ "both", "include media\n\n  include printers" },
		{ "empty", "" },
		{ "comment", "# nothing yet" },
		{ "loop", "include loop\n" },
		{ "broken", "rule {\n" },
		{ "deep1", "include deep2\n" },
		{ "deep2", "include deep3\n" },
		{ "deep3", "include media\n" },
	};

	(void)ctx;
	for (size_t i = 0; i < N_ELEMENTS(files); i++) {
		if (strcmp(files[i].name, name) == 0) {
			*ret_text = strdup(files[i].text);
			*ret_len = strlen(*ret_text);
			return 0;
		}
	}
	return err_set(err, -ENOENT, "%s: not here", name);
}

static int bundle(const char *text, bool is_draft, char **ret, struct diags *diags)
{
	size_t len = 0;
	FILE *out = open_memstream(ret, &len);
	int rc = policy_bundle(&(struct policy_source){ .file = "p",
							.text = text,
							.len = strlen(text),
							.include = is_draft ? get_include : NULL },
			       out, diags);

	cr_assert_eq(fclose(out), 0);
	return rc;
}

static const struct {
	const char *draft;
	const char *bundled;
} good[] = {
	{ "", "\n" },
	{ "rule a allow {\n\tonly\taudio\n}", "rule a allow {\n    only    audio\n}\n" },
	{ "# head\ninclude media\n# tail\n", "# head\ninclude media {\n# media of the tax "
					     "office\nrule m allow {\n    usb 0951:1666\n}\n"
					     "}\n# tail\n" },
	{ "\tinclude   printers  ",
	  "include printers {\nrule p allow {\n    only printer\n}\n}\n" },
	{ "\"include\" printers\n",
	  "include printers {\nrule p allow {\n    only printer\n}\n}\n" },
	{ "include both\n",
	  "include both {\ninclude media {\n# media of the tax office\nrule m allow {\n"
	  "    usb 0951:1666\n}\n}\n\ninclude printers {\nrule p allow {\n    only "
	  "printer\n}\n}\n}\n" },
	{ "include empty\n", "include empty {\n}\n" },
	{ "include comment\n", "include comment {\n# nothing yet\n}\n" },
	/* half bundled already */
	{ "include mine {\n\t# here\n\tinclude printers\n}\n",
	  "include mine {\n    # here\ninclude printers {\nrule p allow {\n    only "
	  "printer\n}\n}\n}\n" },
	{ "include mine {\n}\n", "include mine {\n}\n" },
	/* no directive */
	{ "# include media\nrule a allow {\n\tonly audio\n\treason include\n}\n",
	  "# include media\nrule a allow {\n    only audio\n    reason include\n}\n" },
	{ "include deep1\n",
	  "include deep1 {\ninclude deep2 {\ninclude deep3 {\ninclude media {\n"
	  "# media of the tax office\nrule m allow {\n    usb 0951:1666\n}\n}\n}\n}\n}\n" },
};

static void differs(void *ctx, const struct policy_difference *difference)
{
	(void)difference;
	(*(unsigned int *)ctx)++;
}

Test(policy_bundle, writes_includes_in)
{
	for (size_t i = 0; i < N_ELEMENTS(good); i++) {
		cleanup_diags struct diags diags = { 0 };
		cleanup_free char *once = NULL;
		cleanup_free char *twice = NULL;

		cr_expect_eq(bundle(good[i].draft, true, &once, &diags), 0, "case %zu", i);
		cr_expect_str_eq(once, good[i].bundled, "case %zu: %s", i, once);
		cr_expect_eq(bundle(once, false, &twice, &diags), 0, "case %zu", i);
		cr_expect_str_eq(twice, once, "case %zu: %s", i, twice);
		cr_expect_eq(diags.n, 0);
	}
}

Test(policy_bundle, means_the_same)
{
	for (size_t i = 0; i < N_ELEMENTS(good); i++) {
		cleanup_policy struct policy *draft = NULL;
		cleanup_policy struct policy *bundled = NULL;
		cleanup_diags struct diags diags = { 0 };
		unsigned int n = 0;

		cr_assert_eq(policy_load(&(struct policy_source){ .file = "p",
								  .text = good[i].draft,
								  .len = strlen(good[i].draft),
								  .include = get_include },
					 &draft, &diags),
			     0, "case %zu", i);
		cr_assert_eq(policy_try(good[i].bundled, &bundled, &diags), 0, "case %zu: %s", i,
			     diags.n > 0 ? diags.list[0].text : "");
		cr_expect_eq(policy_compare(draft, bundled, differs, &n), 0);
		cr_expect_eq(n, 0, "case %zu", i);
	}
}

Test(policy_bundle, says_what_cannot_be_written_in)
{
	static const struct {
		const char *draft;
		bool is_draft;
		int code;
		const char *error;
	} bad[] = {
		{ "include media\n", false, -EINVAL, "p:1:1: 'media' is not covered" },
		{ "\ninclude elsewhere\n", true, -ENOENT, "p:2:9: elsewhere: not here" },
		{ "include loop\n", true, -E2BIG,
		  "loop:1:1: files include each other more than 4" },
		{ "include a {\ninclude b {\ninclude c {\ninclude d {\ninclude media\n}\n}\n}\n}\n",
		  true, -E2BIG, "p:5:1: files include each other more than 4" },
		{ "include ../x\n", true, -EINVAL, "p:1:1: include needs the name" },
		{ "include .x\n", true, -EINVAL, "p:1:1: include needs the name" },
		{ "include media # now\n", true, -EINVAL, "p:1:1: include needs the name" },
		{ "include broken\n", true, -EINVAL, "broken:1:1: block 'rule' is never closed" },
		{ "rule a allow {\nonly audio\nreason \"a\tb\"\n}\n", true, -EINVAL,
		  "p:3:8: a tab within a word cannot be signed" },
	};

	for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
		cleanup_diags struct diags diags = { 0 };
		cleanup_free char *text = NULL;
		struct err err = { 0 };

		cr_expect_eq(bundle(bad[i].draft, bad[i].is_draft, &text, &diags), bad[i].code,
			     "case %zu", i);
		(void)diags_to_err(&diags, &err);
		cr_expect(strncmp(err.text, bad[i].error, strlen(bad[i].error)) == 0,
			  "case %zu: %s", i, err.text);
	}
}

Test(policy_bundle, a_text_that_tabs_make_too_long_is_refused)
{
	cleanup_diags struct diags diags = { 0 };
	cleanup_free char *text = malloc(POLICY_BYTES_MAX / 4 + 2);
	FILE *out = fopen("/dev/null", "w");
	struct policy_source source = { .file = "p", .text = text, .len = POLICY_BYTES_MAX / 4 };

	memset(text, '\t', POLICY_BYTES_MAX / 4 + 2);
	text[POLICY_BYTES_MAX / 4 - 1] = '\n';
	text[POLICY_BYTES_MAX / 4] = '\n';
	cr_expect_eq(policy_bundle(&source, out, &diags), 0);
	source.len = POLICY_BYTES_MAX / 4 + 2;
	text[source.len - 1] = '\t';
	text[POLICY_BYTES_MAX / 4 - 1] = '\t';
	cr_expect_eq(policy_bundle(&source, out, &diags), -E2BIG);
	cr_assert_eq(fclose(out), 0);
}

Test(policy_bundle, a_full_disk_is_told)
{
	cleanup_diags struct diags diags = { 0 };
	FILE *out = fopen("/dev/full", "w");

	cr_assert_not_null(out);
	(void)setvbuf(out, NULL, _IONBF, 0);
	cr_expect_eq(policy_bundle(&(struct policy_source){ .file = "p", .text = "#", .len = 1 },
				   out, &diags),
		     -EIO);
	(void)fclose(out);
}
