/* SPDX-License-Identifier: Apache-2.0 */

/* Putting one's signature under a text, or beside the ones that are there. */

#pragma once

#include <stddef.h>

struct err;

/**
 * sign_text() - write a signed note
 * @text:	what is signed, ending in a newline
 * @bytes:	the note so far, whose signatures stay; NULL: there is none yet
 * @key_file:	secret key of the person who signs
 * @output:	replaced, whole or not at all; only what is signed itself is
 *
 * Return: 0, -EALREADY (this key has signed it), -EEXIST (@output holds something
 * that would be lost) or an error.
 */
int sign_text(const char *text, size_t text_len, const char *bytes, size_t len,
	      const char *key_file, const char *output, struct err *err);
