/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The log as files that any transparency-log client reads: C2SP tlog-tiles
 * (c2sp.org/tlog-tiles), tiles of 256 hashes and bundles of 256 entries, the
 * last ones partial.  One pass over the entries, in bounded memory.  An entry
 * that was redacted stands in its bundle as its #red line; its hash is right.
 */

#pragma once

#include "audit/tree.h"
#include "core/cleanup.h"

#define TILE_WIDTH 256
#define TILE_LEVELS 6 /* 256^6 is above every sequence number */

struct err;
struct tiles; /* tiles.c */

/**
 * tiles_begin() - export a log from its first entry on
 * @dirfd:	where "tile" is made; stays the caller's.  Files that are there
 *		already are written again.
 * @ret:	set on success only, tiles_free() it
 */
int tiles_begin(int dirfd, struct tiles **ret, struct err *err);

/**
 * tiles_add() - the next entry
 * @text:	at most RECORD_MAX bytes
 *
 * Return: 0, or the error of writing.
 */
int tiles_add(struct tiles *tiles, const char *text, size_t len,
	      const uint8_t leaf_hash[TREE_HASH_SIZE], struct err *err);

/* Write the partial ones. */
int tiles_end(struct tiles *tiles, struct err *err);

void tiles_free(struct tiles *tiles);

DEFINE_CLEANUP(struct tiles *, tiles_free)
#define cleanup_tiles cleanup_with(tiles_freep)
