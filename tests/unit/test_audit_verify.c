/* SPDX-License-Identifier: Apache-2.0 */

/* Every way to change a log without its key, and what the verifier says to it. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "audit/report.h"
#include "audit/segment.h"
#include "audit/verify.h"
#include "audit/writer.h"
#include "core/err.h"
#include "support/folder.h"

#define LINES_MAX 64

static char dir[64];

/* One segment: #seg, then for each of four commits two entries and a #cp. */
static char log_text[65536];
static size_t log_len;
static struct note_key key;

static void remove_directory(void)
{
	folder_remove(dir);
}

static void write_log(const char *where, const char *terminal_id, uint64_t segment_max)
{
	const struct audit_field field = { "detail", "something happened" };
	struct record event = { .type = "admin.action", .fields = &field, .n_fields = 1 };
	cleanup_writer struct writer *writer = NULL;
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_open(&(struct writer_options){ .dir = where,
							   .terminal_id = terminal_id,
							   .segment_max = segment_max,
							   .clock = clock_system() },
				 &writer, &err),
		     0, "%s", err.text);
	for (int i = 0; i < 8; i++) {
		cr_assert_eq(writer_add(writer, &event, &seq, &err), 0, "%s", err.text);
		if (i % 2)
			cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
	}
}

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void read_segment(void)
{
	int fd = open(path_of("seg-000000000000.jsonl"), O_RDONLY | O_CLOEXEC);

	log_len = (size_t)read(fd, log_text, sizeof(log_text));
	(void)close(fd);
}

static void make_directory(void)
{
	struct err err = { 0 };

	strcpy(dir, "/tmp/sekisho-verify-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	write_log(dir, "test", WRITER_SEGMENT_MAX);
	read_segment();
	cr_assert_eq(note_key_load(path_of("vkey"), &key, &err), 0, "%s", err.text);
}

TestSuite(verify, .init = make_directory, .fini = remove_directory);

static struct verify_result verify_text(const char *text, size_t len, const struct note_key *with)
{
	int fd = memfd_create("log", MFD_CLOEXEC);
	struct verify_result result = { 0 };
	struct err err = { 0 };

	cr_assert_eq(write(fd, text, len), (ssize_t)len);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	cr_assert_eq(verify_segment(fd, with, &result, &err), 0, "%s", err.text);
	(void)close(fd);
	return result;
}

static struct verify_result verify_directory(void)
{
	struct verify_result result = { 0 };
	struct err err = { 0 };

	cr_assert_eq(verify_log(dir, &key, &result, &err), 0, "%s", err.text);
	return result;
}

Test(verify, untouched)
{
	struct verify_result result = verify_directory();

	cr_expect_eq(result.outcome, VERIFY_PROVEN);
	cr_expect_eq(result.proven_end, 8);
	cr_expect_eq(result.n_checkpoints, 4);
	cr_expect_eq(report_exit_status(&result), 0);
}

Test(verify, without_a_key_nothing_is_proven)
{
	struct verify_result result = verify_text(log_text, log_len, NULL);

	cr_expect_eq(result.outcome, VERIFY_INCOMPLETE);
	cr_expect_eq(report_exit_status(&result), 2);
}

/* The law of this file: no byte may change unseen, each bit tried that keeps or breaks ASCII. */
Test(verify, every_flipped_byte, .timeout = 120)
{
	static const char masks[] = { 1, 0x20, (char)0x80 };

	for (size_t i = 0; i < log_len; i++) {
		char mask = masks[i % sizeof(masks)];
		struct verify_result result;

		log_text[i] = (char)(log_text[i] ^ mask);
		result = verify_text(log_text, log_len, &key);
		log_text[i] = (char)(log_text[i] ^ mask);
		if (i + 1 == log_len)
			cr_expect_eq(result.outcome, VERIFY_INCOMPLETE, "the last newline");
		else
			cr_expect_eq(result.outcome, VERIFY_TAMPERED, "byte %zu", i);
	}
}

Test(verify, every_cut)
{
	for (size_t i = 0; i < log_len; i += 3) {
		struct verify_result result = verify_text(log_text, i, &key);
		bool at_line = i > 0 && log_text[i - 1] == '\n';

		cr_expect_neq(result.outcome, VERIFY_TAMPERED, "cut at %zu: %s", i, result.reason);
		cr_expect(at_line || result.outcome == VERIFY_INCOMPLETE, "cut at %zu", i);
	}
}

struct lines {
	const char *at[LINES_MAX];
	size_t len[LINES_MAX];
	size_t n;
};

static struct lines split(void)
{
	struct lines lines = { 0 };

	for (const char *pos = log_text; pos < log_text + log_len;) {
		const char *end =
			(const char *)memchr(pos, '\n', (size_t)(log_text + log_len - pos)) + 1;

		lines.at[lines.n] = pos;
		lines.len[lines.n++] = (size_t)(end - pos);
		pos = end;
	}
	return lines;
}

static struct verify_result verify_lines(const struct lines *lines)
{
	static char text[2 * sizeof(log_text)];
	size_t len = 0;

	for (size_t i = 0; i < lines->n; i++) {
		memcpy(text + len, lines->at[i], lines->len[i]);
		len += lines->len[i];
	}
	return verify_text(text, len, &key);
}

static void move(struct lines *lines, size_t from, size_t to, size_t n)
{
	memmove(&lines->at[to], &lines->at[from], n * sizeof(lines->at[0]));
	memmove(&lines->len[to], &lines->len[from], n * sizeof(lines->len[0]));
}

Test(verify, a_deleted_line)
{
	struct lines whole = split();

	for (size_t i = 0; i < whole.n; i++) {
		struct lines lines = whole;
		enum verify_outcome outcome;

		move(&lines, i + 1, i, lines.n - i - 1);
		lines.n--;
		outcome = verify_lines(&lines).outcome;
		if (i + 1 == whole.n) /* the last checkpoint: two entries are then unsigned */
			cr_expect_eq(outcome, VERIFY_INCOMPLETE);
		else if (whole.at[i][0] != '#' || i == 0)
			cr_expect_eq(outcome, VERIFY_TAMPERED, "line %zu", i + 1);
		else /* a checkpoint in between: the next one proves the same entries */
			cr_expect_eq(outcome, VERIFY_PROVEN, "line %zu", i + 1);
	}
}

Test(verify, a_repeated_line)
{
	struct lines whole = split();

	for (size_t i = 0; i < whole.n; i++) {
		struct lines lines = whole;
		struct verify_result result;

		move(&lines, i, i + 1, lines.n - i);
		lines.n++;
		result = verify_lines(&lines);
		cr_expect_eq(result.outcome, VERIFY_TAMPERED, "line %zu", i + 1);
		if (whole.at[i][0] == '{') /* named exactly, not only up to the next checkpoint */
			cr_expect_eq(result.bad_first, result.bad_last, "line %zu", i + 1);
	}
}

Test(verify, swapped_lines)
{
	struct lines whole = split();

	for (size_t i = 0; i + 1 < whole.n; i++) {
		struct lines lines = whole;

		lines.at[i] = whole.at[i + 1];
		lines.len[i] = whole.len[i + 1];
		lines.at[i + 1] = whole.at[i];
		lines.len[i + 1] = whole.len[i];
		cr_expect_eq(verify_lines(&lines).outcome, VERIFY_TAMPERED, "line %zu", i + 1);
	}
}

Test(verify, names_the_entry)
{
	struct lines lines = split();
	/* #seg, 0, 1, #cp, 2, 3, #cp; a letter inside a value, wherever the clock's digits end */
	char *letter = memmem(lines.at[5], 400, "happened", 8);
	struct verify_result result;

	cr_assert_not_null(letter);
	*letter ^= 1;
	result = verify_text(log_text, log_len, &key);
	cr_expect_eq(result.outcome, VERIFY_TAMPERED);
	cr_expect_eq(result.bad_first, 2);
	cr_expect_eq(result.bad_last, 3);
	cr_expect_eq(result.proven_end, 2);
	cr_expect_eq(result.bad_offset, (uint64_t)(lines.at[4] - log_text));
}

Test(verify, signed_again_with_another_key)
{
	char other[64] = "/tmp/sekisho-verify-XXXXXX";
	struct verify_result result = { 0 };
	struct err err = { 0 };

	cr_assert_not_null(mkdtemp(other));
	write_log(other, "test", WRITER_SEGMENT_MAX);
	cr_assert_eq(verify_log(other, &key, &result, &err), 0, "%s", err.text);
	cr_expect_eq(result.outcome, VERIFY_TAMPERED);
	cr_expect_eq(result.bad_first, 0);
	folder_remove(other);
}

Test(verify, the_log_of_another_terminal)
{
	char other[64] = "/tmp/sekisho-verify-XXXXXX";
	struct verify_result result = { 0 };
	struct err err = { 0 };

	cr_assert_not_null(mkdtemp(other));
	write_log(other, "other", WRITER_SEGMENT_MAX);
	cr_assert_eq(verify_log(other, &key, &result, &err), 0, "%s", err.text);
	cr_expect_eq(result.outcome, VERIFY_TAMPERED);
	folder_remove(other);
}

Test(verify, no_log_at_all)
{
	char empty[64] = "/tmp/sekisho-verify-XXXXXX";
	struct verify_result result = { 0 };
	struct err err = { 0 };

	cr_assert_not_null(mkdtemp(empty));
	cr_assert_eq(verify_log(empty, &key, &result, &err), 0, "%s", err.text);
	cr_expect_eq(result.outcome, VERIFY_INCOMPLETE);
	(void)rmdir(empty);
	cr_expect_lt(verify_log(empty, &key, &result, &err), 0, "a directory that is not there");
}

Test(verify, endless_line)
{
	static char text[LINES_MAX * 1024];
	size_t len = (size_t)((const char *)memchr(log_text, '\n', log_len) - log_text) + 1;

	memcpy(text, log_text, len);
	memset(text + len, '{', sizeof(text) - len);
	cr_expect_eq(verify_text(text, sizeof(text), &key).outcome, VERIFY_TAMPERED);
}

/* A log of four segments, one commit each. */
static void make_segments(void)
{
	remove_directory();
	cr_assert_eq(mkdir(dir, 0700), 0);
	write_log(dir, "test", 100);
}

static void expect_segments(enum verify_outcome outcome, uint64_t bad_first)
{
	struct verify_result result = { 0 };
	struct err err = { 0 };

	cr_assert_eq(note_key_load(path_of("vkey"), &key, &err), 0, "%s", err.text);
	cr_assert_eq(verify_log(dir, &key, &result, &err), 0, "%s", err.text);
	cr_expect_eq(result.outcome, outcome, "%s", result.reason);
	if (outcome == VERIFY_TAMPERED)
		cr_expect_eq(result.bad_first, bad_first);
}

static void rename_segment(const char *from, const char *to)
{
	char source[128];

	strcpy(source, path_of(from));
	cr_assert_eq(rename(source, path_of(to)), 0);
}

Test(verify, segments)
{
	make_segments();
	expect_segments(VERIFY_PROVEN, 0);
}

Test(verify, a_segment_deleted_in_the_middle)
{
	make_segments();
	cr_assert_eq(unlink(path_of("seg-000000000002.jsonl")), 0);
	expect_segments(VERIFY_TAMPERED, 2);
}

Test(verify, the_first_segment_deleted)
{
	make_segments();
	cr_assert_eq(unlink(path_of("seg-000000000000.jsonl")), 0);
	expect_segments(VERIFY_INCOMPLETE, 0);
}

Test(verify, the_last_segment_deleted)
{
	make_segments();
	cr_assert_eq(unlink(path_of("seg-000000000006.jsonl")), 0);
	expect_segments(VERIFY_INCOMPLETE, 0); /* the head file knows */
}

Test(verify, the_last_segment_emptied)
{
	make_segments();
	cr_assert_eq(unlink(path_of("head")), 0);
	cr_assert_eq(truncate(path_of("seg-000000000006.jsonl"), 0), 0);
	expect_segments(VERIFY_INCOMPLETE, 0);
}

Test(verify, a_segment_emptied_in_the_middle)
{
	make_segments();
	cr_assert_eq(truncate(path_of("seg-000000000004.jsonl"), 0), 0);
	expect_segments(VERIFY_TAMPERED, 4);
}

Test(verify, segments_swapped)
{
	make_segments();
	rename_segment("seg-000000000002.jsonl", "swap");
	rename_segment("seg-000000000004.jsonl", "seg-000000000002.jsonl");
	rename_segment("swap", "seg-000000000004.jsonl");
	expect_segments(VERIFY_TAMPERED, 2);
}

Test(verify, the_first_two_segments_swapped)
{
	make_segments();
	rename_segment("seg-000000000000.jsonl", "swap");
	rename_segment("seg-000000000002.jsonl", "seg-000000000000.jsonl");
	rename_segment("swap", "seg-000000000002.jsonl");
	expect_segments(VERIFY_TAMPERED, 2);
}
