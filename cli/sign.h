/* SPDX-License-Identifier: Apache-2.0 */

/* Putting one's signature under a text, or beside the ones that are there. */

#pragma once

#include "note/note.h"

#include <stddef.h>

struct err;

/* FILE --key KEY-FILE [--output FILE] */
struct sign_words {
	const char *file;
	const char *key;
	const char *output; /* NULL: beside the file */
};

/* Return: 0, 1 (--help was asked for) or -EINVAL, as options_usage() takes it. */
int sign_words(int argc, char *argv[], struct sign_words *ret);

/**
 * sign_file() - write a signed note
 * @bytes:	what is signed, ending in a newline; or the note so far, whose
 *		signatures stay
 * @note:	these bytes as a note; NULL: nobody has signed them yet
 * @words:	secret key of the person who signs; output, which is replaced, whole
 *		or not at all, and only if it is signed itself
 *
 * Return: 0, -EALREADY (this key has signed it), -EEXIST (the output holds
 * something that would be lost) or an error.
 */
int sign_file(const char *bytes, size_t len, const struct note *note,
	      const struct sign_words *words, struct err *err);
