/* SPDX-License-Identifier: Apache-2.0 */

/* The lines of a segment, plain and compressed. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <zstd.h>

#include "audit/line.h"
#include "audit/segment.h"
#include "core/err.h"
#include "support/folder.h"

#define N_LINES 40000
#define LINE_LEN 100

static char text[N_LINES * LINE_LEN];
static char packed[sizeof(text)];

static void make_text(void)
{
	for (size_t i = 0; i < N_LINES; i++) {
		char line[LINE_LEN + 1];

		(void)snprintf(line, sizeof(line), "%0*zu\n", LINE_LEN - 1, i * i);
		memcpy(text + i * LINE_LEN, line, LINE_LEN);
	}
}

/* Frames of 1 MiB less what ends at a line end; where the second begins. */
static size_t pack(size_t *ret_second, size_t *ret_second_offset)
{
	size_t frame = LINE_PACKED_FRAME / LINE_LEN * LINE_LEN;
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t len = 0;

	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	for (size_t at = 0; at < sizeof(text); at += frame) {
		size_t n = sizeof(text) - at < frame ? sizeof(text) - at : frame;

		if (at == frame) {
			*ret_second = len;
			*ret_second_offset = at;
		}
		len += ZSTD_compress2(context, packed + len, sizeof(packed) - len, text + at, n);
	}
	(void)ZSTD_freeCCtx(context);
	return len;
}

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("segment", MFD_CLOEXEC);

	cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* What line_next() ends with; every line before must be what was written from @offset on. */
static int read_all(struct line_reader *reader, size_t offset, size_t *ret_n)
{
	struct line line;
	int rc;

	for (*ret_n = 0; (rc = line_next(reader, &line)) == 1; ++*ret_n) {
		if (!line.whole)
			continue;
		cr_assert_eq(line.offset, offset);
		cr_assert_eq(line.len, LINE_LEN - 1);
		cr_assert(memcmp(line.text, text + offset, line.len) == 0, "at %zu", offset);
		offset += line.len + 1;
	}
	return rc;
}

static struct line_reader *open_bytes(const void *bytes, size_t len)
{
	struct line_reader *reader = NULL;
	struct err err = { 0 };

	cr_assert_eq(line_reader_open(file_of(bytes, len), &reader, &err), 0, "%s", err.text);
	return reader;
}

TestSuite(line, .init = make_text);

Test(line, a_compressed_segment_reads_as_the_plain_one)
{
	size_t second, offset, n;
	size_t len = pack(&second, &offset);
	cleanup_line_reader struct line_reader *plain = open_bytes(text, sizeof(text));
	cleanup_line_reader struct line_reader *small = open_bytes(packed, len);

	cr_expect_eq(read_all(plain, 0, &n), 0);
	cr_expect_eq(n, N_LINES);
	cr_expect_eq(read_all(small, 0, &n), 0);
	cr_expect_eq(n, N_LINES);
	cr_expect_lt(len, sizeof(text) / 4);
}

Test(line, goes_on_from_another_place)
{
	size_t second, offset, n;
	size_t len = pack(&second, &offset);
	cleanup_line_reader struct line_reader *plain = open_bytes(text, sizeof(text));
	cleanup_line_reader struct line_reader *small = open_bytes(packed, len);

	cr_assert_eq(line_reader_seek(plain, offset, offset), 0);
	cr_expect_eq(read_all(plain, offset, &n), 0);
	cr_expect_eq(n, (sizeof(text) - offset) / LINE_LEN);
	cr_assert_eq(line_reader_seek(small, second, offset), 0);
	cr_expect_eq(read_all(small, offset, &n), 0);
	cr_expect_eq(n, (sizeof(text) - offset) / LINE_LEN);
}

/* A cut between two frames is a shorter file; everywhere else it is damage. */
Test(line, a_cut_compressed_segment_is_damaged)
{
	size_t second, offset, n;
	size_t len = pack(&second, &offset);

	for (size_t cut = 4; cut < len; cut += cut < 64 ? 1 : 997) {
		cleanup_line_reader struct line_reader *reader = open_bytes(packed, cut);

		cr_expect_eq(read_all(reader, 0, &n), -EBADMSG, "cut at %zu", cut);
	}
}

/* The checksum stands at the end of a frame: lines come before it is known to be wrong. */
Test(line, a_changed_compressed_segment_is_damaged)
{
	size_t second, offset;
	size_t len = pack(&second, &offset);

	for (size_t i = 4; i < len; i += 1009) {
		cleanup_line_reader struct line_reader *reader = NULL;
		bool same = true;
		struct line line;
		int rc;

		packed[i] ^= 0x10;
		reader = open_bytes(packed, len);
		packed[i] ^= 0x10;
		while ((rc = line_next(reader, &line)) == 1)
			same &= line.len == LINE_LEN - 1 &&
				memcmp(line.text, text + line.offset, line.len) == 0;
		cr_expect(rc < 0 || same, "byte %zu", i);
	}
}

/* One frame that asks for a window of 128 MiB, of a single repeated byte. */
Test(line, what_asks_for_much_memory_is_refused)
{
	cleanup_free char *bytes = calloc(1, 64 << 20);
	ZSTD_CCtx *context = ZSTD_createCCtx();
	cleanup_line_reader struct line_reader *reader = NULL;
	struct line line;
	size_t len;

	cr_assert_not_null(bytes);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 26);
	len = ZSTD_compress2(context, packed, sizeof(packed), bytes, 64 << 20);
	(void)ZSTD_freeCCtx(context);
	cr_assert_not(ZSTD_isError(len));
	reader = open_bytes(packed, len);
	cr_expect_eq(line_next(reader, &line), -EBADMSG);
}

Test(line, a_segment_in_either_form_is_found_once)
{
	char dir[] = "/tmp/sekisho-line-XXXXXX";
	size_t second, offset, n, n_segments = 0;
	size_t len = pack(&second, &offset);
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_line_reader struct line_reader *other = NULL;
	cleanup_free uint64_t *firsts = NULL;
	cleanup_close int dirfd = -1;
	struct err err = { 0 };

	cr_assert_not_null(mkdtemp(dir));
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert(folder_write(dir, "seg-000000000000.jsonl.zst", packed, len));
	cr_assert(folder_write(dir, "seg-000000000007.jsonl", text, LINE_LEN));
	cr_assert(folder_write(dir, "seg-000000000007.jsonl.zst", packed, 100));
	cr_assert(folder_write(dir, "seg-000000000009.jsonl.zs", packed, 100));
	cr_assert_eq(segment_list(dirfd, &firsts, &n_segments, &err), 0, "%s", err.text);
	cr_assert_eq(n_segments, 2);
	cr_expect_eq(firsts[1], 7);
	cr_assert_eq(segment_open(dirfd, 0, &reader, &err), 0, "%s", err.text);
	cr_expect_eq(read_all(reader, 0, &n), 0);
	cr_expect_eq(n, N_LINES);
	cr_assert_eq(segment_open(dirfd, 7, &other, &err), 0, "%s", err.text);
	cr_expect_eq(read_all(other, 0, &n), 0, "the plain one counts");
	cr_expect_eq(n, 1);
	cr_expect_eq(segment_open(dirfd, 8, &other, &err), -ENOENT);
	folder_remove(dir);
}
