/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A part of a log, such as a fiscal year, in one file (audit/zip.h) with all
 * that proves it:
 *
 *	readme.txt		what this is, for people
 *	vkey			the log's key as it says itself: not to be trusted
 *	checkpoint		the newest head when the bundle was made
 *	epochs			the keys from the log's first to that of the first segment
 *	consistency		that the newest head begins with these entries; none where
 *				they are all there is (audit/proof_text.h)
 *	seg-*.jsonl[.zst]	whole segments as they stand in the log
 *	redact-N.tlog-proof	entry N, log.redact, of a later time that names an entry here
 *	epochs-after		the keys from the last one here to that which certified the last
 *				of these; none where that is the same:
 *	key-N.tlog-proof	entry N, log.key, of a later time: another identity key
 */

#pragma once

#include "audit/prove.h"
#include "audit/zip.h"

#define BUNDLE_README "readme.txt"
#define BUNDLE_GROWTH "consistency"
#define BUNDLE_REDACTION "redact-"
#define BUNDLE_EPOCHS_AFTER "epochs-after"
#define BUNDLE_KEY "key-"

/* One that is open. */
struct bundle {
	struct zip zip;
	uint64_t *firsts; /* seq of the first entry of each segment, rising */
	size_t n_segments;
};

/* True when the file of @fd begins like a bundle; where it stands does not matter. */
bool bundle_is(int fd);

/**
 * bundle_open() - see what is in one
 * @fd:		stays the caller's
 * @ret:	set on success only, bundle_close() it
 *
 * Return: 0, -EBADMSG: it is none, or was damaged; or an error of reading.
 * Nothing is proven yet: that is verify_bundle().
 */
int bundle_open(int fd, struct bundle *ret, struct err *err);

/* Read one of the segments; as segment_open().  @index is below n_segments. */
int bundle_segment_open(const struct bundle *bundle, size_t index, struct line_reader **ret,
			struct err *err);

/**
 * bundle_text() - a small member whole
 * @max:	largest size accepted, bytes
 * @ret:	with a NUL behind it; set on success only, free() it
 *
 * Return: 0, -ENOENT, -EBADMSG: longer or damaged; or another error.
 */
int bundle_text(const struct bundle *bundle, const char *name, size_t max, char **ret,
		size_t *ret_len, struct err *err);

/**
 * bundle_entry() - a later entry, by the proof that it is in the log
 * @name:	of the member
 * @type:	of the entry
 * @head:	of the log
 * @ret:	without its note; set only when the entry is proven
 *
 * Return: 1, 0 when the member does not prove it, or an error of reading.
 */
int bundle_entry(const struct bundle *bundle, const char *name, const char *type,
		 const struct checkpoint *head, struct proof_text *ret, struct err *err);

void bundle_close(struct bundle *bundle);

#define cleanup_bundle cleanup_with(bundle_close)

/* What became of one that is written. */
struct bundle_extent {
	uint64_t first; /* entries first to end - 1 */
	uint64_t end;
	size_t n_segments;
};

/**
 * bundle_write() - write the segments that hold entries of a time
 * @head:	of the log; all is proven up to it
 * @begin_us:	by the clock of the entries, since 1970; until before @end_us
 * @readme:	text for people
 * @out:	an empty regular file
 *
 * Return: 0; -ENODATA: there are no such entries; -EBADMSG: the log is damaged;
 * -EFBIG; or an error of reading or writing.
 */
int bundle_write(int dirfd, const struct prove_head *head, int64_t begin_us, int64_t end_us,
		 const char *readme, int out, struct bundle_extent *ret, struct err *err);
