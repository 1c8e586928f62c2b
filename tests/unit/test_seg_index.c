/* SPDX-License-Identifier: Apache-2.0 */

/* An index says where entries stand and what is in them; compressed segments hold the same lines.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/seg_index_layout.h"
#include "audit/verify.h"
#include "audit/members.h"
#include "audit/pack.h"
#include "audit/writer.h"
#include "core/err.h"
#include "core/file.h"
#include "support/folder.h"

#define N_ENTRIES 60

static char dir[64];
static int log_fd = -1;
static uint64_t *firsts;
static size_t n_segments;

static void add(struct writer *writer, const char *type, const struct audit_field *fields, size_t n)
{
	struct record event = { .type = type, .fields = fields, .n_fields = n };
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_add(writer, &event, &seq, &err), 0, "%s", err.text);
	cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
}

static void write_log(void)
{
	cleanup_writer struct writer *writer = NULL;
	struct err err = { 0 };

	strcpy(dir, "/tmp/sekisho-index-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	log_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(mkdirat(log_fd, SEG_INDEX_DIR, 0750), 0);
	cr_assert_eq(writer_open(&(struct writer_options){ .dir = dir,
							   .terminal_id = "test",
							   .segment_max = 4000,
							   .clock = clock_system() },
				 &writer, &err),
		     0, "%s", err.text);
	for (int i = 0; i < N_ENTRIES; i++) {
		const struct audit_field device[] = {
			{ "product", i % 3 ? "Ultra \"Fit\"\\" : "\u67d0\u793e {},:" },
			{ "vid", "0781" },
			{ "pid", "5583" },
			{ "diskseq", "7" },
			{ "rule", i % 2 ? "tax-stick" : "default" },
		};
		const struct audit_field login[] = { { "user", i % 4 ? "alice" : "bob\\" },
						     { "uid", "1000" } };

		add(writer, i % 2 ? "device.block" : "mfa.fail", i % 2 ? device : login,
		    i % 2 ? 5 : 2);
	}
	cr_assert_eq(segment_list(log_fd, &firsts, &n_segments, &err), 0, "%s", err.text);
	cr_assert_gt(n_segments, 4);
}

static void remove_log(void)
{
	free(firsts);
	(void)close(log_fd);
	folder_remove(dir);
}

TestSuite(index, .init = write_log, .fini = remove_log);

static const char *path_of(uint64_t first)
{
	static char path[64];

	strcpy(path, SEG_INDEX_DIR "/");
	seg_index_name_format(first, path + strlen(path));
	return path;
}

static void build(uint64_t first, char **ret, size_t *ret_len)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct err err = { 0 };

	cr_assert_eq(segment_open(log_fd, first, &reader, &err), 0, "%s", err.text);
	cr_assert_eq(seg_index_build(reader, ret, ret_len, &err), 0, "%s", err.text);
}

static void put(uint64_t first, const char *bytes, size_t len)
{
	cr_assert(folder_write(dir, path_of(first), bytes, len));
}

static void expect_row(const struct seg_index *index, uint64_t number,
		       const struct seg_index_row *expected, uint64_t seq)
{
	struct seg_index_row row;
	size_t pos = 0;

	for (uint64_t i = 0; i <= number; i++)
		cr_assert(seg_index_row_next(index, &pos, &row));
	for (size_t i = 0; i < SEG_INDEX_COLUMNS; i++) {
		cr_assert_eq(row.lens[i], expected->lens[i], "entry %zu", (size_t)seq);
		cr_assert(row.lens[i] == 0 ||
				  memcmp(row.values[i], expected->values[i], row.lens[i]) == 0,
			  "entry %zu", (size_t)seq);
	}
}

/* The hashes lead from what the segment begins with to what the next one does. */
static void expect_blocks(struct seg_index *index, const struct segment_head *head)
{
	struct tree tree = head->tree;
	uint8_t root[TREE_HASH_SIZE];

	cr_assert_eq(seg_index_load_blocks(index), 0);
	seg_index_join(index, &tree);
	tree_root(&tree, root);
	cr_expect_eq(tree.size, index->first + index->n_entries);
	cr_expect_arr_eq(root, index->root, sizeof(root));
}

/* Reads the segment beside its index. */
static void expect_same(uint64_t first)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct seg_index index;
	struct seg_index_cursor cursor;
	struct segment_head head;
	struct line line;
	struct err err = { 0 };
	uint64_t n = 0;

	cr_assert_eq(seg_index_open(log_fd, first, &index), 0);
	cr_assert_eq(seg_index_load_body(&index), 0);
	cr_assert_eq(segment_open(log_fd, first, &reader, &err), 0, "%s", err.text);
	cr_assert_eq(line_next(reader, &line), 1);
	cr_assert_eq(segment_head_parse(line.text, line.len, &head), 0);
	expect_blocks(&index, &head);
	cursor = seg_index_begin(&index);
	while (line_next(reader, &line) == 1) {
		struct record_prefix prefix;
		struct seg_index_row row;

		if (line.text[0] == '#')
			continue;
		cr_assert_eq(record_scan(line.text, line.len, &prefix), 0);
		cr_assert_eq(seg_index_row_read(line.text, line.len, &prefix, &row), 0);
		cr_assert(seg_index_next(&cursor));
		cr_expect_eq(cursor.entry.seq, prefix.seq);
		cr_expect_eq(cursor.entry.offset, line.offset);
		cr_expect_eq(cursor.entry.wall_sec, prefix.wall_us / CLOCK_US_PER_SEC);
		cr_expect(prefix.wall_us >= index.first_wall_us &&
			  prefix.wall_us <= index.last_wall_us);
		expect_row(&index, cursor.entry.row, &row, prefix.seq);
		n++;
	}
	cr_expect_not(seg_index_next(&cursor));
	cr_expect_eq(n, index.n_entries);
	cr_expect_leq(index.n_rows, 6);
	seg_index_close(&index);
}

Test(index, says_what_the_lines_say)
{
	for (size_t i = 0; i + 1 < n_segments; i++) {
		cleanup_free char *bytes = NULL;
		struct err err = { 0 };
		size_t len = 0;

		build(firsts[i], &bytes, &len);
		put(firsts[i], bytes, len);
		expect_same(firsts[i]);
		cr_expect_eq(seg_index_check(log_fd, firsts[i], &err), 0, "%s", err.text);
	}
}

Test(index, any_other_byte_is_named)
{
	cleanup_free char *bytes = NULL;
	struct err err = { 0 };
	size_t len = 0;

	build(firsts[1], &bytes, &len);
	for (size_t i = 0; i < len; i++) {
		struct seg_index index = { .fd = -1 };

		bytes[i] ^= 1;
		put(firsts[1], bytes, len);
		cr_expect(seg_index_open(log_fd, firsts[1], &index) < 0 ||
				  seg_index_load_body(&index) < 0,
			  "byte %zu", i);
		seg_index_close(&index);
		cr_expect_eq(seg_index_check(log_fd, firsts[1], &err), -EBADMSG, "byte %zu", i);
		bytes[i] ^= 1;
	}
	cr_expect_not_null(strstr(err.text, path_of(firsts[1])), "%s", err.text);
	for (size_t i = 0; i < len; i++) {
		struct seg_index index = { .fd = -1 };

		put(firsts[1], bytes, i);
		cr_expect(seg_index_open(log_fd, firsts[1], &index) < 0 ||
				  seg_index_load_body(&index) < 0,
			  "length %zu", i);
		seg_index_close(&index);
	}
}

/* It leaves an entry out, and all of its sums are right. */
Test(index, one_that_hides_an_entry_is_named_by_verification)
{
	cleanup_free char *bytes = NULL;
	struct verify_result result;
	struct err err = { 0 };
	struct note_key key;
	struct seg_index index;
	char path[96];
	char *alice;
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/" WRITER_VKEY_FILE, dir);
	cr_assert_eq(note_key_load(path, &key, &err), 0, "%s", err.text);
	build(firsts[1], &bytes, &len);
	put(firsts[1], bytes, len);
	cr_assert_eq(verify_log(dir, &key, &result, &err), 0, "%s", err.text);
	cr_expect_eq(result.outcome, VERIFY_PROVEN, "%s", result.reason);

	alice = memmem(bytes, len, "alice", 5);
	cr_assert_not_null(alice);
	memcpy(alice, "carol", 5);
	cr_assert_eq(seg_index_head_parse((uint8_t *)bytes, &index), 0);
	seg_index_head_format(&index, bytes + SEG_INDEX_HEAD_SIZE, (uint8_t *)bytes);
	put(firsts[1], bytes, len);
	cr_assert_eq(seg_index_open(log_fd, firsts[1], &index), 0);
	cr_assert_eq(seg_index_load_body(&index), 0);
	seg_index_close(&index);
	cr_assert_eq(verify_log(dir, &key, &result, &err), 0, "%s", err.text);
	cr_expect_eq(result.outcome, VERIFY_TAMPERED);
	cr_expect_eq(result.bad_first, firsts[1]);
	cr_expect_not_null(strstr(path_of(firsts[1]), result.bad_file));
	cr_expect_eq(result.proven_end, result.end, "the entries are what they were");
}

/* It is none, and nobody's to blame: the next --tend makes it again. */
Test(index, of_an_earlier_version_is_none)
{
	cleanup_free char *bytes = NULL;
	struct err err = { 0 };
	struct seg_index index;
	size_t len = 0;

	build(firsts[1], &bytes, &len);
	bytes[7] = 1;
	put(firsts[1], bytes, len);
	cr_expect_eq(seg_index_open(log_fd, firsts[1], &index), -EBADMSG);
	cr_expect_eq(seg_index_check(log_fd, firsts[1], &err), 0, "%s", err.text);
}

Test(index, blocks_are_full_subtrees)
{
	for (uint64_t first = 0; first < 600; first += 7) {
		for (uint64_t end = first + 1; end < first + 1100; end += 13) {
			uint64_t seq = first;

			while (seq < end) {
				uint64_t len = seg_index_block_len(seq, end);
				bool is_power = (len & (len - 1)) == 0;
				bool is_largest = len == SEG_INDEX_BLOCK || seq % (2 * len) != 0 ||
						  seq + 2 * len > end;

				cr_assert(len > 0 && is_power && seq % len == 0 && is_largest);
				seq += len;
			}
			cr_assert_eq(seq, end);
		}
	}
}

/* Whole in itself, and of another segment. */
Test(index, of_another_segment_is_none)
{
	cleanup_free char *bytes = NULL;
	struct err err = { 0 };
	struct seg_index index;
	size_t len = 0;

	build(firsts[2], &bytes, &len);
	put(firsts[1], bytes, len);
	cr_expect_lt(seg_index_open(log_fd, firsts[1], &index), 0);
	cr_expect_eq(seg_index_check(log_fd, firsts[1], &err), -EBADMSG);
	cr_expect_eq(seg_index_check(log_fd, firsts[2], &err), 0);
}

static char *read_segment(uint64_t first, size_t *ret_len)
{
	char name[SEGMENT_NAME_LEN + 1];
	struct err err = { 0 };
	char *text = NULL;

	segment_name_format(first, name);
	cr_assert_eq(file_read_trusted(log_fd, name, getuid(), 1 << 20, &text, ret_len, &err), 0,
		     "%s", err.text);
	return text;
}

static int build_from(const char *text, size_t len)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_free char *bytes = NULL;
	struct err err = { 0 };
	char name[SEGMENT_NAME_LEN + 1];
	size_t bytes_len = 0;
	int fd;

	segment_name_format(firsts[1], name);
	fd = openat(log_fd, name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	cr_assert_eq(file_write_all(fd, text, len), 0);
	(void)close(fd);
	cr_assert_eq(segment_open(log_fd, firsts[1], &reader, &err), 0, "%s", err.text);
	return seg_index_build(reader, &bytes, &bytes_len, &err);
}

Test(index, what_is_no_closed_segment_has_none)
{
	size_t len = 0;
	cleanup_free char *text = read_segment(firsts[1], &len);
	char *entry = strstr(text, "\n{") + 1;

	cr_expect_eq(build_from(text, len), 0);
	cr_expect_eq(build_from(text, len - 1), -EBADMSG, "a torn line");
	cr_expect_eq(build_from(text, (size_t)(entry - text) + strcspn(entry, "\n") + 1), -EBADMSG,
		     "an entry that nothing covers");
	cr_expect_eq(build_from(entry, len - (size_t)(entry - text)), -EBADMSG, "no head");
	cr_expect_eq(build_from(text, 0), -EBADMSG, "empty");
	entry[strlen("{\"v\":1,\"seq\":")] = '9';
	cr_expect_eq(build_from(text, len), -EBADMSG, "a wrong number");
}

Test(index, redacted_entries_count)
{
	size_t len = 0;
	cleanup_free char *text = read_segment(firsts[1], &len);
	char *entry = strstr(text, "\n{") + 1;
	size_t entry_len = strcspn(entry, "\n");
	static const char red[] = "#red AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	size_t red_len = strlen(red);

	memcpy(entry, red, red_len);
	memmove(entry + red_len, entry + entry_len, len - (size_t)(entry + entry_len - text));
	cr_expect_eq(build_from(text, len - entry_len + red_len), 0);
}

static void expect_packed(uint64_t first)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct pack_frames frames;
	struct err err = { 0 };
	struct line line;
	uint64_t end = 0;

	cr_assert_eq(segment_open(log_fd, first, &reader, &err), 0, "%s", err.text);
	cr_assert_not_null(reader->packed);
	cr_assert_eq(pack_read_frames(reader->fd, &frames), 0);
	for (size_t i = 0; i < frames.n; i++) {
		cr_expect_eq(line_reader_seek(reader, frames.list[i].position,
					      frames.list[i].offset),
			     0);
		cr_expect_eq(line_next(reader, &line), 1);
		cr_expect_eq(line.offset, frames.list[i].offset);
	}
	cr_expect_eq(line_reader_seek(reader, 0, 0), 0);
	while (line_next(reader, &line) == 1)
		end = line.offset + line.len + 1;
	cr_expect_eq(end, frames.content_size);
	pack_frames_free(&frames);
}

Test(index, of_a_compressed_segment_is_the_same)
{
	for (size_t i = 0; i + 1 < n_segments; i++) {
		cleanup_free char *bytes = NULL;
		char name[SEGMENT_NAME_LEN + 1];
		struct err err = { 0 };
		size_t len = 0;

		build(firsts[i], &bytes, &len);
		put(firsts[i], bytes, len);
		segment_name_format(firsts[i], name);
		cr_assert_eq(pack_segment(log_fd, firsts[i], &err), 0, "%s", err.text);
		cr_expect_eq(faccessat(log_fd, name, F_OK, 0), -1);
		expect_packed(firsts[i]);
		expect_same(firsts[i]);
		cr_expect_eq(seg_index_check(log_fd, firsts[i], &err), 0, "%s", err.text);
	}
}

/* A torn segment is evidence: it stays as it is. */
Test(index, torn_segment_stays_plain)
{
	struct err err = { 0 };
	size_t len = 0;
	cleanup_free char *text = read_segment(firsts[1], &len);
	cleanup_free char *again = NULL;
	size_t again_len = 0;

	cr_assert_eq(build_from(text, len - 1), -EBADMSG);
	cr_expect_eq(pack_segment(log_fd, firsts[1], &err), -EBADMSG);
	cr_expect_not_null(strstr(err.text, "not whole"), "%s", err.text);
	again = read_segment(firsts[1], &again_len);
	cr_expect(again_len == len - 1 && memcmp(text, again, again_len) == 0);
	cr_expect_eq(unlinkat(log_fd, "seg-000000000000.jsonl.zst.new", 0), -1);
}

static const char *const odd_members[] = {
	"",
	"\"",
	"\",",
	"\",\"a\"",
	"\",\"a\":",
	"\",\"a\":}",
	"\",\"a\":\"b",
	"\",\"a\":\"b\\\"}",
	"\",\"by\":{\"uid\":0",
	"\",\"a\":1",
	"\",\"a\":1}x",
	"\",\"a\":1,}",
	"\",a:1}",
};

Test(members, nothing_is_read_beyond_the_end)
{
	static const char head[] =
		"{\"v\":1,\"seq\":7,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
		"\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"a";

	for (size_t i = 0; i < sizeof(odd_members) / sizeof(odd_members[0]); i++) {
		size_t len = strlen(head) + strlen(odd_members[i]);
		cleanup_free char *line = malloc(len + 1); /* exactly: the sanitizer sees more */
		struct record_prefix prefix = { .type_len = 1 };
		struct members members;
		struct member member;
		int rc;

		strcpy(line, head);
		memcpy(line + strlen(head), odd_members[i], strlen(odd_members[i]));
		prefix.type = line + strlen(head) - 1;
		if (*odd_members[i] == '\0')
			continue;
		members = members_of(line, len, &prefix);
		while ((rc = members_next(&members, &member)) == 1)
			;
		cr_expect_eq(rc, -EBADMSG, "case %zu", i);
	}
}

/* Eight bytes each, of which a list would be longer than the file. */
Test(index, frames_without_content)
{
	static const char empty[] = { 0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0 };
	int fd = memfd_create("packed", MFD_CLOEXEC);
	struct pack_frames frames;

	for (int i = 0; i < 2; i++)
		cr_assert_eq(write(fd, empty, sizeof(empty)), (ssize_t)sizeof(empty));
	cr_expect_eq(pack_read_frames(fd, &frames), -EBADMSG);
	(void)close(fd);
}
