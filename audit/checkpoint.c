/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/checkpoint.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

size_t checkpoint_format(const struct checkpoint *checkpoint, char *out)
{
	char root[NOTE_HASH_TEXT];

	(void)sodium_bin2base64(root, sizeof(root), checkpoint->root, sizeof(checkpoint->root),
				sodium_base64_VARIANT_ORIGINAL);
	return (size_t)snprintf(out, CHECKPOINT_BODY_MAX, "%s\n%" PRIu64 "\n%s\n",
				checkpoint->origin, checkpoint->size, root);
}

size_t checkpoint_note_format(const struct checkpoint *checkpoint, const struct note_key *key,
			      const uint8_t signature[NOTE_SIGNATURE_SIZE], char *out)
{
	size_t len = checkpoint_format(checkpoint, out);

	out[len++] = '\n';
	return len + note_signature_format(key, signature, out + len);
}

void checkpoint_sign(const struct checkpoint *checkpoint, const struct signer *signer,
		     uint8_t ret[NOTE_SIGNATURE_SIZE])
{
	char body[CHECKPOINT_BODY_MAX];
	size_t len = checkpoint_format(checkpoint, body);

	signer_sign(signer, body, len, ret);
}

bool checkpoint_verify(const struct checkpoint *checkpoint, const struct note_key *key,
		       const uint8_t signature[NOTE_SIGNATURE_SIZE])
{
	char body[CHECKPOINT_BODY_MAX];
	size_t len = checkpoint_format(checkpoint, body);

	return strcmp(checkpoint->origin, key->name) == 0 &&
	       note_signature_verify(body, len, key, signature);
}
