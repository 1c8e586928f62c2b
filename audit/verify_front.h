/* SPDX-License-Identifier: Apache-2.0 */

/* What sekisho-verify and `sekisho log verify` do alike around the verification. */

#pragma once

#include "audit/verify.h"

struct verify_front {
	const char *path;    /* directory or segment */
	const char *key;     /* verification key or a file with it; NULL: none */
	const char *witness; /* file with a checkpoint that was kept elsewhere; NULL: none */
	enum verify_depth depth;
};

/**
 * verify_front_run() - load what was named and verify, with a bar on stderr where that is a
 * terminal
 * @ret:	set on success only, whatever the outcome
 *
 * Return: 0, or as note_key_load() and verify_log_with().
 */
int verify_front_run(const struct verify_front *front, struct verify_result *ret, struct err *err);
