/* SPDX-License-Identifier: Apache-2.0 */

/* What an instance that has mounted something writable does from then on. */

#pragma once

struct err;
struct watch;

/**
 * watcher_run() - count what is written, until told to end it
 * @connection:	to sekishod, who asked for the mount
 *
 * Where that ends first, sekishod is no more: the medium is made read-only, at
 * once or as soon as nobody has a file open for writing any more, is watched
 * until then, and the log gets what was counted.
 *
 * Of what the process may do is left what this takes: CAP_SYS_ADMIN, for making
 * read-only, and few system calls.
 *
 * Return: 0 when nothing is watched any more, or an error before it was begun:
 * the caller ends, and whatever it mounted must not stay writable.
 */
int watcher_run(struct watch *watch, int connection, struct err *err);
