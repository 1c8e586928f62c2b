/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "audit/seg_index_layout.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define N_NUMBERS 10
#define NUMBERS_SIZE (N_NUMBERS * sizeof(uint64_t))

/* The hashes of the blocks, whatever they are: there is one for each. */
static void join(struct seg_index *index)
{
	struct tree tree = { .size = index->first };

	if (seg_index_load_blocks(index) < 0)
		return;
	seg_index_join(index, &tree);
	if (tree.size != index->first + index->n_entries)
		abort();
}

/* Every row and entry of an index whose sums are right: none points outside of it. */
static void walk(struct seg_index *index)
{
	struct seg_index_cursor cursor;
	struct seg_index_row row;
	size_t pos = 0;

	while (seg_index_row_next(index, &pos, &row)) {
		for (size_t i = 0; i < SEG_INDEX_COLUMNS; i++) {
			if (row.lens[i] > 0 && memchr(row.values[i], '\n', row.lens[i]))
				abort();
		}
	}
	for (cursor = seg_index_begin(index); seg_index_next(&cursor);) {
		if (cursor.entry.row >= index->n_rows)
			abort();
	}
}

/* A head that @size bytes fit to.  Return: false when there are too few for the hashes. */
static bool make_head(const uint8_t *data, size_t size, struct seg_index *ret)
{
	uint64_t numbers[N_NUMBERS];
	uint64_t end;

	memcpy(numbers, data, sizeof(numbers));
	ret->first = numbers[0] & UINT16_MAX;
	ret->n_entries = numbers[1] % (size + 1);
	ret->n_values = numbers[5];
	ret->n_rows = numbers[7];
	end = ret->first + ret->n_entries;
	for (uint64_t seq = ret->first; seq < end; seq += seg_index_block_len(seq, end)) {
		if (size < TREE_HASH_SIZE)
			return false;
		size -= TREE_HASH_SIZE;
		ret->n_blocks++;
	}
	ret->values_len = numbers[6] % (size + 1);
	ret->rows_len = numbers[8] % (size - ret->values_len + 1);
	ret->entries_len = size - ret->values_len - ret->rows_len;
	return true;
}

/* The bytes as the numbers of a head and what follows it. */
static void as_index(const uint8_t *data, size_t size)
{
	static int log_fd = -1;
	char folder[] = "/tmp/sekisho-fuzz-XXXXXX";
	char path[sizeof(SEG_INDEX_DIR) + SEG_INDEX_NAME_MAX] = SEG_INDEX_DIR "/";
	struct seg_index index = { 0 };
	char *file;
	int fd, rc;

	if (size < NUMBERS_SIZE || !make_head(data, size - NUMBERS_SIZE, &index))
		return;
	size -= NUMBERS_SIZE;
	if (log_fd < 0) {
		log_fd = open(mkdtemp(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (mkdirat(log_fd, SEG_INDEX_DIR, 0700) < 0)
			abort();
	}
	file = malloc(SEG_INDEX_HEAD_SIZE + size);
	memcpy(file + SEG_INDEX_HEAD_SIZE, data + NUMBERS_SIZE, size);
	seg_index_head_format(&index, file + SEG_INDEX_HEAD_SIZE, (uint8_t *)file);
	seg_index_name_format(index.first, path + strlen(path));
	fd = openat(log_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (write(fd, file, SEG_INDEX_HEAD_SIZE + size) < 0)
		abort();
	(void)close(fd);
	free(file);
	rc = seg_index_open(log_fd, index.first, &index);
	(void)unlinkat(log_fd, path, 0);
	if (rc < 0)
		return;
	if (seg_index_load_body(&index) == 0)
		walk(&index);
	join(&index);
	seg_index_close(&index);
}

/* The bytes as a segment: an index that can be made of it can be read. */
static void as_segment(const uint8_t *data, size_t size)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	int fd = memfd_create("segment", MFD_CLOEXEC);
	struct seg_index index;
	struct err err = { 0 };
	char *bytes = NULL;
	size_t len = 0;

	if (write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		abort();
	if (line_reader_open(fd, &reader, &err) < 0) {
		(void)close(fd);
		return;
	}
	if (seg_index_build(reader, &bytes, &len, &err) == 0 &&
	    (seg_index_head_parse((const uint8_t *)bytes, &index) < 0 ||
	     SEG_INDEX_HEAD_SIZE + seg_index_body_len(&index) != len))
		abort();
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (sodium_init() < 0)
		abort();
	as_index(data, size);
	as_segment(data, size);
	return 0;
}
