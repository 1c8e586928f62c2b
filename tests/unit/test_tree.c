/* SPDX-License-Identifier: Apache-2.0 */

/* The tree against the vectors of the certificate-transparency reference implementation. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "audit/tree.h"

static const struct vector {
	const char *leaf; /* hex */
	const char *root; /* of the tree of this leaf and all before it */
} vectors[] = {
	{ "", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
	{ "00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
	{ "10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
	{ "2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
	{ "3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
	{ "40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
	{ "5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
	{ "606162636465666768696a6b6c6d6e6f",
	  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

static const char *hex(const uint8_t *bytes, size_t len)
{
	static char text[2 * TREE_HASH_SIZE + 1];

	for (size_t i = 0; i < len; i++)
		(void)sprintf(text + 2 * i, "%02x", bytes[i]);
	return text;
}

static size_t from_hex(const char *text, uint8_t *out)
{
	size_t len = strlen(text) / 2;

	for (size_t i = 0; i < len; i++) {
		unsigned int byte;

		cr_assert_eq(sscanf(text + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
	return len;
}

Test(tree, empty)
{
	struct tree tree = { 0 };
	uint8_t root[TREE_HASH_SIZE];

	tree_root(&tree, root);
	cr_expect_str_eq(hex(root, sizeof(root)),
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(tree, known_roots)
{
	struct tree tree = { 0 };

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint8_t leaf[32];
		uint8_t hash[TREE_HASH_SIZE];
		uint8_t root[TREE_HASH_SIZE];

		tree_leaf_hash(leaf, from_hex(vectors[i].leaf, leaf), hash);
		tree_append(&tree, hash);
		tree_root(&tree, root);
		cr_expect_eq(tree.size, i + 1);
		cr_expect_str_eq(hex(root, sizeof(root)), vectors[i].root, "%zu leaves", i + 1);
	}
}

/* MTH of RFC 6962 section 2.1, written as the definition stands there. */
static void definition(const uint8_t (*hashes)[TREE_HASH_SIZE], size_t n,
		       uint8_t out[TREE_HASH_SIZE])
{
	uint8_t left[TREE_HASH_SIZE];
	uint8_t right[TREE_HASH_SIZE];
	size_t k = 1;

	if (n == 1) {
		memcpy(out, hashes[0], TREE_HASH_SIZE);
		return;
	}
	while (2 * k < n)
		k *= 2;
	definition(hashes, k, left);
	definition(hashes + k, n - k, right);
	tree_node_hash(left, right, out);
}

Test(tree, frontier_agrees_with_the_definition)
{
	static uint8_t hashes[300][TREE_HASH_SIZE];
	struct tree tree = { 0 };

	for (size_t i = 0; i < 300; i++) {
		uint8_t root[TREE_HASH_SIZE];
		uint8_t expected[TREE_HASH_SIZE];

		tree_leaf_hash(&i, sizeof(i), hashes[i]);
		tree_append(&tree, hashes[i]);
		tree_root(&tree, root);
		definition((const uint8_t(*)[TREE_HASH_SIZE])hashes, i + 1, expected);
		cr_expect_arr_eq(root, expected, TREE_HASH_SIZE, "%zu leaves", i + 1);
	}
}

/* Any cut into full subtrees. */
Test(tree, joined_is_as_appended)
{
	struct tree appended = { 0 };
	uint8_t expected[TREE_HASH_SIZE];
	uint8_t root[TREE_HASH_SIZE];

	for (uint64_t first = 0; first < 70; first++) {
		uint8_t leaf[TREE_HASH_SIZE] = { (uint8_t)first };
		struct tree joined = appended;
		struct tree whole = appended;

		while (joined.size < 130) {
			uint64_t size = joined.size > 0 ? joined.size & -joined.size : 64;
			struct tree part = { 0 };

			while (size > 16 || joined.size + size > 130)
				size /= 2;
			for (uint64_t i = 0; i < size; i++) {
				leaf[1] = (uint8_t)(joined.size + i);
				tree_append(&part, leaf);
				tree_append(&whole, leaf);
			}
			tree_root(&part, root);
			tree_join(&joined, size, root);
			tree_root(&whole, expected);
			tree_root(&joined, root);
			cr_assert_eq(joined.size, whole.size);
			cr_assert_arr_eq(root, expected, sizeof(root));
		}
		leaf[1] = 0;
		tree_append(&appended, leaf);
	}
}
