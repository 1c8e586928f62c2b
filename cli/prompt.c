/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/prompt.h"

#include "core/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int prompt_line(const char *question, char *out, size_t size, struct err *err)
{
	size_t len;

	fputs(question, stdout);
	(void)fflush(stdout);
	if (!fgets(out, (int)size, stdin))
		return err_set(err, -ENODATA, "no answer was given");
	len = strlen(out);
	if (len == 0 || out[len - 1] != '\n')
		return err_set(err, -E2BIG, "the answer is too long");
	out[len - 1] = '\0';
	return 0;
}
