/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Approving a permit over the telephone, as temporary codes log in
 * (mfa/temporary.h): the same key, the same kind of challenge, the same state
 * and waits; other digits.  Pure (docs/decisions/0019).
 *
 *   challenge  7K3M-9QPX       three drawn symbols, four of what is approved, and
 *                              one that checks them
 *   digits     1234 5678 9012  nine of a keyed BLAKE2b; the last digit of each
 *                              group checks it
 *
 * MUST NOT: digits of one kind ever be good as the other.  Purpose and length of
 * what is hashed differ, and a state is of one kind.
 */

#pragma once

#include "mfa/temporary.h"

#define APPROVAL_DIGEST_LEN 32
#define APPROVAL_DATA_SIZE 10   /* the nine digits, with NUL */
#define APPROVAL_DIGITS_SIZE 15 /* "1234 5678 9012" */

/* What the digits stand for. */
struct approval {
	uint8_t digest[APPROVAL_DIGEST_LEN]; /* of what is approved, and by whom */
	const char *terminal;
	const char *challenge; /* canonical */
};

/* Of bytes that are the same on both sides, whatever they mean. */
void approval_digest(const void *bytes, size_t len, uint8_t ret[static APPROVAL_DIGEST_LEN]);

/* A fresh challenge about that. */
void approval_draw(const uint8_t digest[static APPROVAL_DIGEST_LEN],
		   char ret[static TEMPORARY_CHALLENGE_SIZE]);

/**
 * approval_fits() - whether a challenge may be about that
 * @challenge:	canonical, of temporary_read_challenge()
 *
 * For people who mishear each other: one in a million fits by chance, and proves
 * nothing, for the digits are of the whole digest.
 */
bool approval_fits(const char *challenge, const uint8_t digest[static APPROVAL_DIGEST_LEN]);

/* The digits to be read out; the caller wipes them. */
void approval_digits(const struct approval *approval, const uint8_t key[static MFA_KEY_LEN],
		     char ret[static APPROVAL_DIGITS_SIZE]);

/**
 * approval_read_digits() - what was typed, as temporary_read_digits()
 *
 * What is no number at all is TEMPORARY_OTHER.
 */
enum temporary_typed approval_read_digits(const char *typed, char ret[static APPROVAL_DATA_SIZE],
					  unsigned int *ret_group);

/**
 * approval_decide() - do these digits approve it now
 * @approval:	its challenge does not count: that of @state does
 *
 * As temporary_decide(): changes @state, which must be durable first.
 */
enum temporary_match approval_decide(struct temporary_state *state, const struct approval *approval,
				     const uint8_t key[static MFA_KEY_LEN],
				     const char data[static APPROVAL_DATA_SIZE],
				     const struct elapsed_now *now);
