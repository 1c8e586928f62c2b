/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The answer to a challenge: whoever signs it holds the key of the current
 * epoch now.  A log that was cut, or a whole folder that was put back, has files
 * that fit each other and a key that no longer signs what they say comes next.
 */

#pragma once

#include "audit/checkpoint.h"
#include "audit/epoch.h"

#define ATTEST_NONCE_SIZE 32
#define ATTEST_TEXT_MAX 640 /* bytes of what is signed */

/* @out has ATTEST_TEXT_MAX bytes.  Return: the length of the text that is signed. */
size_t attest_format(const struct checkpoint *head, uint64_t epoch,
		     const uint8_t nonce[ATTEST_NONCE_SIZE], char *out);

/* True when @signature over it is by @epoch. */
bool attest_verify(const struct checkpoint *head, const struct epoch *epoch,
		   const uint8_t nonce[ATTEST_NONCE_SIZE],
		   const uint8_t signature[NOTE_SIGNATURE_SIZE]);
