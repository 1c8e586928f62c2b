/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/cell.h"

#include "core/text.h"

void cell_print(const char *text, size_t width, FILE *out)
{
	(void)fputs(text, out);
	for (size_t used = text_width(text); used < width; used++)
		(void)fputc(' ', out);
}
