/* SPDX-License-Identifier: Apache-2.0 */

/* Signed notes: keys that other people's tools made, and what must be refused. */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "core/err.h"
#include "note/note.h"

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

struct key_pair {
	struct note_key key;
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

static struct key_pair make_pair(const char *name)
{
	static const unsigned char seed[crypto_sign_SEEDBYTES] = { 1, 2, 3 };
	struct key_pair pair;
	uint8_t public[NOTE_PUBLIC_SIZE];
	struct err err = { 0 };

	cr_assert_geq(sodium_init(), 0);
	(void)crypto_sign_seed_keypair(public, pair.secret, seed);
	cr_assert_eq(note_key_init(&pair.key, name, public, &err), 0, "%s", err.text);
	return pair;
}

#define NOTE_ROOM 1024
#define BODY "policy city {\n    version 1\n}\n\nrule a allow {\n    only hub\n}\n"

static size_t add_signature(const struct key_pair *pair, const char *body, char *out, size_t len)
{
	uint8_t signature[NOTE_SIGNATURE_SIZE];

	(void)crypto_sign_detached(signature, NULL, (const unsigned char *)body, strlen(body),
				   pair->secret);
	return len + note_signature_format(&pair->key, signature, out + len);
}

static size_t make_note(const struct key_pair *pair, char *out)
{
	return add_signature(pair, BODY, out, (size_t)sprintf(out, "%s\n", BODY));
}

Test(note, written_read_and_verified)
{
	struct key_pair pair = make_pair("suzuki");
	struct key_pair other = make_pair("tanaka");
	char text[NOTE_ROOM];
	size_t len = make_note(&pair, text);
	struct note note;
	struct err err = { 0 };

	cr_assert_eq(note_parse(text, len, &note, &err), 0, "%s", err.text);
	cr_expect_eq(note.text_len, strlen(BODY));
	cr_expect_eq(memcmp(note.text, BODY, note.text_len), 0);
	cr_expect(note_is_signed_by(&note, &pair.key));
	cr_expect_not(note_is_signed_by(&note, &other.key), "another name's key was accepted");
}

Test(note, several_signatures)
{
	struct key_pair pair = make_pair("suzuki");
	struct key_pair other = make_pair("tanaka");
	char text[2 * NOTE_ROOM];
	size_t len = add_signature(&other, BODY, text, make_note(&pair, text));
	struct note note;
	struct err err = { 0 };

	cr_assert_eq(note_parse(text, len, &note, &err), 0, "%s", err.text);
	cr_expect(note_is_signed_by(&note, &pair.key));
	cr_expect(note_is_signed_by(&note, &other.key));
	/* A wrong signature beside a right one spoils both. */
	len = add_signature(&other, "another text\n", text, len);
	cr_assert_eq(note_parse(text, len, &note, &err), 0, "%s", err.text);
	cr_expect(note_is_signed_by(&note, &pair.key));
	cr_expect_not(note_is_signed_by(&note, &other.key));
}

static const struct {
	const char *what;
	const char *bytes;
} broken[] = {
	{ "nothing", "" },
	{ "text alone", BODY },
	{ "no signature", BODY "\n" },
	{ "a tab", "a\tb\n\n\u2014 x AAAAAAAA\n" },
	{ "a carriage return", "a\r\n\r\n\u2014 x AAAAAAAA\r\n" },
	{ "no newline at the end", "a\n\n\u2014 x AAAAAAAA" },
	{ "not UTF-8", "a\xff\n\n\u2014 x AAAAAAAA\n" },
	{ "a hyphen for the dash", "a\n\n- x AAAAAAAA\n" },
	{ "no name", "a\n\n\u2014  AAAAAAAA\n" },
	{ "not base64", "a\n\n\u2014 x AAA!AAAA\n" },
};

Test(note, broken_notes_are_refused)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct note note;
		struct err err = { 0 };

		cr_expect_eq(note_parse(broken[i].bytes, strlen(broken[i].bytes), &note, &err),
			     -EINVAL, "%s", broken[i].what);
	}
}

/* Strict parsing: no changed byte leaves a note that verifies. */
Test(note, every_flipped_bit_is_refused)
{
	struct key_pair pair = make_pair("suzuki");
	char text[NOTE_ROOM];
	size_t len = make_note(&pair, text);

	for (size_t i = 0; i < 8 * len; i++) {
		struct note note;
		struct err err = { 0 };

		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
		cr_expect_not(note_parse(text, len, &note, &err) == 0 &&
				      note_is_signed_by(&note, &pair.key),
			      "bit %zu of byte %zu", i % 8, i / 8);
		text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
	}
}

Test(note, every_cut_is_refused)
{
	struct key_pair pair = make_pair("suzuki");
	char text[NOTE_ROOM];
	size_t len = make_note(&pair, text);

	for (size_t i = 0; i < len; i++) {
		struct note note;
		struct err err = { 0 };

		cr_expect_eq(note_parse(text, i, &note, &err), -EINVAL, "%zu bytes", i);
	}
}

/* One text is one note: nothing of it can be written in another way. */
Test(note, other_ways_to_write_it_are_refused)
{
	struct key_pair pair = make_pair("suzuki");
	char text[NOTE_ROOM];
	size_t len = make_note(&pair, text);
	static const char *const added[] = { "\n", " ", "\r\n", "#", "\xef\xbb\xbf", "\u3000\n" };
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char whole[2 * NOTE_ROOM];
	struct note note;
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		(void)sprintf(whole, "%.*s%s", (int)len, text, added[i]);
		cr_expect_not(note_parse(whole, strlen(whole), &note, &err) == 0 &&
				      note_is_signed_by(&note, &pair.key),
			      "%zu behind", i);
		(void)sprintf(whole, "%s%.*s", added[i], (int)len, text);
		cr_expect_not(note_parse(whole, strlen(whole), &note, &err) == 0 &&
				      note_is_signed_by(&note, &pair.key),
			      "%zu before", i);
	}
	/* 68 bytes leave two bits over in the last digit before "=", and they are zero. */
	for (char extra = 1; extra < 4; extra++) {
		(void)sprintf(whole, "%.*s", (int)len, text);
		cr_assert_eq(whole[len - 2], '=');
		whole[len - 3] = digits[strchr(digits, whole[len - 3]) - digits + extra];
		cr_expect_lt(note_parse(whole, len, &note, &err), 0, "%d", extra);
	}
}

/* Another key of the same name, and an id that collides with it, is another key. */
Test(note, a_key_is_more_than_its_name_and_id)
{
	struct key_pair pair = make_pair("suzuki");
	struct key_pair forger = pair;
	unsigned char seed[crypto_sign_SEEDBYTES] = { 9 };
	char text[NOTE_ROOM];
	struct note note;
	struct err err = { 0 };

	(void)crypto_sign_seed_keypair(forger.key.public, forger.secret, seed);
	cr_assert_eq(note_parse(text, make_note(&forger, text), &note, &err), 0, "%s", err.text);
	cr_expect_not(note_is_signed_by(&note, &pair.key), "a collision of ids was enough");
	cr_expect(note_is_signed_by(&note, &forger.key));
}

Test(note, unknown_signatures_are_skipped)
{
	struct key_pair pair = make_pair("suzuki");
	char text[2 * NOTE_ROOM];
	size_t len = make_note(&pair, text);
	struct note note;
	struct err err = { 0 };

	strcpy(text + len, "\u2014 witness.example BAAAAAAAAAAAAAAAAAAAAAAA\n");
	cr_assert_eq(note_parse(text, strlen(text), &note, &err), 0, "%s", err.text);
	cr_expect_eq(note.n_signatures, 1);
	cr_expect(note_is_signed_by(&note, &pair.key));
}
