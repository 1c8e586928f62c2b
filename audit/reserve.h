/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Room on the disk that is kept for the moment at which there is none: the file
 * "reserve" holds it, and is removed when a commit finds the disk full.
 */

#pragma once

#include <stdbool.h>

#define RESERVE_FILE "reserve"
#define RESERVE_SIZE (8 * 1024 * 1024) /* bytes; weeks of what must be logged */

/*
 * Make it, unless it is there; only where as much stays free beside it, so that
 * it is not made and used up in turns.  Return: whether it is there.
 */
bool reserve_make(int dirfd);

/* Return: whether there was one. */
bool reserve_release(int dirfd);
