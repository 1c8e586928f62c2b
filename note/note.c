/* SPDX-License-Identifier: Apache-2.0 */

#include "note/note.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define ED25519 0x01           /* signature type of the C2SP specification */
#define DASH "\xe2\x80\x94 "   /* em dash and blank begin a signature line */
#define SIGNATURE_BLOB_MAX 512 /* bytes; other algorithms' signatures are skipped over */

bool note_is_name(const char *name, size_t len)
{
	uint32_t c = 0;

	if (len == 0 || len > NOTE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len;) {
		size_t n = text_next(name + i, len - i, &c);

		if (n == 0 || c == '+' || c == ' ' || c == 0xa0 || c == 0x1680 || c == 0x3000 ||
		    (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f || text_is_unsafe(c))
			return false;
		i += n;
	}
	return true;
}

int note_key_init(struct note_key *key, const char *name, const uint8_t public[NOTE_PUBLIC_SIZE],
		  struct err *err)
{
	static const uint8_t separator[] = { '\n', ED25519 };
	struct sha256_ctx ctx;

	if (!note_is_name(name, strlen(name)))
		return err_set(err, -EINVAL, "this is not a key name: it is empty or holds blanks");
	*key = (struct note_key){ 0 };
	strcpy(key->name, name);
	memcpy(key->public, public, NOTE_PUBLIC_SIZE);
	sha256_init(&ctx);
	sha256_update(&ctx, strlen(name), (const uint8_t *)name);
	sha256_update(&ctx, sizeof(separator), separator);
	sha256_update(&ctx, NOTE_PUBLIC_SIZE, public);
	sha256_digest(&ctx, sizeof(key->id), key->id);
	return 0;
}

void note_key_format(const struct note_key *key, char *out)
{
	uint8_t typed[1 + NOTE_PUBLIC_SIZE] = { ED25519 };
	char id[2 * NOTE_KEY_ID_SIZE + 1];
	char text[NOTE_HASH_TEXT];

	memcpy(typed + 1, key->public, NOTE_PUBLIC_SIZE);
	(void)sodium_bin2hex(id, sizeof(id), key->id, sizeof(key->id));
	(void)sodium_bin2base64(text, sizeof(text), typed, sizeof(typed),
				sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(out, NOTE_VKEY_MAX, "%s+%s+%s", key->name, id, text);
}

/* libsodium 1.0.18 takes some bytes above 0x7f for digits, so they are looked at first. */
static bool decode(const char *text, size_t len, uint8_t *out, size_t size, size_t *ret_len)
{
	for (size_t i = 0; i < len; i++) {
		if ((text[i] & 0x80) != 0)
			return false;
	}
	return sodium_base642bin(out, size, text, len, NULL, ret_len, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0;
}

bool note_base64_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	size_t got = 0;

	return decode(text, len, out, size, &got) && got == size;
}

static int not_a_key(struct err *err)
{
	return err_set(err, -EINVAL,
		       "this is not a verification key; remedy: give the line NAME+ID+KEY that "
		       "'sekisho log vkey' printed at enrolment");
}

/* Names hold no '+' and base64 may: the first two divide. */
int note_key_parse(const char *text, size_t len, struct note_key *ret, struct err *err)
{
	uint8_t typed[1 + NOTE_PUBLIC_SIZE];
	char name[NOTE_NAME_MAX + 1] = { 0 };
	char again[NOTE_VKEY_MAX];
	struct note_key key;
	const char *plus;
	size_t tail;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	plus = memchr(text, '+', len);
	if (!plus || !note_is_name(text, (size_t)(plus - text)))
		return not_a_key(err);
	memcpy(name, text, (size_t)(plus - text));
	tail = 1 + 2 * NOTE_KEY_ID_SIZE + 1; /* "+" ID "+" */
	if ((size_t)(text + len - plus) <= tail ||
	    !note_base64_decode(plus + tail, (size_t)(text + len - plus) - tail, typed,
				sizeof(typed)) ||
	    typed[0] != ED25519 || note_key_init(&key, name, typed + 1, err) < 0)
		return not_a_key(err);

	/* The id is computed: one that differs is a typing error. */
	note_key_format(&key, again);
	if (strlen(again) != len || memcmp(again, text, len) != 0)
		return not_a_key(err);
	*ret = key;
	return 0;
}

int note_key_load(const char *text, struct note_key *ret, struct err *err)
{
	char contents[NOTE_VKEY_MAX];
	cleanup_close int fd = -1;
	ssize_t len;

	if (note_key_parse(text, strlen(text), ret, err) == 0)
		return 0;
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && strchr(text, '+'))
		return err->code; /* it was meant as a key, not as a file */
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", text);
	len = read(fd, contents, sizeof(contents));
	if (len < 0)
		return err_set(err, -errno, "read %s: %m", text);
	return note_key_parse(contents, (size_t)len, ret, err);
}

size_t note_signature_format(const struct note_key *key,
			     const uint8_t signature[NOTE_SIGNATURE_SIZE], char *out)
{
	uint8_t blob[NOTE_KEY_ID_SIZE + NOTE_SIGNATURE_SIZE];
	char text[sodium_base64_ENCODED_LEN(sizeof(blob), sodium_base64_VARIANT_ORIGINAL)];

	memcpy(blob, key->id, NOTE_KEY_ID_SIZE);
	memcpy(blob + NOTE_KEY_ID_SIZE, signature, NOTE_SIGNATURE_SIZE);
	(void)sodium_bin2base64(text, sizeof(text), blob, sizeof(blob),
				sodium_base64_VARIANT_ORIGINAL);
	return (size_t)snprintf(out, NOTE_LINE_MAX, DASH "%s %s\n", key->name, text);
}

bool note_signature_verify(const char *text, size_t len, const struct note_key *key,
			   const uint8_t signature[NOTE_SIGNATURE_SIZE])
{
	return crypto_sign_verify_detached(signature, (const unsigned char *)text, len,
					   key->public) == 0;
}

/* The next line without its newline; false when there is no whole one. */
static bool take_line(const char **pos, const char *end, const char **ret, size_t *ret_len)
{
	const char *newline = memchr(*pos, '\n', (size_t)(end - *pos));

	if (!newline)
		return false;
	*ret = *pos;
	*ret_len = (size_t)(newline - *pos);
	*pos = newline + 1;
	return true;
}

static bool parse_signature(const char *line, size_t len, struct note *note)
{
	struct note_signature *signature = &note->signatures[note->n_signatures];
	const size_t dash = strlen(DASH);
	uint8_t blob[SIGNATURE_BLOB_MAX];
	size_t blob_len = 0;
	const char *blank;
	size_t name_len;

	if (len <= dash || memcmp(line, DASH, dash) != 0)
		return false;
	line += dash;
	len -= dash;
	blank = memchr(line, ' ', len);
	name_len = blank ? (size_t)(blank - line) : 0;
	if (!note_is_name(line, name_len) ||
	    !decode(blank + 1, len - name_len - 1, blob, sizeof(blob), &blob_len) ||
	    blob_len <= NOTE_KEY_ID_SIZE)
		return false;
	if (blob_len != NOTE_KEY_ID_SIZE + NOTE_SIGNATURE_SIZE)
		return true;
	*signature = (struct note_signature){ 0 };
	memcpy(signature->name, line, name_len);
	memcpy(signature->key_id, blob, NOTE_KEY_ID_SIZE);
	memcpy(signature->bytes, blob + NOTE_KEY_ID_SIZE, NOTE_SIGNATURE_SIZE);
	note->n_signatures++;
	return true;
}

/* The specification allows no control character but the newline. */
static bool is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 && text[i] != '\n')
			return false;
	}
	return text_is_utf8(text, len);
}

/* The last empty line divides: texts may hold empty lines, signatures none. */
static bool split(const char *bytes, size_t len, struct note *ret)
{
	for (size_t i = len; i >= 2; i--) {
		if (bytes[i - 1] == '\n' && bytes[i - 2] == '\n') {
			ret->text = bytes;
			ret->text_len = i - 1;
			return true;
		}
	}
	return false;
}

int note_parse(const char *bytes, size_t len, struct note *ret, struct err *err)
{
	const char *end = bytes + len;
	const char *pos;
	size_t n_lines = 0;
	const char *line;
	size_t line_len;

	*ret = (struct note){ 0 };
	if (!split(bytes, len, ret) || !is_text(bytes, len))
		return err_set(err, -EINVAL, "this is not a signed note");
	for (pos = bytes + ret->text_len + 1; pos < end;) {
		if (n_lines++ == NOTE_SIGNATURES_MAX || !take_line(&pos, end, &line, &line_len) ||
		    !parse_signature(line, line_len, ret))
			return err_set(err, -EINVAL, "a signature line of the note is broken");
	}
	if (n_lines == 0)
		return err_set(err, -EINVAL, "the note is not signed");
	return 0;
}

bool note_is_signed_by(const struct note *note, const struct note_key *key)
{
	bool found = false;

	for (size_t i = 0; i < note->n_signatures; i++) {
		const struct note_signature *signature = &note->signatures[i];

		if (strcmp(signature->name, key->name) != 0 ||
		    memcmp(signature->key_id, key->id, sizeof(key->id)) != 0)
			continue;
		if (!note_signature_verify(note->text, note->text_len, key, signature->bytes))
			return false;
		found = true;
	}
	return found;
}
