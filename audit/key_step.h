/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A change of the identity key, certified by the epoch in which it happened, so
 * that it can be followed when its entry log.key is no longer there: a line
 * "#key EPOCH SEQ VKEY SIGNATURE" of the file "epochs".  Pure, as audit/epoch.h.
 */

#pragma once

#include "audit/epoch.h"

#define KEY_ENTRY "log.key"
#define KEY_TEXT_MAX 1024 /* bytes of what is signed, or of a #key line */

struct key_step {
	uint64_t epoch; /* whose key signed this */
	uint64_t seq;   /* of its entry log.key */
	struct note_key key;
	uint8_t signature[NOTE_SIGNATURE_SIZE];
};

enum key_step_form {
	KEY_STEP_BAD = 0,
	KEY_STEP_BARE = 1, /* of a log of before there was a signature: it names the key alone */
	KEY_STEP_SIGNED = 2,
};

/* What the epoch's key signs: that entry @seq names @vkey; @out has KEY_TEXT_MAX bytes. */
size_t key_certificate_format(uint64_t seq, const char *origin, const char *vkey, char *out);

/* Read it out of entry log.key number @seq; of a bare one only the key is set. */
enum key_step_form key_step_read(const char *line, size_t len, uint64_t seq, struct key_step *ret);

/* True when it changes the key of the log of that name and is signed by this epoch. */
bool key_step_verify(const struct key_step *step, const struct epoch *signer, const char *origin);

/* "#key EPOCH SEQ VKEY SIGNATURE\n"; @out has KEY_TEXT_MAX bytes.  Return: its length. */
size_t key_line_format(const struct key_step *step, char *out);

/* Read such a line, without its newline, strictly.  Return: 0, or -EBADMSG. */
int key_line_parse(const char *text, size_t len, struct key_step *ret);
