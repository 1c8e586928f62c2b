/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The Merkle tree of RFC 6962 section 2.1, over SHA-256.  Pure: no files, no
 * clock, no allocation.  Only the frontier is kept, one hash for each set bit
 * of the size, which is all that appending and the root need.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define TREE_HASH_SIZE 32
#define TREE_LEVELS 64

struct tree {
	uint64_t size; /* leaves */
	/* [i]: root of the full subtree of 2^i leaves, valid where bit i of size is set. */
	uint8_t frontier[TREE_LEVELS][TREE_HASH_SIZE];
};

/* SHA-256(0x00 || leaf) */
void tree_leaf_hash(const void *leaf, size_t len, uint8_t ret[TREE_HASH_SIZE]);

/* SHA-256(0x01 || left || right) */
void tree_node_hash(const uint8_t left[TREE_HASH_SIZE], const uint8_t right[TREE_HASH_SIZE],
		    uint8_t ret[TREE_HASH_SIZE]);

/**
 * tree_join() - add a full subtree by its root
 * @size:	its leaves: a power of two, and the tree has a multiple of them so far
 */
void tree_join(struct tree *tree, uint64_t size, const uint8_t root[TREE_HASH_SIZE]);

/* Add one leaf by its hash. */
void tree_append(struct tree *tree, const uint8_t leaf_hash[TREE_HASH_SIZE]);

/* The head of the tree as it is now; SHA-256 of nothing when it is empty. */
void tree_root(const struct tree *tree, uint8_t ret[TREE_HASH_SIZE]);
