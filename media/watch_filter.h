/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is left to an instance that watches: reading what was written, making it
 * read-only, answering, telling the log.
 */

#pragma once

struct err;

/* For the rest of this process, with CAP_SYS_ADMIN alone.  Return: 0 or the error. */
int watch_filter_install(struct err *err);
