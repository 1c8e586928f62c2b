/* SPDX-License-Identifier: Apache-2.0 */

/* Directories that media are mounted on: PLACE_ROOT/NAME, root's, gone with the mount. */

#pragma once

#include "ipc/media.h"

#include <stddef.h>
#include <sys/types.h>

#define PLACE_ROOT IPC_MEDIA_ROOT
#define PLACE_NAME_MAX 64 /* bytes with NUL */

struct err;

/**
 * place_name() - a name for a directory from a label
 * @out:	has PLACE_NAME_MAX bytes
 * @label:	escaped; what a shell, a file manager or a path could take for
 *		something else becomes "_"
 * @node:	"/dev/sda1", whose last part names what has no label
 */
void place_name(char *out, const char *label, const char *node);

/**
 * place_open_root() - open PLACE_ROOT, made where it is missing
 * @ret_fd:	locked as long as it is open: one instance at a time makes and
 *		removes directories
 */
int place_open_root(int *ret_fd, struct err *err);

/**
 * place_make() - make a directory for one mount
 * @name:	receives the name that was free: "NAME", "NAME-2", ...; has
 *		PLACE_NAME_MAX bytes, and what was asked for to begin with
 *
 * Return: 0, -EEXIST (no name is free) or the error of mkdir(2).
 */
int place_make(int root_fd, char *name, struct err *err);

/* Take away what was mounted just now, and its directory. */
void place_clear(const char *path);

/**
 * place_of() - the name in a path that was answered earlier
 *
 * Return: points into @path; NULL when it is not directly below PLACE_ROOT.
 */
const char *place_of(const char *path);
