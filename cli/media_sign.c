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

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media sign FILE --key KEY-FILE [--output FILE]\n\n"
		 "Signs a register, and puts the result into the output (FILE.signed).  One that "
		 "is\n"
		 "signed already gets one more signature.\n"),
	      out);
}

int media_sign(int argc, char *argv[], struct err *err)
{
	cleanup_register_file struct register_file file = { 0 };
	struct sign_words words;
	int rc = sign_words(argc, argv, &words);

	if (rc != 0)
		return options_usage(rc, print_usage);
	rc = register_file_read(words.file, NULL, &file, err);
	if (rc != 0)
		return rc;
	if (file.ledger->version == 0)
		return err_set(err, -EINVAL,
			       "%s has no version, so no terminal would take it; remedy: begin it "
			       "with: register NAME { version 1 }",
			       file.path);
	return sign_file(file.bytes, file.len, file.is_signed ? &file.note : NULL, &words, err);
}
