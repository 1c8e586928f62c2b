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
#define IDENTITY_OLD_FILE "vkey.old"
#define IDENTITY_NEXT_FILE "identity.next" /* staged */

/**
 * identity_open() - load the keys, or make them where no log was yet
 * @terminal_id:	part of the name of a new log
 * @ret, @ret_keys:	set on success only, the caller's
 *
 * Return: 0; -ENOKEY when there is a log and a key of it is lost.
 */
int identity_open(int dirfd, const char *terminal_id, struct signer **ret,
		  struct epoch_keys **ret_keys, struct err *err);

/**
 * identity_stage() - make the key that shall follow, durable but not yet in use
 * @identity:	gives the name
 *
 * It is in use once a log.key entry names it, and identity_settle() was called.
 */
int identity_stage(int dirfd, const struct signer *identity, struct signer **ret, struct err *err);

/**
 * identity_settle() - put the staged key in place if the log names it, or drop it
 * @named:	verification key in the newest log.key entry, or ""
 * @identity:	replaced by the staged one in the first case
 *
 * May be cut short anywhere and called again.  The earlier verification keys
 * are kept in IDENTITY_OLD_FILE, a line each.
 */
int identity_settle(int dirfd, const char *named, struct signer **identity, struct err *err);
