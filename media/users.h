/* SPDX-License-Identifier: Apache-2.0 */

/* Who uses a mounted medium, for a person who wants to take it out. */

#pragma once

#include <stddef.h>
#include <sys/types.h>

/**
 * users_of() - name the processes that have something of a file system open
 * @device:	st_dev of the file system
 * @names:	receives "soffice.bin (4711), bash (4712)", escaped, cut at a
 *		whole name; "" when none is found
 *
 * Open files, working and root directories and the program itself count.
 */
void users_of(dev_t device, char *names, size_t size);
