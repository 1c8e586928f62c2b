/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The keys of a log: made once, when the terminal is enrolled, and never again
 * by themselves.  The log's name ends in a hash of the first epoch's key, so
 * that the verification key, which bears that name, vouches for both.
 */

#pragma once

#include "audit/epoch_keys.h"
#include "note/signer.h"

#define IDENTITY_FILE "identity.key" /* secret, 0600, in the log's directory */
#define IDENTITY_VKEY_FILE "vkey"    /* its public part, 0644 */

/**
 * identity_open() - load the keys, or make them where no log was yet
 * @terminal_id:	part of the name of a new log
 * @ret, @ret_keys:	set on success only, the caller's
 *
 * Return: 0; -ENOKEY when there is a log and a key of it is lost.
 */
int identity_open(int dirfd, const char *terminal_id, struct signer **ret,
		  struct epoch_keys **ret_keys, struct err *err);
