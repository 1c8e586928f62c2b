/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/checkpoint.h"

#include "audit/cursor.h"
#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

bool checkpoint_verify(const struct checkpoint *checkpoint, const uint8_t public[NOTE_PUBLIC_SIZE],
		       const uint8_t signature[NOTE_SIGNATURE_SIZE])
{
	struct note_key key = { 0 };
	char body[CHECKPOINT_BODY_MAX];
	size_t len = checkpoint_format(checkpoint, body);

	memcpy(key.public, public, NOTE_PUBLIC_SIZE);
	return note_signature_verify(body, len, &key, signature);
}

int checkpoint_parse(const char *text, size_t len, struct checkpoint *ret)
{
	const char *newline = memchr(text, '\n', len);
	size_t name_len = newline ? (size_t)(newline - text) : 0;
	struct cursor cursor = { .at = text + name_len, .end = text + len };
	struct checkpoint checkpoint = { 0 };
	char again[CHECKPOINT_BODY_MAX];

	if (!note_is_name(text, name_len))
		return -EBADMSG;
	memcpy(checkpoint.origin, text, name_len);
	if (!cursor_literal(&cursor, "\n") ||
	    !cursor_number(&cursor, (uint64_t)INT64_MAX, &checkpoint.size) ||
	    !cursor_literal(&cursor, "\n") ||
	    !cursor_bytes(&cursor, checkpoint.root, sizeof(checkpoint.root)))
		return -EBADMSG;
	if (checkpoint_format(&checkpoint, again) != len || memcmp(again, text, len) != 0)
		return -EBADMSG;
	*ret = checkpoint;
	return 0;
}

bool checkpoint_read(int dirfd, const char *name, const struct note_key *key,
		     struct checkpoint *ret, char *note)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char bytes[CHECKPOINT_MAX + 1] = "";
	ssize_t len = fd < 0 ? -1 : read(fd, bytes, CHECKPOINT_MAX);
	struct checkpoint checkpoint;
	struct note parsed;
	struct err err = { 0 };

	if (len <= 0 || note_parse(bytes, (size_t)len, &parsed, &err) < 0 ||
	    checkpoint_parse(parsed.text, parsed.text_len, &checkpoint) < 0 ||
	    strcmp(checkpoint.origin, key->name) != 0 || !note_is_signed_by(&parsed, key))
		return false;
	*ret = checkpoint;
	if (note)
		memcpy(note, bytes, sizeof(bytes));
	return true;
}
