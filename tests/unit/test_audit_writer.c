/* SPDX-License-Identifier: Apache-2.0 */

/* The writer on a disk that fails, fills up, loses power, and is tampered with. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/checkpoint.h"
#include "audit/reserve.h"
#include "audit/segment.h"
#include "audit/verify.h"
#include "audit/writer.h"
#include "core/err.h"
#include "support/folder.h"

/* Linked with --wrap: the n-th call from now on fails, 0 means none. */
static int write_fails_at;
static int write_errno;
static int sync_fails_at;

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	if (write_fails_at > 0 && --write_fails_at == 0) {
		(void)__real_write(fd, bytes, len / 2); /* a full disk takes what fits */
		errno = write_errno;
		return -1;
	}
	return __real_write(fd, bytes, len);
}

int __wrap_fdatasync(int fd)
{
	if (sync_fails_at > 0 && --sync_fails_at == 0) {
		errno = EIO;
		return -1;
	}
	return __real_fdatasync(fd);
}

static char dir[64];

static void make_directory(void)
{
	strcpy(dir, "/tmp/sekisho-audit-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
}

static void remove_directory(void)
{
	folder_remove(dir);
}

TestSuite(writer, .init = make_directory, .fini = remove_directory);

static struct writer *open_writer(uint64_t segment_max)
{
	struct writer *writer = NULL;
	struct err err = { 0 };

	cr_assert_eq(writer_open(&(struct writer_options){ .dir = dir,
							   .terminal_id = "test",
							   .segment_max = segment_max,
							   .clock = clock_system() },
				 &writer, &err),
		     0, "%s", err.text);
	return writer;
}

static void add(struct writer *writer, const char *detail)
{
	const struct audit_field field = { "detail", detail };
	struct record event = { .type = "admin.action", .fields = &field, .n_fields = 1 };
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_add(writer, &event, &seq, &err), 0, "%s", err.text);
}

static int append(struct writer *writer, const char *detail)
{
	struct err err = { 0 };

	add(writer, detail);
	return writer_commit(writer, &err);
}

static struct verify_result verify(void)
{
	char path[128];
	struct note_key key;
	struct verify_result result = { 0 };
	struct err err = { 0 };

	(void)snprintf(path, sizeof(path), "%s/vkey", dir);
	cr_assert_eq(note_key_load(path, &key, &err), 0, "%s", err.text);
	cr_assert_eq(verify_log(dir, &key, &result, &err), 0, "%s", err.text);
	return result;
}

static void expect_proven(uint64_t n)
{
	struct verify_result result = verify();

	cr_expect_eq(result.outcome, VERIFY_PROVEN, "%s", result.reason);
	cr_expect_eq(result.proven_end, n, "%llu entries proven",
		     (unsigned long long)result.proven_end);
}

static const char *segment(uint64_t first)
{
	static char path[128];
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(first, name);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static off_t size_of(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0, "%s", path);
	return st.st_size;
}

static void flip(const char *path, off_t offset)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	cr_assert_eq(pread(fd, &byte, 1, offset), 1);
	byte = (char)(byte ^ 1);
	cr_assert_eq(pwrite(fd, &byte, 1, offset), 1);
	(void)close(fd);
}

static void write_behind(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	cr_assert_eq(__real_write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

Test(writer, appended_and_reopened)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);

	cr_expect_eq(append(writer, "one"), 0);
	add(writer, "two");
	cr_expect_eq(append(writer, "three"), 0);
	cr_expect_eq(writer_size(writer), 3);
	expect_proven(3);
	writer_free(writer);

	writer = open_writer(WRITER_SEGMENT_MAX);
	cr_expect_eq(writer_size(writer), 3);
	cr_expect_not(writer_found(writer)->recovered);
	cr_expect_not(writer_found(writer)->damaged);
	cr_expect_eq(append(writer, "four"), 0);
	expect_proven(4);
	writer_free(writer);
}

Test(writer, only_one_at_a_time)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);
	struct writer *second = NULL;
	struct err err = { 0 };

	cr_expect_eq(writer_open(&(struct writer_options){ .dir = dir, .terminal_id = "test" },
				 &second, &err),
		     -EBUSY);
	cr_expect_null(second);
	writer_free(writer);
}

Test(writer, rotates)
{
	struct writer *writer = open_writer(2000);

	for (int i = 0; i < 100; i++)
		cr_assert_eq(append(writer, "rotate"), 0);
	writer_free(writer);
	writer = open_writer(2000);
	cr_assert_eq(append(writer, "rotate"), 0);
	writer_free(writer);
	expect_proven(101);
	cr_expect_gt(verify().n_segments, 10);
}

Test(writer, a_key_that_others_may_read_is_refused)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);
	struct err err = { 0 };
	char path[128];

	writer_free(writer);
	writer = NULL;
	(void)snprintf(path, sizeof(path), "%s/" WRITER_KEY_FILE, dir);
	cr_assert_eq(chmod(path, 0640), 0);
	cr_expect_eq(writer_open(&(struct writer_options){ .dir = dir, .terminal_id = "test" },
				 &writer, &err),
		     -EPERM);
	cr_expect_null(writer);
}

Test(writer, a_log_that_lost_its_key_gets_no_new_one)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);
	struct err err = { 0 };
	char path[128];

	cr_assert_eq(append(writer, "one"), 0);
	writer_free(writer);
	writer = NULL;
	(void)snprintf(path, sizeof(path), "%s/" WRITER_KEY_FILE, dir);
	cr_assert_eq(unlink(path), 0);
	cr_expect_eq(writer_open(&(struct writer_options){ .dir = dir, .terminal_id = "test" },
				 &writer, &err),
		     -ENOKEY);
	cr_expect_null(writer);
}

/* Cut at every byte of the last commit: what was acknowledged before is all there. */
Test(writer, recovers_from_a_torn_end)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);
	char head[128];
	off_t before;
	off_t after;

	cr_assert_eq(append(writer, "acknowledged"), 0);
	writer_free(writer);
	before = size_of(segment(0));
	writer = open_writer(WRITER_SEGMENT_MAX);
	cr_assert_eq(append(writer, "torn"), 0);
	writer_free(writer);
	after = size_of(segment(0));

	for (off_t cut = after - 1; cut > before; cut -= 7) {
		/* The head file was never written: the power went before the sync returned. */
		(void)snprintf(head, sizeof(head), "%s/head", dir);
		(void)unlink(head);
		cr_assert_eq(truncate(segment(0), cut), 0);
		writer = open_writer(WRITER_SEGMENT_MAX);
		cr_expect(writer_found(writer)->recovered, "cut at %lld", (long long)cut);
		cr_expect_not(writer_found(writer)->damaged, "cut at %lld", (long long)cut);
		cr_expect_geq(writer_size(writer), 1);
		cr_assert_eq(append(writer, "after"), 0);
		cr_expect_eq(verify().outcome, VERIFY_PROVEN, "cut at %lld", (long long)cut);
		writer_free(writer);
		cr_assert_eq(truncate(segment(0), before), 0);
		(void)unlink(head);
		writer = open_writer(WRITER_SEGMENT_MAX);
		cr_assert_eq(append(writer, "torn"), 0);
		writer_free(writer);
	}
}

Test(writer, recovers_a_segment_that_hardly_began)
{
	struct writer *writer = open_writer(100); /* a segment for each commit */
	off_t size;

	cr_assert_eq(append(writer, "one"), 0);
	cr_assert_eq(append(writer, "two"), 0);
	writer_free(writer);
	size = size_of(segment(1));
	for (off_t cut = 0; cut < size; cut += 13) {
		char head[128];

		(void)snprintf(head, sizeof(head), "%s/head", dir);
		(void)unlink(head);
		cr_assert_eq(truncate(segment(1), cut), 0);
		writer = open_writer(100);
		cr_expect(writer_found(writer)->recovered, "cut at %lld", (long long)cut);
		while (writer_size(writer) < 3)
			cr_assert_eq(append(writer, "again"), 0);
		writer_free(writer);
		cr_expect_eq(verify().outcome, VERIFY_PROVEN, "cut at %lld: %s", (long long)cut,
			     verify().reason);
		(void)unlink(segment(2));
	}
}

Test(writer, keeps_whole_entries_nobody_was_told_about)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);

	cr_assert_eq(append(writer, "one"), 0);
	writer_free(writer);
	write_behind(segment(0),
		     "{\"v\":1,\"seq\":1,\"t\":\"2026-11-22T20:31:07.123456Z\",\"bt\":1,"
		     "\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"log.start\","
		     "\"by\":{\"uid\":0,\"pid\":1},\"n\":\"AAAAAAAAAAAAAAAAAAAAAA\"}\n"
		     "{\"v\":1,\"se");
	writer = open_writer(WRITER_SEGMENT_MAX);
	cr_expect_eq(writer_found(writer)->n_kept, 1);
	cr_expect_eq(writer_found(writer)->torn_bytes, 10);
	cr_expect_eq(writer_size(writer), 2);
	expect_proven(2);
	writer_free(writer);
}

Test(writer, damage_is_never_repaired)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);
	struct verify_result result;
	off_t second;

	cr_assert_eq(append(writer, "one"), 0);
	second = size_of(segment(0));
	cr_assert_eq(append(writer, "two"), 0);
	cr_assert_eq(append(writer, "three"), 0);
	writer_free(writer);
	flip(segment(0), second + 150);

	writer = open_writer(WRITER_SEGMENT_MAX);
	cr_expect(writer_found(writer)->damaged);
	cr_expect_eq(writer_size(writer), 3, "sequence numbers were used again");
	cr_expect_eq(append(writer, "after"), 0);
	writer_free(writer);
	result = verify();
	cr_expect_eq(result.outcome, VERIFY_TAMPERED);
	cr_expect_eq(result.bad_first, 1);
	cr_expect_eq(result.bad_last, 1);
	cr_expect_eq(result.proven_end, 1);
	cr_expect_eq(result.bad_offset, (uint64_t)second);

	writer = open_writer(WRITER_SEGMENT_MAX);
	cr_expect_not(writer_found(writer)->damaged, "the new segment is sound");
	writer_free(writer);
}

/* Without a head file the entries count as they stand: no number is given twice. */
Test(writer, damage_without_a_head)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);
	char head[128];
	off_t second;

	cr_assert_eq(append(writer, "one"), 0);
	second = size_of(segment(0));
	cr_assert_eq(append(writer, "two"), 0);
	cr_assert_eq(append(writer, "three"), 0);
	writer_free(writer);
	flip(segment(0), second + 150);
	(void)snprintf(head, sizeof(head), "%s/head", dir);
	cr_assert_eq(unlink(head), 0);

	writer = open_writer(WRITER_SEGMENT_MAX);
	cr_expect(writer_found(writer)->damaged);
	cr_expect_eq(writer_size(writer), 3, "sequence numbers were used again");
	cr_expect_eq(append(writer, "after"), 0);
	writer_free(writer);
	cr_expect_eq(verify().outcome, VERIFY_TAMPERED);
	cr_expect_eq(verify().bad_first, 1);
}

/* Cut exactly behind a checkpoint: the files alone are a perfect, shorter log. */
Test(writer, truncation_at_a_checkpoint_is_damage)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);
	off_t boundary;

	cr_assert_eq(append(writer, "one"), 0);
	boundary = size_of(segment(0));
	cr_assert_eq(append(writer, "two"), 0);
	writer_free(writer);
	cr_assert_eq(truncate(segment(0), boundary), 0);
	cr_expect_eq(verify().outcome, VERIFY_INCOMPLETE);
	cr_expect_eq(verify().n_after_end, 1);

	writer = open_writer(WRITER_SEGMENT_MAX);
	cr_expect(writer_found(writer)->damaged);
	cr_expect_eq(append(writer, "three"), 0);
	writer_free(writer);
	cr_expect_eq(verify().outcome, VERIFY_TAMPERED);
	cr_expect_eq(verify().bad_first, 1);
}

Test(writer, all_segments_gone_is_damage)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);

	cr_assert_eq(append(writer, "one"), 0);
	writer_free(writer);
	cr_assert_eq(unlink(segment(0)), 0);
	writer = open_writer(WRITER_SEGMENT_MAX);
	cr_expect(writer_found(writer)->damaged);
	cr_expect_eq(writer_size(writer), 1);
	writer_free(writer);
}

static void use_up_reserve(void)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/" RESERVE_FILE, dir);
	cr_assert_eq(unlink(path), 0);
}

Test(writer, a_full_disk_is_given_the_reserve)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/" RESERVE_FILE, dir);
	cr_expect_eq(size_of(path), RESERVE_SIZE);
	cr_expect_eq(append(writer, "one"), 0);
	cr_expect_not(writer_is_short(writer));
	write_errno = ENOSPC;
	write_fails_at = 1;
	cr_expect_eq(append(writer, "two"), 0);
	cr_expect(writer_is_short(writer));
	cr_expect_eq(access(path, F_OK), -1);
	write_fails_at = 1;
	cr_expect_eq(append(writer, "never"), -ENOSPC);
	expect_proven(2);
	cr_expect(writer_refill(writer));
	cr_expect_not(writer_is_short(writer));
	cr_expect_eq(size_of(path), RESERVE_SIZE);
	cr_expect_eq(append(writer, "three"), 0);
	writer_free(writer);
	expect_proven(3);
	cr_expect_eq(verify().n_segments, 1);
}

Test(writer, a_full_disk_refuses_and_then_goes_on)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);

	use_up_reserve();
	write_errno = ENOSPC;
	write_fails_at = 1;
	cr_expect_eq(append(writer, "never"), -ENOSPC, "a first segment");
	cr_expect_eq(append(writer, "one"), 0);
	write_fails_at = 1;
	cr_expect_eq(append(writer, "never"), -ENOSPC);
	cr_expect_eq(writer_size(writer), 1);
	expect_proven(1);
	cr_expect_eq(append(writer, "two"), 0);
	writer_free(writer);
	expect_proven(2);
	cr_expect_eq(verify().n_segments, 1);
}

Test(writer, a_failed_sync_ends_the_segment)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);

	cr_assert_eq(append(writer, "one"), 0);
	sync_fails_at = 1;
	cr_expect_eq(append(writer, "two"), 0, "the second segment takes it");
	cr_expect_eq(writer_take_failure(writer), EIO);
	cr_expect_eq(append(writer, "three"), 0);
	cr_expect_eq(writer_take_failure(writer), 0);
	writer_free(writer);
	expect_proven(3);
	cr_expect_eq(verify().n_segments, 2);
}

Test(writer, a_failed_sync_of_the_first_segment)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);

	sync_fails_at = 1;
	cr_expect_eq(append(writer, "one"), 0);
	writer_free(writer);
	expect_proven(1);
}

Test(writer, a_failing_disk_refuses)
{
	struct writer *writer = open_writer(WRITER_SEGMENT_MAX);

	cr_assert_eq(append(writer, "one"), 0);
	write_errno = EIO;
	write_fails_at = 1;
	sync_fails_at = 1; /* write fails, then the sync of the second segment */
	cr_expect_eq(append(writer, "never"), -EIO);
	expect_proven(1);
	cr_expect_eq(append(writer, "two"), 0);
	writer_free(writer);
	expect_proven(2);
}
