/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Files of the system that is looked at, all below one folder: an image or a
 * fixture is read as that system would read itself, so absolute symbolic links
 * and ".." stay inside (openat2(2), RESOLVE_IN_ROOT).
 */

#pragma once

#include "core/cleanup.h"

#include <stdbool.h>
#include <stddef.h>

#define TREE_FILE_MAX (1024 * 1024) /* bytes; what is larger was not written by hand */

struct err;

/* Names in one folder, sorted as strcmp() does. */
struct tree_names {
	char **list;
	size_t n;
};

/**
 * tree_read() - read one file whole
 * @root:	an open folder
 * @path:	below it, with or without a leading '/'
 * @ret:	with a NUL behind it, set on success only, free() it
 *
 * Return: 0, -ENOENT, -EINVAL (no regular file, or a zero byte in it), -EFBIG
 * or the error of the call that failed.
 */
int tree_read(int root, const char *path, char **ret, size_t *ret_len, struct err *err);

/**
 * tree_list() - what a folder holds, without "." and ".."
 *
 * Return: 0, -ENOENT (also for something that is no folder) or the error of
 * the call that failed.
 */
int tree_list(int root, const char *path, struct tree_names *ret, struct err *err);

bool tree_has(int root, const char *path);

/* A symbolic link, wherever it leads. */
bool tree_is_link(int root, const char *path);

/* True for a unit that was masked: a link to /dev/null. */
bool tree_is_null(int root, const char *path);

void tree_names_done(struct tree_names *names);
#define cleanup_names cleanup_with(tree_names_done)
