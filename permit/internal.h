/* SPDX-License-Identifier: Apache-2.0 */

/* Between the files of this library: blocks of statements with one value each. */

#pragma once

#include "core/scfg.h"
#include "permit/permit.h"

#include <errno.h>
#include <stddef.h>

struct permit_reader {
	const char *file;
	struct diags *diags;
};

#define PERMIT_FAIL(r, word, ...)                                                                  \
	((void)scfg_fail((r)->file, word, -EINVAL, (r)->diags, __VA_ARGS__))

/* What a statement's value is. */
enum permit_value {
	PERMIT_NAME_VALUE,
	PERMIT_TEXT_VALUE,
	PERMIT_MINUTE_VALUE,
	PERMIT_COUNT_VALUE,
	PERMIT_NUMBER_VALUE, /* of 64 bits, not below 0 */
	PERMIT_ACCESS_VALUE,
	PERMIT_STAGE_VALUE,
	PERMIT_BOOT_VALUE,
};

/* A statement, and where its value is. */
struct permit_line {
	const char *name;
	const char *key; /* in the log and in lists; NULL: stands in none */
	enum permit_value value;
	size_t at;
	size_t size;
};

struct permit_block {
	const struct permit_line *lines;
	size_t n; /* up to 32 */
};

#define PERMIT_FIELD(type, field) offsetof(struct type, field), sizeof(((struct type *)NULL)->field)

/* The time that has gone since something, as statements. */
#define PERMIT_ELAPSED(type, field)                                                                \
	{ "approved", NULL, PERMIT_NUMBER_VALUE, PERMIT_FIELD(type, field.wall_s) },               \
		{ "latest", NULL, PERMIT_NUMBER_VALUE, PERMIT_FIELD(type, field.latest_s) },       \
		{ "elapsed", NULL, PERMIT_NUMBER_VALUE, PERMIT_FIELD(type, field.elapsed_us) },    \
		{ "since", NULL, PERMIT_NUMBER_VALUE, PERMIT_FIELD(type, field.since_us) },        \
	{                                                                                          \
		"boot", NULL, PERMIT_BOOT_VALUE, PERMIT_FIELD(type, field.boot)                    \
	}

/* permit_check(), of what only a company's medium has. */
int permit_check_vendor(const struct permit *permit, struct err *err);

extern const struct permit_block permit_block;
extern const struct permit_block permit_record_block;

/* Each statement stands at most once. */
void permit_read_block(struct permit_reader *r, const struct scfg_directive *d,
		       const struct permit_block *block, void *into);

/* Numbers, users, words: no blanks, nothing that a list would take apart. */
void permit_read_name(struct permit_reader *r, const struct scfg_word *word, char *out,
		      size_t size);

#define PERMIT_VALUE_TEXT 64 /* of what is not text itself */

/* The value of a statement: in the struct or in @out; "": it need not stand. */
const char *permit_value_text(const struct permit_line *line, const void *from,
			      char out[static PERMIT_VALUE_TEXT]);

/* "HEAD {", the statements that have a value, and "}". */
void permit_print_block(FILE *out, const char *head, const struct permit_block *block,
			const void *from);
