/* SPDX-License-Identifier: Apache-2.0 */

/*
 * CSV as offices keep it (RFC 4180): UTF-8 or Shift_JIS is read, UTF-8 written.  A
 * spreadsheet takes some cells for formulas and runs them; none is written so, and
 * none is taken that was not marked as a text by a quote in front.
 */

#pragma once

#include "core/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CSV_EOL "\r\n"
#define CSV_COLUMNS_MAX 64
#define CSV_ROWS_MAX 100001

struct err;

struct csv_row {
	char **cells; /* UTF-8; a line break in one is a blank */
	size_t n;
};

struct csv {
	struct csv_row *rows;
	size_t n_rows;
	char *text;   /* of all cells */
	char **cells; /* of all rows */
};

/**
 * csv_parse() - read a whole file
 * @file:	its name, for errors, which name row and column as a spreadsheet counts them
 * @ret:	csv_done() it in any case
 *
 * Return: 0, -EILSEQ (neither UTF-8 nor Shift_JIS), -EINVAL, -E2BIG or -ENOMEM.
 */
int csv_parse(const char *file, const char *bytes, size_t len, struct csv *ret, struct err *err);

void csv_done(struct csv *csv);
#define cleanup_csv cleanup_with(csv_done)

/* What a spreadsheet takes for the beginning of a formula, full-width forms included. */
bool csv_is_formula(const char *text);

/* Take the quote off that csv_put() has put there.  Return: within @cell. */
const char *csv_unmarked(const char *cell);

/* One cell in quotes, with a quote in front of what would be a formula. */
void csv_put(const char *text, FILE *out);
