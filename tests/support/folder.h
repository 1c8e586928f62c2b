/* SPDX-License-Identifier: Apache-2.0 */

/* Folders that a test makes for itself. */

#pragma once

#include <ftw.h>
#include <stdio.h>

static inline int folder_remove_one(const char *path, const struct stat *st, int flag,
				    struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* With everything in it. */
static inline void folder_remove(const char *path)
{
	(void)nftw(path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
