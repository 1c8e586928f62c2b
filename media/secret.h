/* SPDX-License-Identifier: Apache-2.0 */

/* A passphrase on its way from the person's terminal to the volume, and nowhere else. */

#pragma once

#include "ipc/media.h"

#include <stddef.h>

#define SECRET_WAIT_MS 10000 /* for all of it: who sends one has it already */

struct err;

struct secret {
	size_t len;
	char bytes[IPC_SECRET_MAX]; /* any; without NUL */
};

/**
 * secret_read() - take it out of a pipe, until that is closed
 * @fd:		-1: none was passed
 * @ret:	wiped again on failure
 *
 * Return: 0, -ECANCELED (there was none), -E2BIG, -ETIMEDOUT, -EBADF (no
 * pipe), or the error of read(2).
 */
int secret_read(int fd, struct secret *ret, struct err *err);

void secret_wipe(struct secret *secret);
