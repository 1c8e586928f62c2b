/* SPDX-License-Identifier: Apache-2.0 */

/* An encrypted volume, opened by the kernel's device mapper: MAPPING_PREFIX "DISKSEQ-PARTITION". */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MAPPING_PREFIX "sekisho-" /* by which the udev rules keep everybody away */

struct err;
struct luks_evidence;
struct secret;
struct volume;

/**
 * mapping_open() - open a volume with a passphrase
 * @diskseq:	of its disk; a mapping of the same one that nobody uses is made anew
 * @ret:	receives what is inside, set on success only; volume_close() it
 * @ret_evidence: set on success only
 *
 * Return: 0, -EACCES (the passphrase opens nothing), -EBUSY (it is open
 * already), or as luks_load().
 */
int mapping_open(const struct volume *volume, uint64_t diskseq, bool writable,
		 const struct secret *secret, struct volume *ret,
		 struct luks_evidence *ret_evidence, struct err *err);

/**
 * mapping_close() - forget the key
 * @devnum:	of what was mounted; of anything but such a mapping nothing happens
 * @emergency:	also from under who uses it: what he has open fails from now on
 *
 * Return: 0 or the error of libcryptsetup, -EBUSY among them.
 */
int mapping_close(dev_t devnum, bool emergency, struct err *err);
