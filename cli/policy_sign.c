/* SPDX-License-Identifier: Apache-2.0 */

/* From a draft to what terminals accept; works anywhere, without the agent. */

#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "cli/sign.h"
#include "core/err.h"
#include "core/lang.h"
#include "policy/bundle.h"
#include "policy/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy sign FILE --key KEY-FILE [--output FILE]\n\n"
		 "Writes what the draft includes into it, signs it, and puts the result into the\n"
		 "output (FILE.signed).  A policy that is signed already gets one more "
		 "signature.\n"),
	      out);
}

static void count_difference(void *ctx, const struct policy_difference *difference)
{
	(void)difference;
	++*(unsigned int *)ctx;
}

/* What is signed must say what the draft said. */
static int check_bundle(const struct policy_file *file, const char *text, size_t len,
			struct err *err)
{
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };
	unsigned int n = 0;

	if (policy_load(&(struct policy_source){ .file = file->path, .text = text, .len = len },
			&policy, &diags) < 0)
		return diags_to_err(&diags, err);
	if (policy_compare(file->policy, policy, count_difference, &n) < 0 || n > 0)
		return err_set(err, -EINVAL, "the text to be signed would say something else");
	return 0;
}

static int bundle(struct policy_file *file, char **ret, size_t *ret_len, struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	struct policy_source source = policy_file_source(file);
	FILE *out = open_memstream(ret, ret_len);
	int rc;

	if (!out)
		return err_set(err, -ENOMEM, "out of memory");
	rc = policy_bundle(&source, out, &diags);
	if (fclose(out) != 0 && rc == 0)
		rc = err_set(err, -ENOMEM, "out of memory");
	if (diags.n_errors > 0) {
		policy_file_print(file, &diags);
		return EXIT_FAILURE;
	}
	return rc < 0 ? rc : check_bundle(file, *ret, *ret_len, err);
}

static int sign(struct policy_file *file, const struct sign_words *words, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	int rc;

	if (file->policy->version == 0)
		return err_set(err, -EINVAL,
			       "%s has no version, so no terminal would take it; remedy: begin it "
			       "with: policy NAME { version 1 }",
			       file->path);
	if (file->is_signed)
		return sign_file(file->bytes, file->len, &file->note, words, err);
	rc = bundle(file, &text, &len, err);
	return rc != 0 ? rc : sign_file(text, len, NULL, words, err);
}

int policy_sign(int argc, char *argv[], struct err *err)
{
	cleanup_policy_file struct policy_file file = { 0 };
	struct sign_words words;
	int rc = sign_words(argc, argv, &words);

	if (rc != 0)
		return options_usage(rc, print_usage);
	rc = policy_file_read(words.file, &file, err);
	return rc != 0 ? rc : sign(&file, &words, err);
}
