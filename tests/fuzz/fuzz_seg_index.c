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

/* The bytes as the numbers of a head and what follows it. */
static void as_index(const uint8_t *data, size_t size)
{
	static int log_fd = -1;
	char folder[] = "/tmp/sekisho-fuzz-XXXXXX";
	char *file;
	struct seg_index index = { 0 };
	uint64_t numbers[N_NUMBERS];
	int fd;

	if (size < sizeof(numbers))
		return;
	if (log_fd < 0) {
		log_fd = open(mkdtemp(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (mkdirat(log_fd, SEG_INDEX_DIR, 0700) < 0)
			abort();
	}
	memcpy(numbers, data, sizeof(numbers));
	size -= sizeof(numbers);
	index.n_entries = numbers[1];
	index.n_values = numbers[5];
	index.values_len = numbers[6] % (size + 1);
	index.n_rows = numbers[7];
	index.rows_len = numbers[8] % (size - index.values_len + 1);
	index.entries_len = size - index.values_len - index.rows_len;
	file = malloc(SEG_INDEX_HEAD_SIZE + size);
	memcpy(file + SEG_INDEX_HEAD_SIZE, data + sizeof(numbers), size);
	seg_index_head_format(&index, file + SEG_INDEX_HEAD_SIZE, (uint8_t *)file);
	fd = openat(log_fd, SEG_INDEX_DIR "/seg-000000000000.idx", O_WRONLY | O_CREAT | O_TRUNC,
		    0600);
	if (write(fd, file, SEG_INDEX_HEAD_SIZE + size) < 0)
		abort();
	(void)close(fd);
	free(file);
	if (seg_index_open(log_fd, 0, &index) < 0)
		return;
	if (seg_index_load_body(&index) == 0)
		walk(&index);
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
