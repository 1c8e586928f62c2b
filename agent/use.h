/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One open medium in the hands of the person at the terminal: its file systems
 * are mounted for him, and an end of the use loses nothing that he wrote.
 *
 * Ending is: say so, write out, remount read-only, unmount.  Whoever still has a
 * file open is given USE_GRACE_US to close it; then the medium is taken from
 * under him, and the log says from whom.
 */

#pragma once

#include "agent/mount.h"
#include "agent/probe.h"
#include "agent/seat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USE_GRACE_US (60 * INT64_C(1000000))
#define USE_AGAIN_US (3 * INT64_C(1000000)) /* between two tries at what is in use */

struct use;

/* Nothing is in use in the state that is 0. */
enum use_state {
	USE_NONE = 0,
	USE_LOOKING = 1, /* sekisho-media says what is on it */
	USE_MOUNTING = 2,
	USE_MOUNTED = 3,
	USE_ENDING = 4,
	USE_LISTING = 5, /* sekisho-media compares it with what a company announced */
};

/* How urgent an end is. */
enum use_end {
	USE_END_ASKED = 0,    /* by the person: given up where somebody uses it */
	USE_END_REQUIRED = 1, /* what was granted is granted no more */
	USE_END_CUT = 2,      /* now, also from under whoever uses it */
};

/* What the use needs to know of the medium; the texts are the owner's. */
struct use_medium {
	const char *node; /* of the whole disk */
	dev_t devnum;     /* likewise */
	uint64_t diskseq;
	bool writable;
	bool lists; /* names and SHA-256 of what is written are kept, for this key */
	uint8_t record_key[IPC_HASH_SIZE];
	bool is_vendor; /* a company's: listed, and compared, before it is mounted */
	uint32_t n_expected;
	uint8_t expected[IPC_EXPECTED_MAX][IPC_HASH_SIZE];
};

/* What has happened, for the log and for the person. */
enum use_event {
	USE_WAS_MOUNTED = 1, /* @detail: what he should know of it, or "" */
	USE_NOT_MOUNTED = 2, /* @detail says why */
	USE_ENDS = 3,        /* he is told to close his files */
	USE_IS_BUSY = 4,     /* asked for, but @detail uses it; it stays mounted */
	USE_WAS_ENDED = 5,   /* everything is on the medium */
	USE_WAS_CUT = 6,     /* what was not written out is lost; @detail: who used it */
	USE_IS_LOCKED = 7,   /* it is encrypted, and waits for use_unlock() */
	USE_MISSED = 8,      /* something was written that was not seen */
	USE_UNWATCHED = 9,   /* nobody sees what is written: it is cut */
	USE_LISTED = 10,     /* names were kept, or some files may be counted twice; it has ended */
	USE_WAS_COMPARED = 11, /* @listed: what a company has on it; @detail: the same for people */
};

struct use_news {
	enum use_event event;
	const char *path;   /* mount point, or "" */
	const char *type;   /* of the file system, or "" */
	const char *reason; /* word of the log's glossary: why it ends, or NULL */
	const char *detail; /* one sentence, or "" */
	const struct ipc_media_written *written; /* what is known of it, or NULL */
	const struct ipc_media_mounted *mounted; /* USE_WAS_MOUNTED: how it is encrypted */
	const struct ipc_media_listed *listed;   /* USE_WAS_COMPARED */
};

struct use_owner {
	struct loop *loop;
	const char *media_socket;
	const char *mount_socket;
	void (*happened)(struct use *use, const struct use_news *news);

	/* Nothing is mounted any more; @use may be used again or be freed. */
	void (*over)(struct use *use);
};

struct use_volume; /* use_volume.h */

/* @rc and @mounted: as struct mount.done(). */
typedef void use_unlocked(void *ctx, int rc, const struct ipc_media_mounted *mounted);

struct use {
	const struct use_owner *owner;
	enum use_state state;
	struct use_medium medium;
	uid_t uid;
	gid_t gid;
	char user[SEAT_NAME_MAX];
	char session[SEAT_SESSION_MAX];
	struct probe probe; /* USE_LOOKING */
	struct mount mount; /* the one question that is asked of sekisho-mount */
	bool is_asking;
	bool is_settling; /* who watches the volume is asked, before it is unmounted */
	struct use_volume *volumes;
	size_t n_volumes;
	size_t at;              /* the volume that is asked about */
	use_unlocked *unlocked; /* of what is asked about now, NULL: nobody waits */
	void *unlocked_ctx;
	enum use_end end;
	const char *reason;      /* of the end, NULL: none is wanted */
	struct loop_timer timer; /* until what is in use is tried again */
	int64_t deadline_us;     /* CLOCK_BOOTTIME: until then nobody's files are taken away */
};

/**
 * use_begin() - have everything on a medium mounted for a person
 * @use:	USE_NONE
 * @owner:	must outlive the use
 * @medium:	copied; the node's text must outlive the use
 * @seat:	who sits there, known
 * @disk_fd:	the whole disk, open O_RDONLY; stays the caller's, who may close it
 */
void use_begin(struct use *use, const struct use_owner *owner, const struct use_medium *medium,
	       const struct seat *seat, int disk_fd);

/**
 * use_finish() - bring the use to its end; over() is called when it has come to it
 * @reason:	word of the log's glossary, a constant
 *
 * A more urgent end overtakes one that is under way.  Of USE_NONE nothing
 * happens, over() is not called; else not before this has returned.
 */
void use_finish(struct use *use, enum use_end end, const char *reason);

/* True from use_begin() until over(). */
static inline bool use_is_on(const struct use *use)
{
	return use->state != USE_NONE;
}

/* Where the first of its file systems is mounted, or "". */
const char *use_path(const struct use *use);

/* The mount point of its @i-th file system, "" when it has none, NULL past the last. */
const char *use_path_at(const struct use *use, size_t i);

/* True when @path is one of its mount points. */
bool use_has_path(const struct use *use, const char *path);

/* The @i-th encrypted volume that can be unlocked now, NULL past the last. */
const struct ipc_volume *use_locked_at(const struct use *use, size_t i);

/**
 * use_unlock() - have an encrypted volume opened and mounted with the others
 * @start:	of struct ipc_volume
 * @secret_fd:	as mount_unlock()
 * @done:	called exactly once on success, after use_unlock() has returned
 *
 * Return: 0, -ENOENT (no such volume waits), or -EBUSY (another one is asked
 * about, or the use ends).
 */
int use_unlock(struct use *use, uint64_t start, int secret_fd, use_unlocked *done, void *ctx);

/* What is mounted stays so, nobody hears of it any more. */
void use_deinit(struct use *use);
