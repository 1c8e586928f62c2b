/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a terminal knows of itself: /var/lib/sekisho/terminal, written by
 * sekishod alone.  scfg syntax, "id NAME" and "zone ZONE", each at most once.
 */

#pragma once

#include "policy/policy.h"

#define TERMINAL_FILE_MAX 4096 /* bytes */
#define TERMINAL_ID_MAX 64     /* bytes with NUL */

struct terminal {
	char id[TERMINAL_ID_MAX]; /* "" when none is set */
	enum zone zone;
};

/* Reads @text; the result is empty and unassigned where a line is absent. */
int terminal_parse(const char *file, const char *text, size_t len, struct terminal *ret,
		   struct err *err);

/* What terminal_parse() reads back.  Return: its length. */
size_t terminal_print(const struct terminal *terminal, char *out, size_t size);
