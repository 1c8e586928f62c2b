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

/* A statement, and where its value goes. */
struct permit_line {
	const char *name;
	enum permit_value value;
	size_t at;
	size_t size;
};

#define PERMIT_FIELD(type, field) offsetof(struct type, field), sizeof(((struct type *)NULL)->field)

/* Read a block by a table; each statement stands at most once. */
void permit_read_block(struct permit_reader *r, const struct scfg_directive *d,
		       const struct permit_line *lines, size_t n, void *into);

/* Numbers, users, words: no blanks, nothing that a list would take apart. */
void permit_read_name(struct permit_reader *r, const struct scfg_word *word, char *out,
		      size_t size);

/* Writing: nothing for an empty value. */
void permit_put(FILE *out, const char *name, const char *value);
void permit_put_minute(FILE *out, const char *name, policy_minute minute);
void permit_put_number(FILE *out, const char *name, int64_t number);
void permit_put_elapsed(FILE *out, const struct elapsed *elapsed);
void permit_put_boot(FILE *out, const char *name, const uint8_t boot[static ELAPSED_BOOT_LEN]);
