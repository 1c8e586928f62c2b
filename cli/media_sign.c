/* SPDX-License-Identifier: Apache-2.0 */

/* From a draft of the register to what terminals accept. */

#include "cli/media_files.h"
#include "cli/options.h"
#include "cli/register_file.h"
#include "cli/sign.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media sign FILE --key KEY-FILE [--output FILE]\n\n"
		 "Signs a register, and puts the result into the output (FILE.signed).  One that "
		 "is\n"
		 "signed already gets one more signature.\n"),
	      out);
}

static int sign(const struct register_file *file, const char *key, const char *output,
		struct err *err)
{
	cleanup_free char *beside = NULL;

	if (file->ledger->version == 0)
		return err_set(err, -EINVAL,
			       "%s has no version, so no terminal would take it; remedy: begin it "
			       "with: register NAME { version 1 }",
			       file->path);
	if (!output && asprintf(&beside, "%s%s", file->path, file->is_signed ? "" : ".signed") < 0)
		return err_set(err, -ENOMEM, "out of memory");
	if (!output)
		output = beside;
	if (!file->is_signed)
		return sign_text(file->bytes, file->len, NULL, 0, key, output, err);
	return sign_text(file->note.text, file->note.text_len, file->bytes, file->len, key, output,
			 err);
}

int media_sign(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	cleanup_register_file struct register_file file = { 0 };
	const char *output = NULL;
	const char *key = NULL;
	int option;
	int rc;

	optind = 1;
	while ((option = option_next(argc, argv, "o:", options)) >= 0) {
		if (option != 'k' && option != 'o')
			return options_usage(option == 'h', print_usage);
		*(option == 'k' ? &key : &output) = optarg;
	}
	if (optind != argc - 1 || !key || (strcmp(argv[optind], "-") == 0 && !output))
		return options_usage(-EINVAL, print_usage);
	rc = register_file_read(argv[optind], NULL, &file, err);
	return rc != 0 ? rc : sign(&file, key, output, err);
}
