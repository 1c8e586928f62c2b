/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An entry in the words of the process's language.  They are made from its
 * fields each time and never signed: a better word changes no proof.
 */

#pragma once

#include "audit/record.h"

#include <jansson.h>
#include <stdio.h>

/* What happened, in a few words. */
const char *log_words_summary(const struct record_prefix *prefix);

/* What a word of the log under that key means; "" where the summary says it already. */
const char *log_words_value(const char *key, const char *value);

/* "  0781:5583  Ultra Fit  port 1-4 ...": what people ask for first. */
void log_words_details(const json_t *entry, FILE *out);

/* Local time; @format is for strftime(). */
void log_words_time(int64_t wall_us, const char *format, FILE *out);

/* Text of an entry, with a question mark for what could hurt a terminal or a line. */
void log_words_safe(const char *text, FILE *out);

/* The same, with @quote for each quotation mark. */
void log_words_escaped(const char *text, const char *quote, FILE *out);

/* The same in quotation marks where it has a blank or is empty. */
void log_words_quoted(const char *text, FILE *out);
