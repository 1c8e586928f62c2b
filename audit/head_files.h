/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The two files that say where the log ends: "head" for whoever continues it,
 * "checkpoint" for whoever proves it.  Written after the entries are durable and
 * before anybody is told, without a sync of their own: they never say more than
 * the log, and after a kill they say all that was acknowledged.
 */

#pragma once

#include "audit/segment.h"

struct err;

struct head_files {
	int head;
	int checkpoint;
};

#define HEAD_FILES_UNUSED ((struct head_files){ .head = -1, .checkpoint = -1 })

int head_files_open(struct head_files *files, int dirfd, struct err *err);
void head_files_close(struct head_files *files);

/* One that cannot be written is emptied: none is better than half of one. */
void head_files_write(const struct head_files *files, const struct segment_head *state,
		      const struct signer *identity);
