/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The file "epochs" of a log whose beginning was pruned: a line "#epoch N KEY
 * SIGNATURE" for each epoch from 0 on, each certified by the one before.
 */

#pragma once

#include "audit/epoch.h"

/* Where the file stops being valid. */
struct epoch_list {
	uint64_t offset; /* bytes */
};

/**
 * epoch_list_find() - whether the file leads from a log's name to these two keys
 * @signer:	an epoch
 * @next:	the same, or the one after it
 * @ret:	set for -EBADMSG
 *
 * Return: 0; -ENOENT when there is no such file, or it ends before; -EBADMSG
 * when it says something else.
 */
int epoch_list_find(int dirfd, const char *origin, const struct epoch *signer,
		    const struct epoch *next, struct epoch_list *ret);

/* The same of a file that is open and stands at its beginning. */
int epoch_list_read(int fd, const char *origin, const struct epoch *signer,
		    const struct epoch *next, struct epoch_list *ret);
