/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/sheet.h"

#include "cli/cell.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

#define LABEL_WIDTH 22 /* columns */
#define VALUE_MAX 1024

void sheet_line(const char *label, const char *value)
{
	char safe[VALUE_MAX];

	if (!*value)
		return;
	cell_print(label, LABEL_WIDTH, stdout);
	puts(text_escape(safe, sizeof(safe), value, strlen(value)));
}
