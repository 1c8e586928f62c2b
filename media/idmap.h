/* SPDX-License-Identifier: Apache-2.0 */

/* A file system that keeps owners, shown as if it were one person's. */

#pragma once

#include <sys/types.h>

struct err;

/**
 * idmap_give() - make whoever owns the root of a mount the person in question
 * @mount_fd:	of fsmount(2), not attached yet
 *
 * What others own on it appears as nobody's; what the person makes gets the
 * owner that the root has on the medium.
 */
int idmap_give(int mount_fd, uid_t uid, gid_t gid, struct err *err);
