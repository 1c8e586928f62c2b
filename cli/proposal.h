/* SPDX-License-Identifier: Apache-2.0 */

/* Putting a file where sekishod looks for it, and hearing what became of it. */

#pragma once

#include "ipc/protocol.h"

#include <stddef.h>

struct err;

/**
 * proposal_offer() - have a file accepted
 * @path:	where sekishod looks
 * @max:	of what may lie there already, bytes
 * @kind:	the request that has it looked at now
 *
 * What is refused does not stay in the way of the one before, which is put back.
 *
 * Return: 0: it is in force; or why not.
 */
int proposal_offer(const char *path, const char *bytes, size_t len, size_t max, enum ipc_kind kind,
		   struct err *err);
