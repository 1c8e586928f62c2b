/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/proof.h"

#include <string.h>

/* The largest power of two below @n, which is above 1. */
static uint64_t split_of(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k *= 2;
	return k;
}

static int compare_ranges(const struct proof_range *a, const struct proof_range *b)
{
	return (a->first > b->first) - (a->first < b->first);
}

/* Of a handful of ranges: by insertion. */
static void sort_ranges(struct proof_maker *maker)
{
	for (size_t i = 1; i < maker->n_ranges; i++) {
		struct proof_range range = maker->ranges[i];
		size_t at = i;

		for (; at > 0 && compare_ranges(&maker->ranges[at - 1], &range) > 0; at--)
			maker->ranges[at] = maker->ranges[at - 1];
		maker->ranges[at] = range;
	}
}

/*
 * Walks from the root towards a leaf and notes each subtree that is passed by.
 * Proofs run from the leaf to the root, so the places are counted from the end.
 */
static void note_siblings(struct proof_maker *maker, uint64_t leaf, uint64_t stop_first,
			  uint64_t stop_end)
{
	uint64_t first = 0;
	uint64_t end = maker->size;

	while (first != stop_first || end != stop_end) {
		uint64_t middle = first + split_of(end - first);
		struct proof_range *range = &maker->ranges[maker->n_ranges++];

		if (leaf < middle) {
			*range = (struct proof_range){ .first = middle, .end = end };
			end = middle;
		} else {
			*range = (struct proof_range){ .first = first, .end = middle };
			first = middle;
		}
	}
}

/* The hash noted last comes first. */
static void settle(struct proof_maker *maker)
{
	maker->proof.n = maker->n_ranges;
	for (size_t i = 0; i < maker->n_ranges; i++)
		maker->ranges[i].place = maker->n_ranges - 1 - i;
	sort_ranges(maker);
}

bool proof_of_entry(struct proof_maker *maker, uint64_t index, uint64_t size)
{
	*maker = (struct proof_maker){ .size = size };
	if (index >= size)
		return false;
	note_siblings(maker, index, index, index + 1);
	settle(maker);
	return true;
}

/*
 * The path to the last full subtree of the old tree, and that subtree itself
 * unless it is the old tree: then whoever checks has its root.
 */
bool proof_of_growth(struct proof_maker *maker, uint64_t old, uint64_t size)
{
	uint64_t last = old & -old; /* leaves of that subtree */

	*maker = (struct proof_maker){ .size = size };
	if (old > size)
		return false;
	if (old == 0 || old == size)
		return true;
	note_siblings(maker, old - 1, old - last, old);
	if (last != old)
		maker->ranges[maker->n_ranges++] =
			(struct proof_range){ .first = old - last, .end = old };
	settle(maker);
	return true;
}

static void close_range(struct proof_maker *maker)
{
	tree_root(&maker->part, maker->proof.hashes[maker->ranges[maker->at].place]);
	maker->part = (struct tree){ 0 };
	maker->at++;
}

/*
 * What is known of a range that begins before the leaves that will be seen: the
 * subtrees of @before that lie in it.  One that only lies around it is no help.
 */
static bool take_known(struct proof_maker *maker, const struct tree *before)
{
	const struct proof_range *range = &maker->ranges[maker->at];
	uint64_t seen = (range->end < before->size ? range->end : before->size) - range->first;

	for (unsigned int level = 0; level < TREE_LEVELS; level++) {
		uint64_t above = level + 1 < TREE_LEVELS ? UINT64_MAX << (level + 1) : 0;

		if (!(seen >> level & 1))
			continue;
		if (!(before->size >> level & 1) ||
		    range->first + (seen & above) != (before->size & above))
			return false;
		memcpy(maker->part.frontier[level], before->frontier[level], TREE_HASH_SIZE);
	}
	maker->part.size = seen;
	return true;
}

bool proof_begin(struct proof_maker *maker, const struct tree *before)
{
	maker->whole = *before;
	while (maker->at < maker->n_ranges && maker->ranges[maker->at].first < before->size) {
		if (!take_known(maker, before))
			return false;
		if (maker->ranges[maker->at].end > before->size)
			return true;
		close_range(maker);
	}
	return true;
}

void proof_add(struct proof_maker *maker, const uint8_t leaf_hash[TREE_HASH_SIZE])
{
	uint64_t seq = maker->whole.size;

	if (seq >= maker->size)
		return;
	tree_append(&maker->whole, leaf_hash);
	if (maker->at == maker->n_ranges || seq < maker->ranges[maker->at].first)
		return;
	tree_append(&maker->part, leaf_hash);
	if (maker->whole.size == maker->ranges[maker->at].end)
		close_range(maker);
}

bool proof_end(const struct proof_maker *maker, struct proof *ret, uint8_t ret_root[TREE_HASH_SIZE])
{
	if (maker->whole.size != maker->size || maker->at != maker->n_ranges)
		return false;
	*ret = maker->proof;
	tree_root(&maker->whole, ret_root);
	return true;
}

/* RFC 9162 section 2.1.3.2, whose tree is that of RFC 6962. */
bool proof_shows_entry(const struct proof *proof, uint64_t index, uint64_t size,
		       const uint8_t leaf_hash[TREE_HASH_SIZE], const uint8_t root[TREE_HASH_SIZE])
{
	uint8_t r[TREE_HASH_SIZE];
	uint64_t fn = index;
	uint64_t sn = size - 1;

	if (index >= size)
		return false;
	memcpy(r, leaf_hash, TREE_HASH_SIZE);
	for (size_t i = 0; i < proof->n; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			tree_node_hash(proof->hashes[i], r, r);
			for (; !(fn & 1) && fn != 0; fn >>= 1)
				sn >>= 1;
		} else {
			tree_node_hash(r, proof->hashes[i], r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(r, root, TREE_HASH_SIZE) == 0;
}

/* RFC 9162 section 2.1.4.2 */
static bool shows_growth(const struct proof *proof, uint64_t old,
			 const uint8_t old_root[TREE_HASH_SIZE], uint64_t size,
			 const uint8_t root[TREE_HASH_SIZE])
{
	const uint8_t *first = (old & (old - 1)) == 0 ? old_root : proof->hashes[0];
	uint8_t fr[TREE_HASH_SIZE];
	uint8_t sr[TREE_HASH_SIZE];
	uint64_t fn = old - 1;
	uint64_t sn = size - 1;

	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	memcpy(fr, first, TREE_HASH_SIZE);
	memcpy(sr, first, TREE_HASH_SIZE);
	for (size_t i = first == old_root ? 0 : 1; i < proof->n; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			tree_node_hash(proof->hashes[i], fr, fr);
			tree_node_hash(proof->hashes[i], sr, sr);
			for (; !(fn & 1) && fn != 0; fn >>= 1)
				sn >>= 1;
		} else {
			tree_node_hash(sr, proof->hashes[i], sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(fr, old_root, TREE_HASH_SIZE) == 0 &&
	       memcmp(sr, root, TREE_HASH_SIZE) == 0;
}

bool proof_shows_growth(const struct proof *proof, uint64_t old,
			const uint8_t old_root[TREE_HASH_SIZE], uint64_t size,
			const uint8_t root[TREE_HASH_SIZE])
{
	struct tree empty = { 0 };
	uint8_t empty_root[TREE_HASH_SIZE];

	if (old > size)
		return false;
	if (old == size)
		return proof->n == 0 && memcmp(old_root, root, TREE_HASH_SIZE) == 0;
	if (old == 0) {
		tree_root(&empty, empty_root);
		return proof->n == 0 && memcmp(old_root, empty_root, TREE_HASH_SIZE) == 0;
	}
	return proof->n > 0 && shows_growth(proof, old, old_root, size, root);
}
