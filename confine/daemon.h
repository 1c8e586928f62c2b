/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a daemon of ours gives up once it has started, whoever started it: the
 * unit says the same from outside.
 *
 * Left are files, sockets of this machine, waiting and memory that is not both
 * written and run.  A call that only an intruder makes - another program,
 * another's memory, mounts, modules - ends the process.  Any other answers as
 * if the kernel were too old for it: the C library and the modules that look
 * up names then do without.  Memory comes in small pages only: a daemon that waits
 * keeps no more than it uses.
 */

#pragma once

#include "confine/filter.h"

/**
 * confine_daemon() - for the rest of this process
 * @extra:	calls that this one makes besides
 * @capabilities: kept of those it has
 *
 * A build with sanitizers is left what those do at the end of a program too.
 */
int confine_daemon(const struct filter_rule *extra, size_t n_extra, uint64_t capabilities,
		   struct err *err);
