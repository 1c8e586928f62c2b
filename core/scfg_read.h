/* SPDX-License-Identifier: Apache-2.0 */

/* Characters and words of a document, below its lines and blocks; for scfg.c alone. */

#pragma once

#include "core/scfg.h"

#include <stdbool.h>

struct scfg_reader {
	const char *file;
	const char *pos;
	const char *end;
	const char *line_start;
	const char *counted;    /* up to here the characters of the line have been counted, */
	unsigned int n_counted; /* this many: counting begins anew for no word */
	unsigned int line;
	unsigned int wide_line; /* the last one whose full-width characters were reported */
	unsigned int depth;
	size_t n_words;
	char *texts; /* of all words: each takes less than what it was read from */
	size_t texts_used;
	struct scfg_word *params; /* of the line being read */
	size_t params_room;
	struct diags *diags;
};

bool scfg_at_end(const struct scfg_reader *r);

/* The next character, a full-width one as it was meant; '\n' at the end. */
char scfg_peek(const struct scfg_reader *r);

/* Past the character that scfg_peek() saw; a full-width one is reported. */
void scfg_step(struct scfg_reader *r);

void scfg_skip_blanks(struct scfg_reader *r);
void scfg_skip_line(struct scfg_reader *r);

/* A quoted word ends at its quote, a bare word before the next separator. */
int scfg_read_word(struct scfg_reader *r, struct scfg_word *ret);

/* The place of the next character. */
struct scfg_word scfg_here(struct scfg_reader *r);

/* Report what is wrong with the next character.  Return: @code. */
int scfg_fail_here(struct scfg_reader *r, int code, const char *what);
