/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Everything that is wrong with a file, not just the first of it: a list of
 * places with a sentence each.  A reader goes on after an error where it can,
 * and what it read counts only when the list holds no error.
 */

#pragma once

#include "core/cleanup.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define DIAG_MAX 1000 /* kept; the rest is counted */

struct err;

enum diag_severity {
	DIAG_ERROR = 0,
	DIAG_WARNING = 1,
};

/* Line and column (in characters, as editors count) from 1. */
struct diag {
	enum diag_severity severity;
	int code; /* negative errno; 0 for a warning */
	char *file;
	unsigned int source; /* files are numbered as they are first named */
	unsigned int line;
	unsigned int column;
	char *text; /* "what is wrong; remedy: what to do", translated */
};

struct diags {
	struct diag *list;
	size_t n;
	size_t n_errors;  /* also those that were not kept */
	size_t n_dropped; /* beyond DIAG_MAX, or for want of memory */
	int code;         /* of the first error, 0: none */
};

/* A place in a file that is being read. */
struct diag_place {
	const char *file;
	unsigned int line;
	unsigned int column;
};

/**
 * diag_error() - add an error
 * @code:	negative errno
 *
 * Return: @code.
 */
int diag_error(struct diags *diags, const struct diag_place *at, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

int diag_error_va(struct diags *diags, const struct diag_place *at, int code, const char *fmt,
		  va_list ap) __attribute__((format(printf, 4, 0)));

void diag_warn(struct diags *diags, const struct diag_place *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* File by file and in the order of the text; those of one place stay in the order they were found.
 */
void diags_sort(struct diags *diags);

/**
 * diags_to_err() - the first error as "FILE:LINE:COLUMN: ..."
 *
 * Return: its code, or 0 and @err untouched when there is none.
 */
int diags_to_err(const struct diags *diags, struct err *err);

void diags_done(struct diags *diags);
#define cleanup_diags cleanup_with(diags_done)
