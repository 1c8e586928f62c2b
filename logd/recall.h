/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the newest "terminal.state" says.  The agent and otpd ask for it, so that
 * neither the terminal's zone nor the highest policy version hangs on a file
 * that could be edited: this one is signed.
 */

#pragma once

#include "ipc/protocol.h"

#include <stdbool.h>
#include <stdint.h>

#define RECALL_TYPE "terminal.state"

struct err;
struct writer;

struct recall {
	struct ipc_log_recalled newest; /* durable; code -ENOENT: there is none */
	/* newest.wall_us is the latest time that any entry since has */
	struct ipc_log_recalled coming; /* added, not yet committed; fields_len 0: none */
};

/**
 * recall_read() - find it in the files
 * @dir:	the log's directory
 * @writer:	has opened it: the head of the log, which every entry must lead to
 *
 * The newest segments first.  What stands in a file counts only if it hashes,
 * with everything after it, to the head that the writer continues.
 *
 * Return: 0, also when there is none; -EBADMSG when it stands where nothing is
 * proven, or the error of reading.  @recall->newest.code says the same.
 */
int recall_read(struct recall *recall, const char *dir, const struct writer *writer,
		struct err *err);

/* An event was added to the next commit as entry @seq. */
void recall_added(struct recall *recall, const struct ipc_log_append *event, uint64_t seq,
		  int64_t wall_us);

/* What was added is durable, or has come to nothing. */
void recall_committed(struct recall *recall, bool durable);
