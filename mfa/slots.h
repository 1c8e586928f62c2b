/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A small state in a file of its own: made by rename, then written in place
 * into two authenticated slots in turn, so that it can change on a full disk
 * and a torn write costs nothing that was answered.
 */

#pragma once

#include "mfa/token.h"

#include <stddef.h>

#define SLOTS_STATE_MAX 4032 /* bytes of a state */

struct err;

struct slots {
	int dir_fd;
	const char *name;
	const uint8_t *key; /* MFA_KEY_LEN */
	size_t size;        /* of the state, which has no padding */
};

/* The state and how often it was written; @generation 0 is never on disk. */
struct slots_state {
	uint64_t generation;
	void *state;
};

/* Return: 0, -ENOENT, -EBADMSG (no slot verifies) or the error of reading. */
int slots_read(const struct slots *slots, struct slots_state *ret, struct err *err);

/* A new file in place of any older.  Return: 0 or the error of the write. */
int slots_create(const struct slots *slots, struct slots_state *state, struct err *err);

/* Make @state durable in place.  Return: 0 or the error of the write. */
int slots_write(const struct slots *slots, struct slots_state *state, struct err *err);
