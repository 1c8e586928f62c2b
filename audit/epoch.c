/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/epoch.h"

#include "audit/cursor.h"
#include "audit/record.h"
#include "core/err.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

void epoch_enrolment(const uint8_t public[NOTE_PUBLIC_SIZE], char *out)
{
	uint8_t digest[EPOCH_ENROLMENT_LEN / 2];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, NOTE_PUBLIC_SIZE, public);
	sha256_digest(&ctx, sizeof(digest), digest);
	(void)sodium_bin2hex(out, EPOCH_ENROLMENT_LEN + 1, digest, sizeof(digest));
}

bool epoch_begins(const struct epoch *epoch, const char *origin)
{
	const char *slash = strrchr(origin, '/');
	char enrolment[EPOCH_ENROLMENT_LEN + 1];

	epoch_enrolment(epoch->public, enrolment);
	return epoch->number == 0 && slash && strcmp(slash + 1, enrolment) == 0;
}

size_t epoch_certificate_format(const struct epoch *epoch, const char *origin, char *out)
{
	char public[NOTE_HASH_TEXT];

	(void)sodium_bin2base64(public, sizeof(public), epoch->public, NOTE_PUBLIC_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	return (size_t)snprintf(out, EPOCH_TEXT_MAX, "sekisho-epoch/v1\n%s\n%" PRIu64 "\n%s\n",
				origin, epoch->number, public);
}

bool epoch_step_verify(const struct epoch_step *step, const struct epoch *old, const char *origin)
{
	struct note_key key = { 0 };
	char text[EPOCH_TEXT_MAX];
	size_t len = epoch_certificate_format(&step->next, origin, text);

	memcpy(key.public, old->public, NOTE_PUBLIC_SIZE);
	return step->next.number == old->number + 1 &&
	       note_signature_verify(text, len, &key, step->signature);
}

bool epoch_step_read(const char *line, size_t len, struct epoch_step *ret)
{
	struct epoch_step step;
	struct cursor number, key, signature;

	if (!record_field(line, len, "epoch", &number) ||
	    !record_field(line, len, "epoch_key", &key) ||
	    !record_field(line, len, "epoch_sig", &signature) ||
	    !cursor_number(&number, EPOCH_NUMBER_MAX, &step.next.number) ||
	    !cursor_bytes(&key, step.next.public, NOTE_PUBLIC_SIZE) ||
	    !cursor_bytes(&signature, step.signature, NOTE_SIGNATURE_SIZE) ||
	    number.at != number.end || key.at != key.end || signature.at != signature.end)
		return false;
	*ret = step;
	return true;
}

size_t epoch_line_format(const struct epoch_step *step, char *out)
{
	char public[NOTE_HASH_TEXT];
	char signature[NOTE_SIG_TEXT] = "-";

	(void)sodium_bin2base64(public, sizeof(public), step->next.public, NOTE_PUBLIC_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	if (step->next.number > 0)
		(void)sodium_bin2base64(signature, sizeof(signature), step->signature,
					NOTE_SIGNATURE_SIZE, sodium_base64_VARIANT_ORIGINAL);
	return (size_t)snprintf(out, EPOCH_TEXT_MAX, "#epoch %" PRIu64 " %s %s\n",
				step->next.number, public, signature);
}

int epoch_line_parse(const char *text, size_t len, struct epoch_step *ret)
{
	struct cursor cursor = { .at = text, .end = text + len };
	struct epoch_step step = { 0 };
	char again[EPOCH_TEXT_MAX];

	if (!cursor_literal(&cursor, "#epoch ") ||
	    !cursor_number(&cursor, EPOCH_NUMBER_MAX, &step.next.number) ||
	    !cursor_literal(&cursor, " ") ||
	    !cursor_bytes(&cursor, step.next.public, NOTE_PUBLIC_SIZE) ||
	    !cursor_literal(&cursor, " ") ||
	    !(step.next.number == 0 ? cursor_literal(&cursor, "-")
				    : cursor_bytes(&cursor, step.signature, NOTE_SIGNATURE_SIZE)))
		return -EBADMSG;
	if (epoch_line_format(&step, again) != len + 1 || memcmp(again, text, len) != 0)
		return -EBADMSG;
	*ret = step;
	return 0;
}

bool epoch_note_key(const struct epoch *epoch, const char *origin, struct note_key *ret)
{
	char name[NOTE_NAME_MAX + 32];
	struct err err = { 0 };

	(void)snprintf(name, sizeof(name), "%s/e/%" PRIu64, origin, epoch->number);
	return note_key_init(ret, name, epoch->public, &err) == 0;
}
