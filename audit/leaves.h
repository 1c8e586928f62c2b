/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The leaves of a log in their order, to make proofs, tiles and bundles of.
 * Each root on the way is compared, no signature is checked: what is made is
 * compared with a signed root by whoever makes it, or verifies the log first.
 */

#pragma once

#include "audit/line.h"
#include "audit/record.h"
#include "audit/segment.h"

struct bundle;
struct err;

enum leaf_kind {
	LEAF_NONE = 0,
	LEAF_ENTRY = 1,
	LEAF_REDACTED = 2, /* only its hash is left */
	LEAF_CHECK = 3,    /* no leaf: a checkpoint of all before it */
};

struct leaf {
	enum leaf_kind kind;
	const char *text; /* the line, valid until the next call */
	size_t len;
	uint64_t end; /* of the line with its newline, bytes from the segment's beginning */
	uint64_t seq; /* of a leaf */
	uint8_t hash[TREE_HASH_SIZE];
	struct record_prefix prefix; /* LEAF_ENTRY only */
	struct segment_check check;  /* LEAF_CHECK only */
};

struct leaves {
	int dirfd;                   /* the caller's */
	const struct bundle *bundle; /* likewise, or NULL */
	uint64_t *firsts;
	size_t n_segments;
	size_t next; /* the segment that is opened next */
	struct line_reader *reader;
	struct segment_head head; /* of the segment it began with; then the tree grows */
};

/**
 * leaves_open() - begin with the segment that holds entry @from
 * @ret:	set on success only, leaves_close() it
 *
 * Where the log begins later, or ends before, it is the segment next to it;
 * ret->head.tree says where that is.
 *
 * Return: 0; -ENOENT when there is no segment; -EBADMSG; or an error of reading.
 */
int leaves_open(int dirfd, uint64_t from, struct leaves *ret, struct err *err);

/* The same of a bundle, from its beginning. */
int leaves_open_bundle(const struct bundle *bundle, struct leaves *ret, struct err *err);

/**
 * leaves_next() - the next leaf or checkpoint
 *
 * Half a line at the end of the newest segment is where the log ends: it may
 * just be written.
 *
 * Return: 1, 0 at the end, -EBADMSG where the log is damaged, or an error of
 * reading.
 */
int leaves_next(struct leaves *leaves, struct leaf *ret, struct err *err);

void leaves_close(struct leaves *leaves);

#define cleanup_leaves cleanup_with(leaves_close)
