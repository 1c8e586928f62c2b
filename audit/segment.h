/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The lines of a segment that are not entries, and the names of segments.
 * docs/audit-format.md has the whole of it.  Each line has one valid form: what
 * is read is rendered again and compared, so that no byte is free to change.
 */

#pragma once

#include "audit/checkpoint.h"
#include "audit/epoch.h"

#define SEGMENT_NAME_LEN 22 /* "seg-000000000000.jsonl" */
#define SEGMENT_SEQ_MAX UINT64_C(999999999999)
#define SEGMENT_HEAD_MAX 8192    /* bytes of a #seg line with newline and NUL */
#define SEGMENT_CHECK_MAX 256    /* bytes of a #cp line with newline and NUL */
#define SEGMENT_HEAD_FILE "head" /* see struct segment_head */

struct err;

/* A tree head and its signature: the state up to which everything is proven. */
struct segment_check {
	uint64_t size;
	uint8_t root[TREE_HASH_SIZE];
	uint64_t epoch; /* whose key signed it */
	uint8_t signature[NOTE_SIGNATURE_SIZE];
};

/*
 * What a segment begins with: where the tree stands and the checkpoint that
 * says so.  The file "head" holds such a line for the segment that would begin
 * now; it is rewritten after each commit and is what tells a log that was cut
 * at a checkpoint from one that ends there.
 */
struct segment_head {
	char origin[NOTE_NAME_MAX + 1];
	struct tree tree;           /* size: seq of the first entry */
	struct epoch next;          /* signs from here on */
	struct segment_check check; /* of that tree; unused while the size is 0 */
	struct epoch signer;        /* of the checkpoint; likewise */
};

/* @out has SEGMENT_HEAD_MAX bytes.  Return: length with the newline. */
size_t segment_head_format(const struct segment_head *head, char *out);

/**
 * segment_head_parse() - read a #seg line, strictly
 * @text:	without its newline
 *
 * Return: 0, or -EBADMSG: not of the one valid form, the frontier does not
 * hash to the root, or the two epochs do not fit together.  Whether the keys are
 * those of the log, and the signature, are the caller's to check.
 */
int segment_head_parse(const char *text, size_t len, struct segment_head *ret);

/* @out has SEGMENT_CHECK_MAX bytes.  Return: length with the newline. */
size_t segment_check_format(const struct segment_check *check, char *out);

/* Read a #cp line, strictly.  Return: 0, or -EBADMSG. */
int segment_check_parse(const char *text, size_t len, struct segment_check *ret);

/* True when @check, as a checkpoint of the log of that name, is of this epoch and signed by it. */
bool segment_check_verify(const struct segment_check *check, const char *origin,
			  const struct epoch *signer);

/*
 * True when what @head says of the tree is signed, or begins a log.  Its keys are its own: that
 * they lead back to the log's name is for others to prove.
 */
bool segment_head_is_signed(const struct segment_head *head);

/* "#red HASH\n", what is left of an entry; @out has SEGMENT_CHECK_MAX bytes.  Return: its length.
 */
size_t segment_redaction_format(const uint8_t leaf[TREE_HASH_SIZE], char *out);

/* Read a #red line, strictly.  Return: 0, or -EBADMSG. */
int segment_redaction_parse(const char *text, size_t len, uint8_t ret_leaf[TREE_HASH_SIZE]);

/* The leaf that a line stands for.  Return: 0, or -EBADMSG: it stands for none. */
int segment_leaf_hash(const char *text, size_t len, uint8_t ret_leaf[TREE_HASH_SIZE]);

/* @out has SEGMENT_NAME_LEN + 1 bytes. */
void segment_name_format(uint64_t first, char *out);

/* Return: false when it is not the name of a segment. */
bool segment_name_parse(const char *name, uint64_t *ret_first);

/**
 * segment_list() - the segments of a directory in their order, plain or compressed
 * @ret:	first seq of each, set on success only, free() it
 */
int segment_list(int dirfd, uint64_t **ret, size_t *ret_n, struct err *err);
