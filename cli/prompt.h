/* SPDX-License-Identifier: Apache-2.0 */

/* Asking the person at the terminal one thing. */

#pragma once

#include <stddef.h>

struct err;

/**
 * prompt_line() - show a question, read the answer
 * @question:	printed as it is, without a newline
 * @out:	receives the answer without its newline; the caller wipes it if
 *		it is secret
 * @size:	bytes at @out; a longer answer is refused, not cut
 *
 * Reads standard input, so that a script can answer too.
 *
 * Return: 0, -ENODATA (end of input) or -E2BIG.
 */
int prompt_line(const char *question, char *out, size_t size, struct err *err);

/**
 * prompt_secret() - the same, and the terminal does not show what is typed
 *
 * The question goes to standard error, and nowhere when standard input is no
 * terminal.  Ended by a signal, the terminal shows again what is typed.  The
 * last line may lack its newline.
 */
int prompt_secret(const char *question, char *out, size_t size, struct err *err);
