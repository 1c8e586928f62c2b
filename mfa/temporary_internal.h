/* SPDX-License-Identifier: Apache-2.0 */

/* What temporary codes and approvals by telephone (mfa/approval.h) are both made of. */

#pragma once

#include "mfa/temporary.h"

#define TEMPORARY_GROUP_DATA 3 /* digits of a group without the one that checks them */

struct temporary_terms {
	unsigned int quarters; /* of an hour, from the challenge on */
	unsigned int uses;
};

/* Nine digits as a number: a keyed BLAKE2b over @text, whose first 16 bytes are its purpose. */
unsigned int temporary_number(const void *text, size_t size, const uint8_t key[static MFA_KEY_LEN]);

/* @data in groups of four; @ret has room for them. */
void temporary_write_groups(const char *data, unsigned int n_groups, char *ret);

/**
 * temporary_read_groups() - the other way, as temporary_read_digits()
 * @shortest:	fewer digits than that are something else
 * @ret:	has room for the data of the groups and a NUL
 */
enum temporary_typed temporary_read_groups(const char *typed, size_t shortest,
					   unsigned int n_groups, char *ret,
					   unsigned int *ret_group);

/**
 * temporary_settle() - what an attempt comes to
 * @terms:	of the digits that came, which are right; NULL: they are wrong
 */
enum temporary_match temporary_settle(struct temporary_state *state, enum temporary_purpose purpose,
				      const struct temporary_terms *terms,
				      const struct elapsed_now *now);
