/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/tree.h"

#include <nettle/sha2.h>
#include <stdbool.h>
#include <string.h>

static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

void tree_leaf_hash(const void *leaf, size_t len, uint8_t ret[TREE_HASH_SIZE])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, sizeof(leaf_prefix), &leaf_prefix);
	sha256_update(&ctx, len, leaf);
	sha256_digest(&ctx, TREE_HASH_SIZE, ret);
}

void tree_node_hash(const uint8_t left[TREE_HASH_SIZE], const uint8_t right[TREE_HASH_SIZE],
		    uint8_t ret[TREE_HASH_SIZE])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, sizeof(node_prefix), &node_prefix);
	sha256_update(&ctx, TREE_HASH_SIZE, left);
	sha256_update(&ctx, TREE_HASH_SIZE, right);
	sha256_digest(&ctx, TREE_HASH_SIZE, ret);
}

/* As adding one to a binary number: each carry joins two subtrees of one size. */
void tree_join(struct tree *tree, uint64_t size, const uint8_t root[TREE_HASH_SIZE])
{
	uint8_t carry[TREE_HASH_SIZE];
	unsigned int level = (unsigned int)__builtin_ctzll(size);

	memcpy(carry, root, TREE_HASH_SIZE);
	for (; tree->size >> level & 1; level++)
		tree_node_hash(tree->frontier[level], carry, carry);
	memcpy(tree->frontier[level], carry, TREE_HASH_SIZE);
	tree->size += size;
}

void tree_append(struct tree *tree, const uint8_t leaf_hash[TREE_HASH_SIZE])
{
	tree_join(tree, 1, leaf_hash);
}

void tree_root(const struct tree *tree, uint8_t ret[TREE_HASH_SIZE])
{
	struct sha256_ctx ctx;
	bool any = false;

	if (tree->size == 0) {
		sha256_init(&ctx);
		sha256_digest(&ctx, TREE_HASH_SIZE, ret);
		return;
	}
	for (unsigned int level = 0; level < TREE_LEVELS; level++) {
		if (!(tree->size >> level & 1))
			continue;
		if (any)
			tree_node_hash(tree->frontier[level], ret, ret);
		else
			memcpy(ret, tree->frontier[level], TREE_HASH_SIZE);
		any = true;
	}
}
