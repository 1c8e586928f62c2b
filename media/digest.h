/* SPDX-License-Identifier: Apache-2.0 */

/* The SHA-256 of what is in a file, read piece by piece. */

#pragma once

#include "ipc/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_PIECE (256 * 1024) /* bytes that are read at once */

/**
 * digest_file() - read a file from where it stands to its end
 * @piece:	DIGEST_PIECE bytes of room
 * @go_on:	called for each piece: false is an end of reading
 * @ret_size:	bytes that were read, also after an error
 * @ret:	IPC_HASH_SIZE bytes, set on success only
 *
 * Return: 0, -ECANCELED, or the error of read(2).
 */
int digest_file(int fd, uint8_t *piece, bool (*go_on)(void *ctx), void *ctx, uint64_t *ret_size,
		uint8_t *ret);
