/* SPDX-License-Identifier: Apache-2.0 */

/* Proofs against the definitions of RFC 6962 section 2.1, and every way to alter one. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "audit/proof.h"

#define N_MAX 70 /* leaves; every pair of sizes up to here is tried */

static uint8_t leaves[N_MAX][TREE_HASH_SIZE];

static void make_leaves(void)
{
	for (size_t i = 0; i < N_MAX; i++)
		tree_leaf_hash(&i, sizeof(i), leaves[i]);
}

TestSuite(proof, .init = make_leaves);

static size_t split(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static void mth(size_t first, size_t end, uint8_t out[TREE_HASH_SIZE])
{
	uint8_t left[TREE_HASH_SIZE];
	uint8_t right[TREE_HASH_SIZE];

	if (end - first == 1) {
		memcpy(out, leaves[first], TREE_HASH_SIZE);
		return;
	}
	mth(first, first + split(end - first), left);
	mth(first + split(end - first), end, right);
	tree_node_hash(left, right, out);
}

/* PATH(m, D[first:end]) as it stands in the RFC. */
static void path(size_t m, size_t first, size_t end, struct proof *out)
{
	size_t k;

	if (end - first == 1)
		return;
	k = split(end - first);
	if (m < k) {
		path(m, first, first + k, out);
		mth(first + k, end, out->hashes[out->n++]);
	} else {
		path(m - k, first + k, end, out);
		mth(first, first + k, out->hashes[out->n++]);
	}
}

/* SUBPROOF(m, D[first:end], b) */
static void subproof(size_t m, size_t first, size_t end, bool b, struct proof *out)
{
	size_t k;

	if (m == end - first) {
		if (!b)
			mth(first, end, out->hashes[out->n++]);
		return;
	}
	k = split(end - first);
	if (m <= k) {
		subproof(m, first, first + k, b, out);
		mth(first + k, end, out->hashes[out->n++]);
	} else {
		subproof(m - k, first + k, end, false, out);
		mth(first, first + k, out->hashes[out->n++]);
	}
}

static struct tree tree_of(size_t n)
{
	struct tree tree = { 0 };

	for (size_t i = 0; i < n; i++)
		tree_append(&tree, leaves[i]);
	return tree;
}

/* @n_before leaves are no longer there; more than the tree's are given. */
static bool finish(struct proof_maker *maker, size_t n_before, struct proof *ret)
{
	struct tree before = tree_of(n_before);
	uint8_t root[TREE_HASH_SIZE];
	uint8_t expected[TREE_HASH_SIZE];

	if (!proof_begin(maker, &before))
		return false;
	for (size_t i = n_before; i < N_MAX; i++)
		proof_add(maker, leaves[i]);
	cr_assert(proof_end(maker, ret, root));
	mth(0, maker->size, expected);
	cr_assert_arr_eq(root, expected, TREE_HASH_SIZE);
	return true;
}

static bool same(const struct proof *a, const struct proof *b)
{
	return a->n == b->n && memcmp(a->hashes, b->hashes, a->n * TREE_HASH_SIZE) == 0;
}

Test(proof, of_every_entry_in_every_tree)
{
	for (size_t size = 1; size <= N_MAX; size++) {
		for (size_t index = 0; index < size; index++) {
			struct proof_maker maker;
			struct proof expected = { 0 };
			struct proof found;

			path(index, 0, size, &expected);
			for (size_t before = 0; before <= index; before++) {
				cr_assert(proof_of_entry(&maker, index, size));
				cr_assert(finish(&maker, before, &found));
				cr_assert(same(&found, &expected), "%zu of %zu after %zu", index,
					  size, before);
			}
		}
	}
}

Test(proof, of_all_growth)
{
	for (size_t size = 1; size <= N_MAX; size++) {
		for (size_t old = 1; old <= size; old++) {
			struct proof_maker maker;
			struct proof expected = { 0 };
			struct proof found;

			subproof(old, 0, size, true, &expected);
			for (size_t before = 0; before <= old; before++) {
				cr_assert(proof_of_growth(&maker, old, size));
				cr_assert(finish(&maker, before, &found));
				cr_assert(same(&found, &expected), "%zu to %zu after %zu", old,
					  size, before);
			}
		}
	}
}

/* What only the leaves that are gone could give is never made up. */
Test(proof, of_what_is_gone)
{
	for (size_t before = 1; before < N_MAX; before++) {
		for (size_t index = 0; index < before; index++) {
			struct proof expected = { 0 };
			struct proof_maker maker;
			struct proof found;

			path(index, 0, N_MAX, &expected);
			cr_assert(proof_of_entry(&maker, index, N_MAX));
			if (finish(&maker, before, &found))
				cr_assert(same(&found, &expected), "%zu after %zu", index, before);
		}
	}
}

Test(proof, entries_are_shown_and_nothing_else)
{
	for (size_t size = 1; size <= N_MAX; size++) {
		uint8_t root[TREE_HASH_SIZE];

		mth(0, size, root);
		for (size_t index = 0; index < size; index++) {
			struct proof proof = { 0 };

			path(index, 0, size, &proof);
			cr_assert(proof_shows_entry(&proof, index, size, leaves[index], root));
			cr_assert_not(proof_shows_entry(&proof, index, size,
							leaves[(index + 1) % N_MAX], root));
			cr_assert_not(proof_shows_entry(&proof, size, size, leaves[index], root));
			if (index > 0)
				cr_assert_not(proof_shows_entry(&proof, index - 1, size,
								leaves[index], root));
			for (size_t i = 0; i < proof.n; i++) {
				proof.hashes[i][i % TREE_HASH_SIZE] ^= 0x40;
				cr_assert_not(proof_shows_entry(&proof, index, size, leaves[index],
								root));
				proof.hashes[i][i % TREE_HASH_SIZE] ^= 0x40;
			}
			proof.n++;
			cr_assert_not(proof_shows_entry(&proof, index, size, leaves[index], root));
			proof.n -= 2;
			if (size > 1)
				cr_assert_not(proof_shows_entry(&proof, index, size, leaves[index],
								root));
		}
	}
}

static void refuse_altered_growth(struct proof *proof, size_t old, size_t size,
				  uint8_t old_root[TREE_HASH_SIZE], uint8_t root[TREE_HASH_SIZE])
{
	for (size_t i = 0; i < proof->n; i++) {
		proof->hashes[i][i % TREE_HASH_SIZE] ^= 0x40;
		cr_assert_not(proof_shows_growth(proof, old, old_root, size, root));
		proof->hashes[i][i % TREE_HASH_SIZE] ^= 0x40;
	}
	old_root[3] ^= 1;
	cr_assert_not(proof_shows_growth(proof, old, old_root, size, root));
	old_root[3] ^= 1;
	root[3] ^= 1;
	cr_assert_not(proof_shows_growth(proof, old, old_root, size, root));
	root[3] ^= 1;
	proof->n++;
	cr_assert_not(proof_shows_growth(proof, old, old_root, size, root));
	proof->n--;
	if (proof->n > 0) {
		proof->n--;
		cr_assert_not(proof_shows_growth(proof, old, old_root, size, root));
	}
}

Test(proof, growth_is_shown_and_nothing_else)
{
	for (size_t size = 1; size <= N_MAX; size++) {
		for (size_t old = 1; old <= size; old++) {
			struct proof proof = { 0 };
			uint8_t old_root[TREE_HASH_SIZE];
			uint8_t root[TREE_HASH_SIZE];

			mth(0, size, root);
			mth(0, old, old_root);
			subproof(old, 0, size, true, &proof);
			cr_assert(proof_shows_growth(&proof, old, old_root, size, root));
			cr_assert_not(proof_shows_growth(&proof, size + 1, old_root, size, root));
			refuse_altered_growth(&proof, old, size, old_root, root);
		}
	}
}

Test(proof, of_nothing)
{
	struct tree empty = { 0 };
	struct proof proof = { 0 };
	uint8_t nothing[TREE_HASH_SIZE];

	tree_root(&empty, nothing);
	cr_expect(proof_shows_growth(&proof, 0, nothing, 5, leaves[0]));
	cr_expect_not(proof_shows_growth(&proof, 0, leaves[1], 5, leaves[0]));
	cr_expect_not(proof_shows_entry(&proof, 0, 0, leaves[0], nothing));
}

/* Leaf 0 of 8 of the certificate-transparency reference implementation. */
Test(proof, known_path)
{
	static const char *const inputs[] = { "",
					      "00",
					      "10",
					      "2021",
					      "3031",
					      "40414243",
					      "5051525354555657",
					      "606162636465666768696a6b6c6d6e6f" };
	static const char *const expected[] = {
		"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
		"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
	};
	struct tree before = { 0 };
	struct proof_maker maker;
	struct proof proof;
	uint8_t hash[TREE_HASH_SIZE];

	cr_assert(proof_of_entry(&maker, 0, 8));
	cr_assert(proof_begin(&maker, &before));
	for (size_t i = 0; i < 8; i++) {
		uint8_t leaf[16];
		size_t len = strlen(inputs[i]) / 2;

		for (size_t k = 0; k < len; k++)
			cr_assert_eq(sscanf(inputs[i] + 2 * k, "%2hhx", &leaf[k]), 1);
		tree_leaf_hash(leaf, len, hash);
		proof_add(&maker, hash);
	}
	cr_assert(proof_end(&maker, &proof, hash));
	cr_assert_eq(proof.n, 3);
	for (size_t i = 0; i < 3; i++) {
		char text[2 * TREE_HASH_SIZE + 1];

		for (size_t k = 0; k < TREE_HASH_SIZE; k++)
			(void)sprintf(text + 2 * k, "%02x", proof.hashes[i][k]);
		cr_expect_str_eq(text, expected[i]);
	}
}
