/* SPDX-License-Identifier: Apache-2.0 */

/* Entries as text for people and for other programs. */

#pragma once

#include "cli/log_mark.h"
#include "cli/log_segment.h"

#include <stdio.h>

enum log_format {
	LOG_FORMAT_SHORT = 0,   /* one line of words */
	LOG_FORMAT_WIDE = 1,    /* and every value */
	LOG_FORMAT_JSON = 2,    /* the lines as they are signed */
	LOG_FORMAT_CSV = 3,     /* for spreadsheets */
	LOG_FORMAT_RFC5424 = 4, /* syslog */
};

struct log_printer {
	enum log_format format;
	bool with_mark; /* CSV: begin with a byte order mark */
	struct log_marks marks;
	FILE *out;
};

/* Return: 0, or -EINVAL. */
int log_format_parse(const char *name, enum log_format *ret, struct err *err);

/* What stands before the first entry. */
void log_print_begin(const struct log_printer *printer);
void log_print_entry(const struct log_printer *printer, const struct log_entry *entry);

/* The hash of an entry's leaf in base64, that a proof of it begins with; also of a redacted one. */
void log_print_leaf(const struct log_entry *entry, char out[NOTE_HASH_TEXT]);
