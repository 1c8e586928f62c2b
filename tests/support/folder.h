/* SPDX-License-Identifier: Apache-2.0 */

/* Folders that a test makes for itself. */

#pragma once

#include <ftw.h>
#include <stdbool.h>
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

/* A file of @len bytes in the folder; one that is there is replaced. */
static inline bool folder_write(const char *path, const char *name, const void *bytes, size_t len)
{
	char full[512];
	FILE *out;
	bool written;

	(void)snprintf(full, sizeof(full), "%s/%s", path, name);
	out = fopen(full, "we");
	if (!out)
		return false;
	written = fwrite(bytes, 1, len, out) == len;
	return fclose(out) == 0 && written;
}
