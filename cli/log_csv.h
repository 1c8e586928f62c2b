/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Entries as CSV (RFC 4180) that a spreadsheet may open: no cell is taken for a
 * formula, whatever a device calls itself.  Each row has the number and the leaf
 * hash, so that it can be found and proven in the log.
 */

#pragma once

#include "cli/log_mark.h"
#include "cli/log_segment.h"

#include <stdio.h>

/* @with_mark: some spreadsheets know UTF-8 by its byte order mark only. */
void log_csv_begin(bool with_mark, FILE *out);
void log_csv_print(const struct log_marks *marks, const struct log_entry *entry, FILE *out);
