/* SPDX-License-Identifier: Apache-2.0 */

/* A file system that a program serves.  The program may stop answering at any time. */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FUSE_NODE "/dev/fuse"

struct err;
struct volume;

/**
 * fuse_mount() - mount what is served for a volume
 * @fuse_fd:	of FUSE_NODE; the program has it, too
 * @ret_fd:	of fsmount(2), not attached yet; set on success only, the caller's
 *
 * Nosuid, nodev, noexec, and a link on it leads nowhere: those of Windows mean
 * other places.  Its device number is the volume's.  Nothing waits for the
 * program here.
 */
int fuse_mount(const struct volume *volume, int fuse_fd, uid_t uid, gid_t gid, bool writable,
	       int *ret_fd, struct err *err);

/**
 * fuse_abort() - whatever waits for the program fails from now on
 * @devnum:	of what is mounted; of anything but FUSE nothing happens
 *
 * The program itself learns of it, and writes out what it still has.
 *
 * Return: whether it is FUSE.
 */
bool fuse_abort(dev_t devnum);
