/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Signed notes as other people's tools read them: C2SP signed-note
 * (c2sp.org/signed-note), Ed25519 only (signature type 0x01).  Checks
 * signatures and never makes one: that is note/signer.c.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTE_NAME_MAX 192 /* bytes of a key name or origin */
#define NOTE_KEY_ID_SIZE 4
#define NOTE_PUBLIC_SIZE 32
#define NOTE_SIGNATURE_SIZE 64
#define NOTE_SIGNATURES_MAX 16
#define NOTE_LINE_MAX 320 /* of a signature, with its newline */
#define NOTE_VKEY_MAX 320
#define NOTE_HASH_TEXT 45 /* base64 of a hash or key, with NUL */
#define NOTE_SIG_TEXT 89  /* base64 of a bare signature, with NUL */

struct err;

struct note_key {
	char name[NOTE_NAME_MAX + 1];
	uint8_t id[NOTE_KEY_ID_SIZE];
	uint8_t public[NOTE_PUBLIC_SIZE];
};

struct note_signature {
	char name[NOTE_NAME_MAX + 1];
	uint8_t key_id[NOTE_KEY_ID_SIZE];
	uint8_t bytes[NOTE_SIGNATURE_SIZE];
};

struct note {
	const char *text; /* what is signed, with its last newline; the caller's bytes */
	size_t text_len;
	/* Those of Ed25519's length; others are skipped, as the specification asks. */
	struct note_signature signatures[NOTE_SIGNATURES_MAX];
	size_t n_signatures;
};

/* True for what may name a key or a log: not empty, no blanks, no '+', nothing unsafe to show. */
bool note_is_name(const char *name, size_t len);

/**
 * note_key_init() - name a public key
 *
 * Return: 0, or -EINVAL when @name is none.
 */
int note_key_init(struct note_key *key, const char *name, const uint8_t public[NOTE_PUBLIC_SIZE],
		  struct err *err);

/* "NAME+ID+BASE64", the form in which keys are handed over; @out has NOTE_VKEY_MAX bytes. */
void note_key_format(const struct note_key *key, char *out);

/**
 * note_key_parse() - read that form
 * @text:	@len bytes; one newline at the end is allowed
 *
 * Return: 0, or -EINVAL.
 */
int note_key_parse(const char *text, size_t len, struct note_key *ret, struct err *err);

/**
 * note_key_load() - read a key as given on a command line
 * @text:	the key itself, or the name of a file that holds it
 */
int note_key_load(const char *text, struct note_key *ret, struct err *err);

/* "— NAME BASE64\n"; @out has NOTE_LINE_MAX bytes.  Return: its length. */
size_t note_signature_format(const struct note_key *key,
			     const uint8_t signature[NOTE_SIGNATURE_SIZE], char *out);

/**
 * note_parse() - take a note apart, strictly
 * @bytes:	the text, an empty line, and at least one signature line
 *
 * Return: 0, or -EINVAL.  Nothing is verified yet.
 */
int note_parse(const char *bytes, size_t len, struct note *ret, struct err *err);

/*
 * True when there is a signature by @key and all that claim to be by it are: a
 * wrong one beside a right one makes a note invalid.
 */
bool note_is_signed_by(const struct note *note, const struct note_key *key);

/* True when @signature over @len bytes at @text is by @key. */
bool note_signature_verify(const char *text, size_t len, const struct note_key *key,
			   const uint8_t signature[NOTE_SIGNATURE_SIZE]);

/* Base64 (RFC 4648, padded): exactly @size bytes in canonical form or nothing. */
bool note_base64_decode(const char *text, size_t len, uint8_t *out, size_t size);
