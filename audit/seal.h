/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The seal (封印値): the head of a log for a paper form or a telephone call.
 * Eight groups of five symbols (core/crockford.h):
 *
 *	values 0 to 6	the size, 35 bits, most significant first
 *	values 7, 8	the first 10 bits of SHA-256("sekisho-seal/v1" LF ORIGIN LF)
 *	values 9 to 31	the first 115 bits of SHA-256("sekisho-seal/v1" LF and the
 *			three lines of the checkpoint)
 *
 * Each group is four values and one that checks them and their place.  Whoever
 * kept the seal needs neither key nor file to tell later that a log was
 * changed, cut, or is another's.  Pure.
 */

#pragma once

#include "audit/checkpoint.h"

#define SEAL_GROUPS 8
#define SEAL_GROUP_LEN 5
#define SEAL_VALUES (SEAL_GROUPS * (SEAL_GROUP_LEN - 1))
#define SEAL_TEXT_SIZE (SEAL_GROUPS * (SEAL_GROUP_LEN + 1)) /* with hyphens and NUL */
#define SEAL_ENTRIES_MAX ((UINT64_C(1) << 35) - 1)

struct err;

struct seal {
	uint64_t size; /* entries */
	uint8_t values[SEAL_VALUES];
};

enum seal_match {
	SEAL_CHANGED = 0, /* of this log, yet these entries are not what was sealed */
	SEAL_FOREIGN = 1, /* of another log */
	SEAL_HELD = 2,
};

/* Return: 0, or -ERANGE for a log of more than SEAL_ENTRIES_MAX entries. */
int seal_make(const struct checkpoint *checkpoint, struct seal *ret, struct err *err);

void seal_format(const struct seal *seal, char ret[static SEAL_TEXT_SIZE]);

/**
 * seal_parse() - a seal as somebody copied it
 * @typed:	in any width and case, with blanks or hyphens anywhere
 *
 * Return: 0, or -EINVAL; @err names the group that is wrong.
 */
int seal_parse(const char *typed, struct seal *ret, struct err *err);

/* @checkpoint is that of @seal's size. */
enum seal_match seal_compare(const struct seal *seal, const struct checkpoint *checkpoint);
