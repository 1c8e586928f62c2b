/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which files were written, and what was in them, where the policy wants that
 * known: for the auditor alone, who has the key.  Names are people's matter.
 */

#pragma once

#include "ipc/media.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTING_DIR IPC_LIST_DIR
#define LISTING_HEAD "sekisho-files 1\n"
#define LISTING_BYTES_MAX (32 * 1024 * 1024) /* of one list, before it is sealed */
#define LISTING_NAME_MAX 1024                /* bytes of a name, escaped, with NUL */
#define LISTING_CUT "...\n"                  /* the last line of one that does not name all */

struct err;
struct listing; /* listing.c */

/**
 * listing_open() - begin a list, in a file with a number of its own
 * @key:	IPC_HASH_SIZE bytes: Ed25519, of who may read it
 * @ret:	set on success only, listing_free() it
 */
int listing_open(const uint8_t *key, struct listing **ret, struct err *err);

/**
 * listing_add() - name a file that was closed, with the SHA-256 of what is in it now
 * @fd:		open for reading
 * @size:	of the file
 * @root:	what its name is relative to, a path
 * @go_on:	called now and then while it is read: false is an end of reading
 *
 * What cannot be read is named without a hash.  In memory that has an end.
 */
void listing_add(struct listing *listing, int fd, uint64_t size, const char *root,
		 bool (*go_on)(void *ctx), void *ctx);

/* A line of its own: @hex is the SHA-256, 64 digits, @name escaped. */
void listing_put(struct listing *listing, const char *hex, uint64_t size, const char *name);

/* True when not every file has its line. */
bool listing_is_cut(const struct listing *listing);

/**
 * listing_close() - seal it, and keep it
 * @ret_number:	of the file in LISTING_DIR; set on success only, with
 * @ret_hash:	its SHA-256, IPC_HASH_SIZE bytes
 *
 * Return: 0, -ENOENT (nothing was listed, there is no file), or the error of the
 * call that failed.
 */
int listing_close(struct listing *listing, uint64_t *ret_number, uint8_t *ret_hash,
		  struct err *err);

/* Removes the file of one that was not closed. */
void listing_free(struct listing *listing);
