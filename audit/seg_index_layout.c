/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/seg_index_layout.h"

#include <endian.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <string.h>

static const char magic[8] = "SKIDX\0\0\2";
static const char old_magic[8] = "SKIDX\0\0\1";

/* Offsets in the head. */
#define AT_NUMBERS 8
#define AT_ROOT 88
#define AT_BODY_HASH 120
#define AT_HEAD_HASH 152

_Static_assert(AT_HEAD_HASH + SHA256_DIGEST_SIZE == SEG_INDEX_HEAD_SIZE, "the hash ends the head");

static void hash(const void *bytes, size_t len, uint8_t ret[SHA256_DIGEST_SIZE])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, len, bytes);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, ret);
}

void seg_index_head_format(const struct seg_index *index, const char *body,
			   uint8_t out[SEG_INDEX_HEAD_SIZE])
{
	const uint64_t numbers[] = {
		htole64(index->first),
		htole64(index->n_entries),
		htole64(index->content_size),
		htole64((uint64_t)index->first_wall_us),
		htole64((uint64_t)index->last_wall_us),
		htole64(index->n_values),
		htole64(index->values_len),
		htole64(index->n_rows),
		htole64(index->rows_len),
		htole64(index->entries_len),
	};

	_Static_assert(AT_NUMBERS + sizeof(numbers) == AT_ROOT, "the root follows the numbers");
	memcpy(out, magic, sizeof(magic));
	memcpy(out + AT_NUMBERS, numbers, sizeof(numbers));
	memcpy(out + AT_ROOT, index->root, sizeof(index->root));
	hash(body, seg_index_body_len(index), out + AT_BODY_HASH);
	hash(out, AT_HEAD_HASH, out + AT_HEAD_HASH);
}

static uint64_t number_at(const uint8_t *head, size_t i)
{
	uint64_t number;

	memcpy(&number, head + AT_NUMBERS + i * sizeof(number), sizeof(number));
	return le64toh(number);
}

uint64_t seg_index_block_len(uint64_t seq, uint64_t end)
{
	uint64_t len = SEG_INDEX_BLOCK;

	while (seq % len != 0 || len > end - seq)
		len /= 2;
	return len;
}

static uint64_t count_blocks(uint64_t first, uint64_t end)
{
	uint64_t n = 0;

	for (uint64_t seq = first; seq < end; seq += seg_index_block_len(seq, end))
		n++;
	return n;
}

int seg_index_head_parse(const uint8_t head[SEG_INDEX_HEAD_SIZE], struct seg_index *ret)
{
	uint8_t right[SHA256_DIGEST_SIZE];

	hash(head, AT_HEAD_HASH, right);
	if (memcmp(head, magic, sizeof(magic)) != 0 ||
	    memcmp(head + AT_HEAD_HASH, right, sizeof(right)) != 0)
		return -EBADMSG;
	*ret = (struct seg_index){
		.first = number_at(head, 0),
		.n_entries = number_at(head, 1),
		.content_size = number_at(head, 2),
		.first_wall_us = (int64_t)number_at(head, 3),
		.last_wall_us = (int64_t)number_at(head, 4),
		.n_values = number_at(head, 5),
		.values_len = number_at(head, 6),
		.n_rows = number_at(head, 7),
		.rows_len = number_at(head, 8),
		.entries_len = number_at(head, 9),
		.fd = -1,
	};
	memcpy(ret->root, head + AT_ROOT, sizeof(ret->root));
	/* Each of them takes at least one byte. */
	if (ret->first > SEGMENT_SEQ_MAX || ret->values_len > SEG_INDEX_BODY_MAX ||
	    ret->rows_len > SEG_INDEX_BODY_MAX || ret->entries_len > SEG_INDEX_BODY_MAX ||
	    ret->n_values > ret->values_len || ret->n_rows > ret->rows_len ||
	    ret->n_entries > ret->entries_len)
		return -EBADMSG;
	ret->n_blocks = count_blocks(ret->first, ret->first + ret->n_entries);
	return 0;
}

bool seg_index_is_old(const char *bytes, size_t len)
{
	return len >= sizeof(old_magic) && memcmp(bytes, old_magic, sizeof(old_magic)) == 0;
}

bool seg_index_body_fits(const uint8_t head[SEG_INDEX_HEAD_SIZE], const char *body, size_t len)
{
	uint8_t right[SHA256_DIGEST_SIZE];

	hash(body, len, right);
	return memcmp(head + AT_BODY_HASH, right, sizeof(right)) == 0;
}

size_t seg_index_number_format(uint64_t number, char *out)
{
	size_t n = 0;

	for (; number >= 0x80; number >>= 7)
		out[n++] = (char)(number | 0x80);
	out[n++] = (char)number;
	return n;
}

const char *seg_index_number_parse(const char *at, const char *end, uint64_t *ret)
{
	*ret = 0;
	for (unsigned int shift = 0; at < end && shift < 64; shift += 7) {
		unsigned char byte = (unsigned char)*at++;

		*ret |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return at;
	}
	return NULL;
}
