/* SPDX-License-Identifier: Apache-2.0 */

/* Is this still the medium that was judged? */

#pragma once

#include <stdint.h>
#include <sys/types.h>

struct err;

/**
 * disk_check() - compare what is in the drive
 * @fd:		disk, partition, or an image, which has the number 0
 *
 * Return: 0, -ENODEV (another one), or the error of ioctl(2).
 */
int disk_check(int fd, uint64_t diskseq, struct err *err);

/**
 * disk_open() - open a node and make sure that it is the one that was meant
 * @ret_fd:	set on success only, read only, the caller's; as long as it is
 *		open nothing else gets this device number
 */
int disk_open(const char *node, dev_t devnum, uint64_t diskseq, int *ret_fd, struct err *err);
