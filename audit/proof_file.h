/* SPDX-License-Identifier: Apache-2.0 */

/* Checking a proof that came as a file, one form for `sekisho log check-proof` and sekisho-verify.
 */

#pragma once

#include "note/note.h"

#include <stdbool.h>
#include <stdio.h>

struct checkpoint;
struct err;

/* True when the file begins as a proof does. */
bool proof_file_is(const char *path);

/**
 * proof_file_check() - prove what the file says, and say it
 * @other:	of an entry: a file with its line, or NULL: the proof holds it.  Of
 *		growth: a file with the earlier checkpoint, signed by the same key.
 * @key:	of the log, from elsewhere
 *
 * Return: 0; -EBADMSG: it is not proven; or another error: it could not be tried.
 */
int proof_file_check(const char *path, const char *other, const struct note_key *key, FILE *out,
		     struct err *err);

/* The status for that: 0 proven, 1 not, 2 what it takes was pruned, 3 it could not be tried. */
int proof_exit_status(int rc);

/* Read a checkpoint that @key has signed out of a file.  Return: as proof_file_check(). */
int proof_file_checkpoint(const char *path, const struct note_key *key, struct checkpoint *ret,
			  struct err *err);
