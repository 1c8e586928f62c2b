/* SPDX-License-Identifier: Apache-2.0 */

#include "permit/internal.h"

#include <errno.h>

void permit_print_block(FILE *out, const char *head, const struct permit_block *block,
			const void *from)
{
	char text[PERMIT_VALUE_TEXT];

	(void)fprintf(out, "%s {\n", head);
	for (size_t i = 0; i < block->n; i++) {
		const char *value = permit_value_text(&block->lines[i], from, text);

		if (*value == '\0')
			continue;
		(void)fprintf(out, "    %s ", block->lines[i].name);
		scfg_print_word(out, value);
		(void)fputc('\n', out);
	}
	(void)fputs("}\n", out);
}

int permit_print(const struct permit *permit, const struct permit_record *record, FILE *out)
{
	char head[PERMIT_NUMBER_MAX + 16];

	(void)snprintf(head, sizeof(head), "permit %s", permit->number);
	permit_print_block(out, head, &permit_block, permit);
	if (record)
		permit_print_block(out, "record", &permit_record_block, record);
	return ferror(out) ? -EIO : 0;
}
