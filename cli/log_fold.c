/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_fold.h"

#include "audit/leaves.h"
#include "audit/seg_index.h"
#include "core/err.h"

#include <string.h>

/* The entries of a segment that ends before @end, as its index has them. */
static bool join_index(int dirfd, uint64_t end, struct tree *tree)
{
	struct seg_index index;
	bool fits;

	if (seg_index_open(dirfd, tree->size, &index) < 0)
		return false;
	fits = index.first + index.n_entries == end && seg_index_load_blocks(&index) == 0;
	if (fits)
		seg_index_join(&index, tree);
	seg_index_close(&index);
	return fits;
}

/* The entries up to @end, as they stand there. */
static bool join_lines(int dirfd, uint64_t end, struct tree *tree)
{
	cleanup_leaves struct leaves leaves = { 0 };
	struct err ignored = { 0 };
	struct leaf leaf;

	if (leaves_open(dirfd, tree->size, &leaves, &ignored) < 0 ||
	    leaves.head.tree.size != tree->size)
		return false;
	while (tree->size < end && leaves_next(&leaves, &leaf, &ignored) == 1) {
		if (leaf.kind != LEAF_CHECK)
			tree_append(tree, leaf.hash);
	}
	return tree->size == end;
}

/* What the #seg line of a segment says of the tree before it. */
static bool read_tree(int dirfd, uint64_t segment, struct tree *ret)
{
	cleanup_leaves struct leaves leaves = { 0 };
	struct err ignored = { 0 };

	if (leaves_open(dirfd, segment, &leaves, &ignored) < 0 || leaves.head.tree.size != segment)
		return false;
	*ret = leaves.head.tree;
	return true;
}

static bool is_same(const struct log_tree *one, const struct log_tree *other)
{
	return one->size == other->size && memcmp(one->root, other->root, sizeof(one->root)) == 0;
}

static struct log_tree log_tree_of(const struct tree *tree)
{
	struct log_tree ret = { .size = tree->size };

	tree_root(tree, ret.root);
	return ret;
}

static const struct log_tree *find(struct log_fold *fold, uint64_t size)
{
	if (fold->n_known > 0 && fold->known[fold->last].size == size)
		return &fold->known[fold->last];
	for (fold->last = 0; fold->last < fold->n_known; fold->last++) {
		if (fold->known[fold->last].size == size)
			return &fold->known[fold->last];
	}
	fold->last = 0;
	return NULL;
}

/* From @tree on, segment by segment; the trees on the way are added to those that are known. */
static bool join_all(struct log_fold *fold, int dirfd, struct tree *tree)
{
	cleanup_free uint64_t *firsts = NULL;
	struct err ignored = { 0 };
	struct log_tree *more;
	size_t n = 0;

	if (segment_list(dirfd, &firsts, &n, &ignored) < 0)
		return false;
	more = reallocarray(fold->known, fold->n_known + n + 1, sizeof(*more));
	if (!more)
		return false;
	fold->known = more;
	for (size_t i = 0; i < n && tree->size < fold->from; i++) {
		uint64_t next = i + 1 < n ? firsts[i + 1] : UINT64_MAX;

		if (firsts[i] != tree->size)
			continue;
		fold->known[fold->n_known++] = log_tree_of(tree);
		if ((next > fold->from || !join_index(dirfd, next, tree)) &&
		    !join_lines(dirfd, next < fold->from ? next : fold->from, tree))
			return false;
	}
	return true;
}

/* Back to the segment that begins with entry @from. */
static bool extend(struct log_fold *fold, int dirfd, uint64_t from)
{
	struct log_tree end = *find(fold, fold->from);
	size_t n_known = fold->n_known;
	struct log_tree reached;
	struct tree tree;

	fold->is_broken = true;
	if (!read_tree(dirfd, from, &tree))
		return false;
	if (join_all(fold, dirfd, &tree)) {
		reached = log_tree_of(&tree);
		fold->is_broken = !is_same(&reached, &end);
	}
	if (fold->is_broken)
		fold->n_known = n_known;
	else
		fold->from = from;
	return !fold->is_broken;
}

static bool begin(struct log_fold *fold, const struct checkpoint *newest)
{
	fold->known = malloc(sizeof(*fold->known));
	if (!fold->known)
		return false;
	fold->known->size = fold->from = newest->size;
	memcpy(fold->known->root, newest->root, sizeof(newest->root));
	fold->n_known = 1;
	return true;
}

bool log_fold_leads(struct log_fold *fold, int dirfd, const struct log_tree *tree,
		    const struct checkpoint *newest)
{
	const struct log_tree *known;

	if (fold->n_known == 0 && !begin(fold, newest))
		return false;
	if (tree->size < fold->from && !fold->is_broken)
		(void)extend(fold, dirfd, tree->size);
	known = find(fold, tree->size);
	return known && is_same(known, tree);
}
