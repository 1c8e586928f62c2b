/* SPDX-License-Identifier: Apache-2.0 */

/* What is on a medium beside what was announced. */

#pragma once

#include "ipc/media.h"
#include "media/tree.h"

/* Numbers of files, as struct ipc_media_listed has them. */
struct expected {
	uint64_t matching;
	uint64_t changed;
	uint64_t missing;
	uint64_t extra;
};

#define EXPECTED_LIST_MAX (16 * 1024 * 1024) /* bytes of a list; a longer file is none */

/**
 * expected_compare() - count what is there, what is not, and what nobody announced
 * @root_fd:	of @tree: lists are read from it
 * @hashes:	@n of them, each of one file; lists among them name others
 *
 * Each file counts once; what lists say of it comes before its own hash.
 */
struct expected expected_compare(int root_fd, struct media_tree *tree,
				 const uint8_t hashes[][IPC_HASH_SIZE], size_t n);
