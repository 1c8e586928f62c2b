/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Blacking out an entry in the files of a log: its line gives way to "#red" and
 * its hash, so that all proofs stay as they are.  That people wanted it is for
 * an entry log.redact to say, which must be durable before.
 */

#pragma once

#include "audit/redactions.h"
#include "audit/segment.h"

struct err;

/**
 * redact_look() - find what is to be blacked out
 * @ret_leaf:	its hash, set on success only
 *
 * Return: 0; -ERANGE: the log has no such entry; -EALREADY: that is done; -EPERM:
 * it is one of the log about itself; -EBADMSG: the log is damaged; or an error
 * of reading.
 */
int redact_look(int dirfd, uint64_t seq, uint8_t ret_leaf[TREE_HASH_SIZE], struct err *err);

/**
 * redact_apply() - do it, whole or not at all, and durably
 * @leaf:	of the entry that redact_look() has found
 *
 * Under seg_index_lock(), and nobody may be writing to the segment.  One that was
 * compressed is plain afterwards, and its index, which may hold the same words,
 * is gone.
 *
 * Return: 0, -EBADMSG: another entry stands there; or an error of writing.
 */
int redact_apply(int dirfd, uint64_t seq, const uint8_t leaf[TREE_HASH_SIZE], struct err *err);

/**
 * redact_find_late() - an entry that the newest entries log.redact name and that is readable yet
 * @ret:	set when there is one: for redact_apply()
 *
 * A crash or a full disk came between.  Under seg_index_lock(); copies that were
 * left beside a segment go at once.
 *
 * Return: 1 when there is one, 0, or an error of reading or writing.
 */
int redact_find_late(int dirfd, struct redaction *ret, struct err *err);
