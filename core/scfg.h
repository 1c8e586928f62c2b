/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Reader for the scfg configuration syntax: one directive per line, a name and
 * its parameters, optionally a block of directives in braces.  The policy and
 * the daemon's settings are both written in it.
 *
 * Only syntax lives here.  What a directive means is decided by its reader,
 * which has the place of every word to point at: scfg_fail().
 */

#pragma once

#include "core/cleanup.h"
#include "core/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SCFG_FILE_MAX (64 * 1024 * 1024) /* bytes */
#define SCFG_WORDS_MAX (8 * 1024 * 1024) /* half a gigabyte when each has a line for itself */
#define SCFG_DEPTH_MAX 8                 /* nested blocks */

/* A word and where it stands; lines and columns (in characters) count from 1. */
struct scfg_word {
	const char *text;
	unsigned int line;
	unsigned int column;
};

struct scfg_block {
	struct scfg_directive *directives;
	size_t n_directives;
};

struct scfg_directive {
	struct scfg_word name;
	struct scfg_word *params;
	size_t n_params;
	struct scfg_block children;
	bool has_block; /* braces, with or without anything between */
};

/**
 * scfg_parse() - read a whole document
 * @file:	its name, for errors
 * @text:	the document; need not end in NUL
 * @len:	its length in bytes, at most SCFG_FILE_MAX
 * @ret:	the top-level block, scfg_free() it; set also when lines were wrong,
 *		and then without them
 * @diags:	takes every line that is wrong
 *
 * Return: 0, or the code of the first error: -EINVAL (syntax), -E2BIG (size,
 * words, depth) or -ENOMEM.  Nothing is set when reading could not go on at all.
 */
int scfg_parse(const char *file, const char *text, size_t len, struct scfg_block **ret,
	       struct diags *diags);

/* Where a word stands. */
struct diag_place scfg_place(const char *file, const struct scfg_word *at);

/**
 * scfg_fail() - report what is wrong with a word
 * @file:	as given to scfg_parse()
 * @at:		the word to point at
 * @fmt:	what is wrong, then "; remedy: " and what to do
 *
 * Return: @code.
 */
int scfg_fail(const char *file, const struct scfg_word *at, int code, struct diags *diags,
	      const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Write a word so that reading it gives the same one, in quotes where it needs them. */
void scfg_print_word(FILE *out, const char *word);

void scfg_free(struct scfg_block *block);

DEFINE_CLEANUP(struct scfg_block *, scfg_free)
#define cleanup_scfg cleanup_with(scfg_freep)
