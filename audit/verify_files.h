/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which files the segments of a log are in.  On a terminal they are replaced
 * while somebody reads them: compressed, blacked out, pruned.  What was read of
 * the one half before and of the other after that is the log of no moment.
 */

#pragma once

#include "core/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct verify_files; /* verify_files.c */

/**
 * verify_files_look() - what stands there now
 * @ret:	set on success only, verify_files_free() it
 *
 * Return: 0, or the error of reading the directory.
 */
int verify_files_look(int dirfd, struct verify_files **ret, struct err *err);

/* True when a segment came, went or was replaced in between; that the newest grew does not count.
 */
bool verify_files_changed(const struct verify_files *before, const struct verify_files *after);

void verify_files_free(struct verify_files *files);

DEFINE_CLEANUP(struct verify_files *, verify_files_free)
#define cleanup_verify_files cleanup_with(verify_files_freep)
