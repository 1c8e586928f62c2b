/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/leaves.h"

#include "audit/bundle.h"
#include "core/err.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void leaves_close(struct leaves *leaves)
{
	if (leaves->reader)
		line_reader_free(leaves->reader);
	free(leaves->firsts);
	*leaves = (struct leaves){ 0 };
}

static int damaged(const struct leaves *leaves, struct err *err)
{
	return err_set(err, -EBADMSG,
		       "the log is damaged near entry %" PRIu64 "; remedy: sekisho log verify",
		       leaves->head.tree.size);
}

/* The segment's #seg line: the first one says where the tree stands, the others must agree. */
static int take_head(struct leaves *leaves, bool first, struct err *err)
{
	uint8_t root[TREE_HASH_SIZE];
	struct segment_head head;
	struct line line;
	int rc = line_next(leaves->reader, &line);

	if (rc < 0 && rc != -EMSGSIZE && rc != -EBADMSG)
		return err_set(err, rc, "read the log: %s", strerror(-rc));
	if (rc != 1 || segment_head_parse(line.text, line.len, &head) < 0)
		return damaged(leaves, err);
	if (first) {
		leaves->head = head;
		return 0;
	}
	/* A frontier of this size that hashes to this root is this frontier. */
	tree_root(&leaves->head.tree, root);
	if (head.tree.size != leaves->head.tree.size ||
	    memcmp(head.check.root, root, sizeof(root)) != 0)
		return damaged(leaves, err);
	return 0;
}

/* Return: 1, 0 when there is no further segment, or an error. */
static int open_next(struct leaves *leaves, struct err *err)
{
	bool first = !leaves->reader;
	int rc;

	if (leaves->next == leaves->n_segments)
		return 0;
	if (leaves->reader)
		line_reader_free(take_ptr(&leaves->reader));
	rc = leaves->bundle
		     ? bundle_segment_open(leaves->bundle, leaves->next, &leaves->reader, err)
		     : segment_open(leaves->dirfd, leaves->firsts[leaves->next], &leaves->reader,
				    err);
	if (rc == 0)
		rc = take_head(leaves, first, err);
	leaves->next++;
	return rc < 0 ? rc : 1;
}

static int begin(struct leaves *leaves, uint64_t from, struct err *err)
{
	if (leaves->n_segments == 0)
		return err_set(err, -ENOENT, "there is no log");
	while (leaves->next + 1 < leaves->n_segments && leaves->firsts[leaves->next + 1] <= from)
		leaves->next++;
	return open_next(leaves, err);
}

int leaves_open(int dirfd, uint64_t from, struct leaves *ret, struct err *err)
{
	cleanup_leaves struct leaves leaves = { .dirfd = dirfd };
	int rc = segment_list(dirfd, &leaves.firsts, &leaves.n_segments, err);

	if (rc == 0)
		rc = begin(&leaves, from, err);
	if (rc < 0)
		return rc;
	*ret = leaves;
	leaves = (struct leaves){ 0 };
	return 0;
}

int leaves_open_bundle(const struct bundle *bundle, struct leaves *ret, struct err *err)
{
	cleanup_leaves struct leaves leaves = { .dirfd = -1, .bundle = bundle };
	int rc;

	leaves.firsts = reallocarray(NULL, bundle->n_segments + 1, sizeof(*leaves.firsts));
	if (!leaves.firsts)
		return err_set(err, -ENOMEM, "out of memory");
	memcpy(leaves.firsts, bundle->firsts, bundle->n_segments * sizeof(*leaves.firsts));
	leaves.n_segments = bundle->n_segments;
	rc = begin(&leaves, 0, err);
	if (rc < 0)
		return rc;
	*ret = leaves;
	leaves = (struct leaves){ 0 };
	return 0;
}

static int take_check(struct leaves *leaves, struct leaf *leaf, struct err *err)
{
	uint8_t root[TREE_HASH_SIZE];

	tree_root(&leaves->head.tree, root);
	if (segment_check_parse(leaf->text, leaf->len, &leaf->check) < 0 ||
	    leaf->check.size != leaves->head.tree.size ||
	    memcmp(leaf->check.root, root, sizeof(root)) != 0)
		return damaged(leaves, err);
	leaf->kind = LEAF_CHECK;
	return 1;
}

static int take_leaf(struct leaves *leaves, struct leaf *leaf, struct err *err)
{
	leaf->seq = leaves->head.tree.size;
	if (leaf->len > 0 && leaf->text[0] == '{') {
		if (record_scan(leaf->text, leaf->len, &leaf->prefix) < 0 ||
		    leaf->prefix.seq != leaf->seq)
			return damaged(leaves, err);
		tree_leaf_hash(leaf->text, leaf->len, leaf->hash);
		leaf->kind = LEAF_ENTRY;
	} else if (segment_redaction_parse(leaf->text, leaf->len, leaf->hash) == 0) {
		leaf->kind = LEAF_REDACTED;
	} else {
		return take_check(leaves, leaf, err);
	}
	tree_append(&leaves->head.tree, leaf->hash);
	return 1;
}

int leaves_next(struct leaves *leaves, struct leaf *ret, struct err *err)
{
	struct line line;

	*ret = (struct leaf){ 0 };
	for (;;) {
		int rc = line_next(leaves->reader, &line);

		if (rc == -EMSGSIZE || rc == -EBADMSG)
			return damaged(leaves, err);
		if (rc < 0)
			return err_set(err, rc, "read the log: %s", strerror(-rc));
		if (rc == 1 && line.whole) {
			ret->text = line.text;
			ret->len = line.len;
			ret->end = line.offset + line.len + 1;
			return take_leaf(leaves, ret, err);
		}
		rc = open_next(leaves, err);
		if (rc <= 0)
			return rc;
	}
}
