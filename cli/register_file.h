/* SPDX-License-Identifier: Apache-2.0 */

/* A register's file as the commands read it: draft or signed, with all its errors shown. */

#pragma once

#include "core/cleanup.h"
#include "ledger/ledger.h"
#include "note/note.h"

struct register_file {
	const char *path;
	char *bytes;
	size_t len;
	struct note note; /* when it is signed */
	bool is_signed;   /* by whom is not checked */
	struct ledger *ledger;
};

/**
 * register_file_read() - read and load
 * @path:	"-" is the standard input
 * @base:	what a supplement adds to; NULL: it is a register
 * @ret:	register_file_done() it in any case
 *
 * Everything that is wrong in it is printed to stderr, with the line and a caret.
 *
 * Return: 0, EXIT_FAILURE (it has errors, printed), or a negative errno when it
 * could not be read.
 */
int register_file_read(const char *path, const struct ledger *base, struct register_file *ret,
		       struct err *err);

void register_file_done(struct register_file *file);
#define cleanup_register_file cleanup_with(register_file_done)

/* Put a register, or what else @bytes are, at @path, whole or not at all; NULL: stdout. */
int register_file_write(const char *path, const char *bytes, size_t len, struct err *err);
