/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is on a medium.  Hostile to the last byte: everything here runs in a
 * process of its own that holds nothing else (media/filter.h).
 */

#pragma once

#include "ipc/media.h"

struct err;

/**
 * media_look() - name everything that is on a medium
 * @fd:		whole disk, or a file that holds an image of one
 * @ret:	all but the header, set on success only
 *
 * Every partition of every table, the disk as a whole and the room between the
 * partitions are looked at, each for every kind of content known: a medium that
 * is two things at once is told as both.  What is not known to be encrypted is
 * plain, also where nothing is found.
 *
 * Return: 0, -ENOMEDIUM (it has no size), -EIO, -ENOMEM: nothing is known then.
 */
int media_look(int fd, struct ipc_media_found *ret, struct err *err);
