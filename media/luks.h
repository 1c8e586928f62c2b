/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The header of an encrypted volume, read by libcryptsetup.  Hostile like
 * everything on a medium: what only few real volumes have is refused here,
 * before a passphrase is tried.
 */

#pragma once

#include "ipc/protocol.h"

#define LUKS_MEMORY_MAX_KIB (1024 * 1024) /* cryptsetup(8) itself takes no more by default */
#define LUKS_THREADS_MAX 4                /* likewise */

struct crypt_device;
struct err;

/* How a volume is encrypted, as its header says; safe to log. */
struct luks_evidence {
	char cipher[IPC_WORD_MAX]; /* "aes-xts-plain64" */
	char kdf[IPC_WORD_MAX];    /* of the passphrase that opened it, "argon2id" */
	uint32_t key_bits;         /* of the whole key; XTS uses half of it for each of two */
};

/**
 * luks_load() - read the header and refuse what is not opened
 * @device:	node, or a file that holds an image
 * @ret:	set on success only, crypt_free() it
 *
 * Refused: anything but LUKS2, a cipher that encrypts nothing, a volume with
 * integrity tags or in the middle of being encrypted anew, and a passphrase
 * that takes more than LUKS_MEMORY_MAX_KIB to try.
 *
 * Return: 0, -EINVAL (no header that can be read), -ENOTSUP, -E2BIG (memory),
 * or the error of libcryptsetup.
 */
int luks_load(const char *device, struct crypt_device **ret, struct err *err);

/* What luks_load() has read, and @slot, by which it was opened. */
struct luks_evidence luks_evidence(struct crypt_device *volume, int slot);
