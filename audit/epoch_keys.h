/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The secret keys of the current epoch and of the one that comes next, in the
 * file "epoch.key".  It has two slots, 4096 bytes apart, so that a write that
 * is cut short harms one of them, and is rewritten in place, so that a full
 * disk does not stop an epoch from ending:
 *
 *	current N	both slots hold N
 *	prepare		slot (N + 1) % 2 holds N + 1, the other still N
 *	advance		nothing is signed with N any more
 *	erase		both slots hold N + 1: what N was is overwritten
 *
 * Which of two keys is the current one is what the log says, see recover().
 */

#pragma once

#include "audit/epoch.h"
#include "core/cleanup.h"

#define EPOCH_KEYS_FILE "epoch.key" /* 0600, in the log's directory */

struct err;
struct epoch_keys; /* epoch_keys.c */

/**
 * epoch_keys_open() - read the file
 * @ret:	set on success only, epoch_keys_free() it
 *
 * Return: 0; -ENOENT when there is none; -EPERM when others could have read it;
 * -EBADMSG when no slot is whole.
 */
int epoch_keys_open(int dirfd, struct epoch_keys **ret, struct err *err);

/* Make the file with a key for epoch 0, durable. */
int epoch_keys_create(int dirfd, struct epoch_keys **ret, struct err *err);

void epoch_keys_free(struct epoch_keys *keys);

/* Signs now.  After opening: the older of two. */
const struct epoch *epoch_keys_current(const struct epoch_keys *keys);

/* Comes next; NULL: not prepared yet. */
const struct epoch *epoch_keys_prepared(const struct epoch_keys *keys);

/* Signs with the current key. */
void epoch_keys_sign(const struct epoch_keys *keys, const char *text, size_t len,
		     uint8_t ret[NOTE_SIGNATURE_SIZE]);

/* Make the next key, durable.  Nothing is done when there is one. */
int epoch_keys_prepare(struct epoch_keys *keys, struct err *err);

/* The next key, which must be prepared, becomes the current one; the old one leaves memory. */
void epoch_keys_advance(struct epoch_keys *keys);

/**
 * epoch_keys_erase() - overwrite whatever the file holds of ended epochs
 *
 * Does nothing while there is nothing of that kind.  On failure it is tried
 * again by the next call.
 */
int epoch_keys_erase(struct epoch_keys *keys, struct err *err);

DEFINE_CLEANUP(struct epoch_keys *, epoch_keys_free)
#define cleanup_epoch_keys cleanup_with(epoch_keys_freep)
