/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/key_step.h"

#include "audit/cursor.h"
#include "audit/record.h"
#include "audit/segment.h"
#include "core/err.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

size_t key_certificate_format(uint64_t seq, const char *origin, const char *vkey, char *out)
{
	return (size_t)snprintf(out, KEY_TEXT_MAX, "sekisho-key/v1\n%s\n%" PRIu64 "\n%s\n", origin,
				seq, vkey);
}

enum key_step_form key_step_read(const char *line, size_t len, uint64_t seq, struct key_step *ret)
{
	struct key_step step = { .seq = seq };
	struct cursor text, number, signature;
	struct err err = { 0 };
	bool has_number = record_field(line, len, "epoch", &number);
	bool has_signature = record_field(line, len, "epoch_sig", &signature);

	if (!record_field(line, len, "key", &text) ||
	    note_key_parse(text.at, (size_t)(text.end - text.at), &step.key, &err) < 0 ||
	    has_number != has_signature)
		return KEY_STEP_BAD;
	if (has_signature &&
	    (!cursor_number(&number, EPOCH_NUMBER_MAX, &step.epoch) || number.at != number.end ||
	     !cursor_bytes(&signature, step.signature, NOTE_SIGNATURE_SIZE) ||
	     signature.at != signature.end))
		return KEY_STEP_BAD;
	*ret = step;
	return has_signature ? KEY_STEP_SIGNED : KEY_STEP_BARE;
}

bool key_step_verify(const struct key_step *step, const struct epoch *signer, const char *origin)
{
	struct note_key key = { 0 };
	char vkey[NOTE_VKEY_MAX];
	char text[KEY_TEXT_MAX];

	memcpy(key.public, signer->public, NOTE_PUBLIC_SIZE);
	note_key_format(&step->key, vkey);
	return step->epoch == signer->number && strcmp(step->key.name, origin) == 0 &&
	       note_signature_verify(text, key_certificate_format(step->seq, origin, vkey, text),
				     &key, step->signature);
}

size_t key_line_format(const struct key_step *step, char *out)
{
	char vkey[NOTE_VKEY_MAX];
	char signature[NOTE_SIG_TEXT];

	note_key_format(&step->key, vkey);
	(void)sodium_bin2base64(signature, sizeof(signature), step->signature, NOTE_SIGNATURE_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	return (size_t)snprintf(out, KEY_TEXT_MAX, "#key %" PRIu64 " %" PRIu64 " %s %s\n",
				step->epoch, step->seq, vkey, signature);
}

int key_line_parse(const char *text, size_t len, struct key_step *ret)
{
	struct cursor cursor = { .at = text, .end = text + len };
	struct key_step step = { 0 };
	struct err err = { 0 };
	char again[KEY_TEXT_MAX];
	const char *blank;

	if (!cursor_literal(&cursor, "#key ") ||
	    !cursor_number(&cursor, EPOCH_NUMBER_MAX, &step.epoch) ||
	    !cursor_literal(&cursor, " ") || !cursor_number(&cursor, SEGMENT_SEQ_MAX, &step.seq) ||
	    !cursor_literal(&cursor, " "))
		return -EBADMSG;
	blank = memchr(cursor.at, ' ', (size_t)(cursor.end - cursor.at));
	if (!blank || note_key_parse(cursor.at, (size_t)(blank - cursor.at), &step.key, &err) < 0)
		return -EBADMSG;
	cursor.at = blank + 1;
	if (!cursor_bytes(&cursor, step.signature, NOTE_SIGNATURE_SIZE) || cursor.at != cursor.end)
		return -EBADMSG;
	if (key_line_format(&step, again) != len + 1 || memcmp(again, text, len) != 0)
		return -EBADMSG;
	*ret = step;
	return 0;
}
