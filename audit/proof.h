/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Proofs about the tree: that an entry is in it (RFC 6962 section 2.1.1), and
 * that a later tree only added to an earlier one (section 2.1.2).  Both are
 * hashes of ranges of leaves, so one pass over the leaves in their order makes
 * them, in bounded memory.  What lies before the leaves that are still there
 * is taken from the frontier of a #seg line.  Pure.
 */

#pragma once

#include "audit/tree.h"

#include <stdbool.h>

#define PROOF_HASHES_MAX (TREE_LEVELS + 1)

struct proof {
	size_t n;
	uint8_t hashes[PROOF_HASHES_MAX][TREE_HASH_SIZE];
};

/* Leaves first to end - 1; their subtree is one hash of the proof. */
struct proof_range {
	uint64_t first;
	uint64_t end;
	size_t place; /* of its hash in the proof */
};

/* A proof in the making. */
struct proof_maker {
	uint64_t size;                               /* of the later tree */
	struct proof_range ranges[PROOF_HASHES_MAX]; /* in the order of the leaves */
	size_t n_ranges;
	size_t at;         /* the first range that is not over */
	struct tree part;  /* of that range, as far as it was seen */
	struct tree whole; /* of all leaves, seen or before them */
	struct proof proof;
};

/* The proof that leaf @index is in the tree of @size leaves; false unless @index < @size. */
bool proof_of_entry(struct proof_maker *maker, uint64_t index, uint64_t size);

/* The proof that the tree of @size leaves begins with that of @old; false unless @old <= @size. */
bool proof_of_growth(struct proof_maker *maker, uint64_t old, uint64_t size);

/**
 * proof_begin() - where the leaves begin that proof_add() will be given
 * @before:	the tree of all leaves before them; empty: from the first leaf on
 *
 * Return: false when a hash is needed that only those leaves could give.
 */
bool proof_begin(struct proof_maker *maker, const struct tree *before);

/* The next leaf by its hash; what is not of the later tree is passed over. */
void proof_add(struct proof_maker *maker, const uint8_t leaf_hash[TREE_HASH_SIZE]);

/**
 * proof_end() - the proof
 * @ret_root:	of the later tree, for the caller to compare with a signed one
 *
 * Return: false when leaves are missing.
 */
bool proof_end(const struct proof_maker *maker, struct proof *ret,
	       uint8_t ret_root[TREE_HASH_SIZE]);

/* True when @proof shows that @leaf_hash is leaf @index of the tree of @size leaves with @root. */
bool proof_shows_entry(const struct proof *proof, uint64_t index, uint64_t size,
		       const uint8_t leaf_hash[TREE_HASH_SIZE], const uint8_t root[TREE_HASH_SIZE]);

/* True when @proof shows that the tree of @size leaves begins with the one of @old leaves. */
bool proof_shows_growth(const struct proof *proof, uint64_t old,
			const uint8_t old_root[TREE_HASH_SIZE], uint64_t size,
			const uint8_t root[TREE_HASH_SIZE]);
