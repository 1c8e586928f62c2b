/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The single writer of a log directory.  Entries are collected in memory and
 * become durable together: one write(2) and one fdatasync(2) for all of them
 * and the checkpoint that signs them.  A commit that fails leaves the log as
 * it was before, and none of its entries is in it.
 */

#pragma once

#include "audit/attest.h"
#include "audit/checkpoint.h"
#include "audit/identity.h"
#include "audit/record.h"
#include "core/cleanup.h"
#include "core/clock.h"

#define WRITER_SEGMENT_MAX (16 * 1024 * 1024) /* bytes, after which the next segment begins */
#define WRITER_BATCH_MAX 256                  /* entries in one commit */
#define WRITER_DETAIL_MAX 256
#define WRITER_LOCK "writer.lock" /* as long as one is open */
#define WRITER_KEY_FILE IDENTITY_FILE
#define WRITER_VKEY_FILE IDENTITY_VKEY_FILE
#define WRITER_EPOCH_US (60 * CLOCK_US_PER_SEC) /* an epoch that sees entries lasts so long */

struct writer; /* writer.c */

/* Why an epoch ends. */
enum writer_reason {
	WRITER_GOES_ON = 0,
	WRITER_TIME = 1,   /* WRITER_EPOCH_US have passed */
	WRITER_POLICY = 2, /* another policy or zone: noticed by writer_add() itself */
	WRITER_SUSPEND = 3,
	WRITER_SHUTDOWN = 4,
	WRITER_BOOT = 5, /* noticed by writer_open() itself */
};

struct writer_options {
	const char *dir;         /* exists, owned by the caller */
	const char *terminal_id; /* used once, when the log is new */
	uint64_t segment_max;    /* bytes */
	struct clock clock;
	const char *boot; /* RECORD_BOOT_LEN hex digits; NULL: the kernel's */
};

/* What opening found; the caller writes it into the log. */
struct writer_found {
	bool recovered;      /* a crash cut the last write short: log.recovered */
	uint64_t n_kept;     /* entries that nobody had been told about, now signed */
	uint64_t torn_bytes; /* moved aside to torn-SEQ.bin */
	bool damaged;        /* what was proven once is no longer there: log.damaged */
	uint64_t offset;     /* of the damage in its segment */
	char detail[WRITER_DETAIL_MAX];
};

/**
 * writer_open() - take over a log directory, or begin a log in an empty one
 * @ret:	set on success only, writer_free() it
 *
 * Recovers from a crash.  Never repairs damage: then a new segment continues
 * from the last head that was acknowledged.
 *
 * Return: 0; -EBUSY when somebody else writes there; -ENOKEY when the log has
 * lost its key; or the error of the step that failed.
 */
int writer_open(const struct writer_options *options, struct writer **ret, struct err *err);

/* Drops what was not committed. */
void writer_free(struct writer *writer);

const struct writer_found *writer_found(const struct writer *writer);
/* The last entry is of another boot: this is the first start since. */
bool writer_is_first_of_boot(const struct writer *writer);
const char *writer_origin(const struct writer *writer);

/* Entries in the log, all of them durable. */
uint64_t writer_size(const struct writer *writer);

/* The head of their tree. */
void writer_root(const struct writer *writer, uint8_t ret[TREE_HASH_SIZE]);

/* What a challenge is answered with. */
struct writer_attestation {
	uint64_t size;
	uint64_t epoch;
	uint8_t root[TREE_HASH_SIZE];
	uint8_t signature[NOTE_SIGNATURE_SIZE]; /* by the epoch, over attest_format() */
	uint8_t identity[NOTE_SIGNATURE_SIZE];  /* by the identity, over the checkpoint */
};

void writer_attest(const struct writer *writer, const uint8_t nonce[ATTEST_NONCE_SIZE],
		   struct writer_attestation *ret);

bool writer_is_full(const struct writer *writer);
bool writer_is_empty(const struct writer *writer);

/**
 * writer_add() - add one event to the next commit
 * @event:	type, sender and fields; seq, times, boot id and salt are filled in here
 * @ret_seq:	its number, once writer_commit() has succeeded
 *
 * Return: 0, -ENOBUFS when writer_is_full(), or as record_write().
 */
int writer_add(struct writer *writer, const struct record *event, uint64_t *ret_seq,
	       struct err *err);

/**
 * writer_commit() - make everything added durable
 *
 * Where a next key is prepared, the epoch ends with this commit: its last entry
 * is log.epoch, and nothing is signed with the old key after it.
 *
 * Return: 0, -ENOSPC or -EDQUOT (the next commit tries again), or another
 * error after a second segment has failed too.
 */
int writer_commit(struct writer *writer, struct err *err);

/**
 * writer_add_identity() - make the key that shall follow the identity's, and add the entry log.key
 * @by:		who asked for it: uid and pid
 * @ret_vkey:	NOTE_VKEY_MAX bytes, the key that it names
 *
 * The key is durable before the entry is.  Return: as writer_add(), or the error of making it.
 */
int writer_add_identity(struct writer *writer, const struct record *by, char *ret_vkey,
			uint64_t *ret_seq, struct err *err);

/* That entry is durable: the key is the identity's from now on. */
int writer_switch_identity(struct writer *writer, const char *vkey, struct err *err);

/* The disk was full: the room that is kept for this is in use. */
bool writer_is_short(const struct writer *writer);

/* Try to set that room aside again.  Return: whether it is. */
bool writer_refill(struct writer *writer);

/* The errno that ended a segment before its time since the last call; 0: none. */
int writer_take_failure(struct writer *writer);

/* The next commit begins another segment: this one may be rewritten. */
void writer_close_segment(struct writer *writer);

/* End the epoch: the next writer_tend() prepares it, the commit after that does it. */
void writer_end_epoch(struct writer *writer, enum writer_reason reason);

/**
 * writer_tend() - what need not be waited for
 *
 * To be called after opening and after each commit, when everybody who waited
 * has been answered: erases the key of an epoch that has ended, and prepares
 * the next one when it is time.
 *
 * Return: 0, or an error: the next call tries again.
 */
int writer_tend(struct writer *writer, struct err *err);

DEFINE_CLEANUP(struct writer *, writer_free)
#define cleanup_writer cleanup_with(writer_freep)
