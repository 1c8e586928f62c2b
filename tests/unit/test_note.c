/* SPDX-License-Identifier: Apache-2.0 */

/* Signed notes: keys that other people's tools made, and what must be refused. */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "audit/note.h"
#include "core/err.h"

/* From the documentation of golang.org/x/mod/sumdb/note, and the Go checksum database. */
static const char *const foreign_keys[] = {
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
};

Test(note, keys_made_elsewhere)
{
	for (size_t i = 0; i < sizeof(foreign_keys) / sizeof(foreign_keys[0]); i++) {
		struct note_key key;
		char text[NOTE_VKEY_MAX];
		struct err err = { 0 };

		cr_assert_eq(note_key_parse(foreign_keys[i], strlen(foreign_keys[i]), &key, &err),
			     0, "%s: %s", foreign_keys[i], err.text);
		note_key_format(&key, text);
		cr_expect_str_eq(text, foreign_keys[i]);
	}
}

static const char *const broken_keys[] = {
	"",
	"\n",
	"PeterNeumann",
	"PeterNeumann+c74f20a3",
	"PeterNeumann+c74f20a3+",
	"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* id */
	"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	"PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* type 2 */
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW ",
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n\n",
};

Test(note, broken_keys_are_refused)
{
	for (size_t i = 0; i < sizeof(broken_keys) / sizeof(broken_keys[0]); i++) {
		struct note_key key;
		struct err err = { 0 };

		cr_expect_eq(note_key_parse(broken_keys[i], strlen(broken_keys[i]), &key, &err),
			     -EINVAL, "case %zu was accepted", i);
	}
}

struct signer {
	struct note_key key;
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

static struct signer make_signer(const char *name)
{
	static const unsigned char seed[crypto_sign_SEEDBYTES] = { 1, 2, 3 };
	struct signer signer;
	uint8_t public[NOTE_PUBLIC_SIZE];
	struct err err = { 0 };

	cr_assert_geq(sodium_init(), 0);
	(void)crypto_sign_seed_keypair(public, signer.secret, seed);
	cr_assert_eq(note_key_init(&signer.key, name, public, &err), 0, "%s", err.text);
	return signer;
}

static size_t make_note(const struct signer *signer, char *out)
{
	struct note_checkpoint checkpoint = { .size = 12345, .root = { 0xaa, 0xbb } };
	uint8_t signature[NOTE_SIGNATURE_SIZE];
	char body[NOTE_BODY_MAX];
	size_t len;

	strcpy(checkpoint.origin, signer->key.name);
	len = note_checkpoint_format(&checkpoint, body);
	(void)crypto_sign_detached(signature, NULL, (const unsigned char *)body, len,
				   signer->secret);
	return note_format(&checkpoint, &signer->key, signature, out);
}

Test(note, written_read_and_verified)
{
	struct signer signer = make_signer("sekisho.local/t/3f2a/1");
	struct signer other = make_signer("sekisho.local/t/3f2a/2");
	char text[NOTE_MAX];
	size_t len = make_note(&signer, text);
	struct note note;
	struct err err = { 0 };

	cr_assert_eq(note_parse(text, len, &note, &err), 0, "%s", err.text);
	cr_expect_eq(note.checkpoint.size, 12345);
	cr_expect_str_eq(note.checkpoint.origin, "sekisho.local/t/3f2a/1");
	cr_expect(note_verify(&note, &signer.key));
	cr_expect_not(note_verify(&note, &other.key), "another name's key was accepted");
}

/* Strict parsing: no changed byte leaves a note that verifies. */
Test(note, every_flipped_bit_is_refused)
{
	struct signer signer = make_signer("sekisho.local/t/3f2a/1");
	char text[NOTE_MAX];
	size_t len = make_note(&signer, text);

	for (size_t i = 0; i < 8 * len; i++) {
		struct note note;
		struct err err = { 0 };

		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
		cr_expect_not(note_parse(text, len, &note, &err) == 0 &&
				      note_verify(&note, &signer.key),
			      "bit %zu of byte %zu", i % 8, i / 8);
		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
	}
}

Test(note, every_cut_is_refused)
{
	struct signer signer = make_signer("sekisho.local/t/3f2a/1");
	char text[NOTE_MAX];
	size_t len = make_note(&signer, text);

	for (size_t i = 0; i < len; i++) {
		struct note note;
		struct err err = { 0 };

		cr_expect_eq(note_parse(text, i, &note, &err), -EINVAL, "%zu bytes", i);
	}
}

Test(note, unknown_signatures_are_skipped)
{
	struct signer signer = make_signer("sekisho.local/t/3f2a/1");
	char text[2 * NOTE_MAX];
	size_t len = make_note(&signer, text);
	struct note note;
	struct err err = { 0 };

	strcpy(text + len, "\xe2\x80\x94 witness.example BAAAAAAAAAAAAAAAAAAAAAAA\n");
	cr_assert_eq(note_parse(text, strlen(text), &note, &err), 0, "%s", err.text);
	cr_expect_eq(note.n_signatures, 1);
	cr_expect(note_verify(&note, &signer.key));
}
