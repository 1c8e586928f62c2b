/* SPDX-License-Identifier: Apache-2.0 */

/* Every file below a directory, with its SHA-256; links are not followed, devices not opened. */

#pragma once

#include "core/cleanup.h"
#include "ipc/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_TREE_FILES_MAX 100000
#define MEDIA_TREE_NAMES_MAX (32 * 1024 * 1024) /* bytes of all names together */
#define MEDIA_TREE_DEPTH_MAX 40

struct err;

struct media_file {
	char *name; /* relative, as it is on the medium */
	uint64_t size;
	uint8_t hash[IPC_HASH_SIZE];
	bool is_expected; /* for who compares */
};

struct media_tree {
	struct media_file *files; /* by name, as strcmp() has it */
	size_t n;
	size_t room;
	size_t names_len;
	uint64_t bytes;
};

/**
 * media_tree_read() - read all there is
 * @root_fd:	open for reading, a directory
 * @go_on:	called now and then: false is an end of reading
 * @ret:	empty before, media_tree_done() it, also after an error
 *
 * Return: 0, -ECANCELED, -E2BIG (too many files, too deep), -ENOMEM, or the error of
 * the call that failed, with the name in @err: who cannot read a file has not seen all.
 */
int media_tree_read(int root_fd, bool (*go_on)(void *ctx), void *ctx, struct media_tree *ret,
		    struct err *err);

/* Its content once more, if it still is what was hashed; free() it.  @max: bytes at most. */
char *media_tree_text(int root_fd, const struct media_file *file, size_t max);

/* NULL: there is no file of this name. */
struct media_file *media_tree_find(const struct media_tree *tree, const char *name);

void media_tree_done(struct media_tree *tree);
#define cleanup_media_tree cleanup_with(media_tree_done)
