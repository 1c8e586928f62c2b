/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Rows whose columns line up, and the same rows as CSV (RFC 4180) that a
 * spreadsheet may open.  Cells are foreign text: what could hurt a terminal is
 * escaped, what a spreadsheet takes for a formula is not left to be one.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16
#define TABLE_CELL_MAX 1024 /* bytes with NUL; longer is cut at a whole character */

struct table {
	const char *const *titles; /* extracted with N_(); the caller's */
	size_t n_columns;
	char **cells;
	size_t n_cells;
	bool is_full; /* memory ran out */
};

/* Copies n_columns cells; NULL is an empty one. */
void table_add(struct table *table, const char *const cells[]);

/* Titles, then the rows; nothing but the titles where there are none. */
void table_print(const struct table *table, FILE *out);

/* The same as CSV with a byte order mark, and lines that end in CR LF. */
void table_print_csv(const struct table *table, FILE *out);

void table_done(struct table *table);
