/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The bytes of an index: a head; the values that differ, each ended by a
 * newline; the rows that differ, each the numbers of its values; and for each
 * entry three numbers: bytes from the beginning of the entry before (of the file
 * for the first), seconds since it (zigzag; since 1970 for the first) and its
 * row; and the hashes of the blocks.  Numbers are LEB128; values and rows count
 * from 0 in the order of their first use.
 */

#pragma once

#include "audit/seg_index.h"

#define SEG_INDEX_HEAD_SIZE 184
#define SEG_INDEX_NUMBER_MAX 10 /* bytes of a number */
#define SEG_INDEX_BODY_MAX (256 * 1024 * 1024)

/* @body is what follows the head in the file. */
void seg_index_head_format(const struct seg_index *index, const char *body,
			   uint8_t out[SEG_INDEX_HEAD_SIZE]);
int seg_index_head_parse(const uint8_t head[SEG_INDEX_HEAD_SIZE], struct seg_index *ret);

/* True for what an earlier version wrote: nobody reads it. */
bool seg_index_is_old(const char *bytes, size_t len);

/* Where the hashes of the blocks begin, bytes behind the head. */
static inline size_t seg_index_blocks_at(const struct seg_index *index)
{
	return index->values_len + index->rows_len + index->entries_len;
}

/* Bytes behind the head. */
static inline size_t seg_index_body_len(const struct seg_index *index)
{
	return seg_index_blocks_at(index) + index->n_blocks * TREE_HASH_SIZE;
}

/* True when @body is what the head was written for. */
bool seg_index_body_fits(const uint8_t head[SEG_INDEX_HEAD_SIZE], const char *body, size_t len);

/* Return: bytes written, at most SEG_INDEX_NUMBER_MAX. */
size_t seg_index_number_format(uint64_t number, char *out);

/* Return: what follows the number, or NULL when there is none before @end. */
const char *seg_index_number_parse(const char *at, const char *end, uint64_t *ret);

static inline uint64_t seg_index_zigzag(int64_t number)
{
	return (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0);
}

static inline int64_t seg_index_unzigzag(uint64_t number)
{
	return (int64_t)(number >> 1 ^ (number & 1 ? UINT64_MAX : 0));
}
