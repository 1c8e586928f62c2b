/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/attest.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

size_t attest_format(const struct checkpoint *head, uint64_t epoch,
		     const uint8_t nonce[ATTEST_NONCE_SIZE], char *out)
{
	char hex[2 * ATTEST_NONCE_SIZE + 1];
	char body[CHECKPOINT_BODY_MAX];

	(void)checkpoint_format(head, body);
	(void)sodium_bin2hex(hex, sizeof(hex), nonce, ATTEST_NONCE_SIZE);
	return (size_t)snprintf(out, ATTEST_TEXT_MAX, "sekisho-attest/v1\n%s%" PRIu64 "\n%s\n",
				body, epoch, hex);
}

bool attest_verify(const struct checkpoint *head, const struct epoch *epoch,
		   const uint8_t nonce[ATTEST_NONCE_SIZE],
		   const uint8_t signature[NOTE_SIGNATURE_SIZE])
{
	struct note_key key = { 0 };
	char text[ATTEST_TEXT_MAX];
	size_t len = attest_format(head, epoch->number, nonce, text);

	memcpy(key.public, epoch->public, NOTE_PUBLIC_SIZE);
	return note_signature_verify(text, len, &key, signature);
}
