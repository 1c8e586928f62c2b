/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/csv.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *written(const struct csv *csv, bool unmarked, size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);

	for (size_t i = 0; i < csv->n_rows; i++) {
		for (size_t j = 0; j < csv->rows[i].n; j++) {
			const char *cell = csv->rows[i].cells[j];

			(void)fputs(j > 0 ? "," : "", out);
			csv_put(unmarked ? csv_unmarked(cell) : cell, out);
		}
		(void)fputs(CSV_EOL, out);
	}
	if (fclose(out) != 0)
		abort();
	return text;
}

/* What is written is no formula, and comes back as it was. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_csv struct csv csv = { 0 };
	cleanup_csv struct csv again = { 0 };
	cleanup_free char *text = NULL;
	cleanup_free char *text_again = NULL;
	struct err err = { 0 };
	size_t len = 0, len_again = 0;

	if (csv_parse("f", (const char *)data, size, &csv, &err) < 0)
		return 0;
	text = written(&csv, false, &len);
	if (csv_parse("f", text, len, &again, &err) < 0 || again.n_rows != csv.n_rows)
		abort();
	for (size_t i = 0; i < again.n_rows; i++) {
		for (size_t j = 0; j < again.rows[i].n; j++) {
			if (csv_is_formula(again.rows[i].cells[j]))
				abort();
		}
	}
	text_again = written(&again, true, &len_again);
	if (len != len_again || memcmp(text, text_again, len) != 0)
		abort();
	return 0;
}
