/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/table.h"

#include "cli/cell.h"
#include "core/lang.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

#define GAP 2 /* columns between two */

static char *copy(const char *text)
{
	char safe[TABLE_CELL_MAX];

	return strdup(text_escape(safe, sizeof(safe), text ? text : "", text ? strlen(text) : 0));
}

void table_add(struct table *table, const char *const cells[])
{
	char **grown = reallocarray(table->cells, table->n_cells + table->n_columns,
				    sizeof(table->cells[0]));

	if (!grown) {
		table->is_full = true;
		return;
	}
	table->cells = grown;
	for (size_t c = 0; c < table->n_columns; c++) {
		grown[table->n_cells] = copy(cells[c]);
		if (!grown[table->n_cells]) {
			table->is_full = true;
			table->n_cells -= c; /* a row is whole or not there */
			for (size_t i = 0; i < c; i++)
				free(grown[table->n_cells + i]);
			return;
		}
		table->n_cells++;
	}
}

/* The cell of a row, of row 0 its title. */
static const char *cell(const struct table *table, size_t row, size_t column)
{
	if (row == 0)
		return tr(table->titles[column]);
	return table->cells[(row - 1) * table->n_columns + column];
}

static size_t count_rows(const struct table *table)
{
	return 1 + table->n_cells / table->n_columns;
}

/* The last column that has something in it ends the line. */
static size_t last_column(const struct table *table, size_t row)
{
	size_t last = table->n_columns - 1;

	while (last > 0 && !*cell(table, row, last))
		last--;
	return last;
}

void table_print(const struct table *table, FILE *out)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 };

	for (size_t row = 0; row < count_rows(table); row++) {
		for (size_t c = 0; c < table->n_columns; c++) {
			size_t width = text_width(cell(table, row, c));

			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	for (size_t row = 0; row < count_rows(table); row++) {
		size_t last = last_column(table, row);

		for (size_t c = 0; c <= last; c++)
			cell_print(cell(table, row, c), c == last ? 0 : widths[c] + GAP, out);
		(void)fputc('\n', out);
	}
}

/* What a spreadsheet takes for the beginning of a formula, full-width forms included. */
static bool is_formula(const char *text)
{
	size_t len = strlen(text);
	uint32_t c = 0;
	size_t n = 0;

	for (size_t i = 0; i < len; i += n) {
		n = text_next(text + i, len - i, &c);
		if (n == 0)
			return true;
		if (text_half_width(c))
			c = (unsigned char)text_half_width(c);
		if (c != ' ')
			return c < ' ' || strchr("=+-@|%", (int)c) != NULL;
	}
	return false;
}

static void put_cell(const char *text, FILE *out)
{
	(void)fputs(is_formula(text) ? "\"'" : "\"", out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

void table_print_csv(const struct table *table, FILE *out)
{
	(void)fputs(TEXT_BYTE_ORDER_MARK, out);
	for (size_t row = 0; row < count_rows(table); row++) {
		for (size_t c = 0; c < table->n_columns; c++) {
			if (c > 0)
				(void)fputc(',', out);
			put_cell(cell(table, row, c), out);
		}
		(void)fputs("\r\n", out);
	}
}

void table_done(struct table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){ 0 };
}
