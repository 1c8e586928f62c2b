/* SPDX-License-Identifier: Apache-2.0 */

/* From a table of media to a register; nobody outside media_import*.c includes it. */

#pragma once

#include "cli/csv.h"
#include "ledger/ledger.h"

/**
 * media_import_rows() - make a register of a table
 * @into:	the register that it changes and adds to; NULL: a new one
 * @all:	the table is the whole register: media that it lacks are left out,
 *		except those that something happened to
 * @ret_text:	the register as a draft, the caller's
 *
 * Everything that is wrong is printed to stderr, with row and column.
 *
 * Return: 0, EXIT_FAILURE (it has errors, printed) or -ENOMEM.
 */
int media_import_rows(const char *file, const struct csv *csv, const struct ledger *into, bool all,
		      char **ret_text, struct ledger **ret, struct err *err);
