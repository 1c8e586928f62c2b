/* SPDX-License-Identifier: Apache-2.0 */

/* A log that is verified while its segments are compressed and blacked out. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/pack.h"
#include "audit/redact.h"
#include "audit/seg_index.h"
#include "audit/verify.h"
#include "audit/writer.h"
#include "core/err.h"
#include "core/file.h"
#include "support/folder.h"

#define SEGMENT_MAX 4000
#define N_ENTRIES 60

static char dir[64];
static int dir_fd = -1;
static struct writer *writer;
static struct note_key key;

static uint64_t add(const char *type, const struct audit_field *fields, size_t n)
{
	struct record event = { .type = type, .fields = fields, .n_fields = n };
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_add(writer, &event, &seq, &err), 0, "%s", err.text);
	cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
	return seq;
}

static void add_some(int n)
{
	for (int i = 0; i < n; i++)
		(void)add("admin.action", &(const struct audit_field){ "detail", "something" }, 1);
}

static int64_t read_clock(void *ctx)
{
	(void)ctx;
	return INT64_C(1775000000000000);
}

static void begin(void)
{
	char path[128];
	struct err err = { 0 };

	strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/sekisho-replaced-XXXXXX"
						  : "/tmp/sekisho-replaced-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(writer_open(&(struct writer_options){ .dir = dir,
							   .terminal_id = "test",
							   .segment_max = SEGMENT_MAX,
							   .clock = { read_clock, read_clock,
								      NULL } },
				 &writer, &err),
		     0, "%s", err.text);
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(mkdirat(dir_fd, SEG_INDEX_DIR, 0750), 0);
	(void)snprintf(path, sizeof(path), "%s/vkey", dir);
	cr_assert_eq(note_key_load(path, &key, &err), 0, "%s", err.text);
	add_some(N_ENTRIES);
}

static void end(void)
{
	writer_free(writer);
	(void)close(dir_fd);
	folder_remove(dir);
}

TestSuite(replaced, .init = begin, .fini = end);

/* As the log does it: said first, in a segment that ends with it. */
static void redact(uint64_t seq)
{
	uint8_t leaf[TREE_HASH_SIZE];
	char hash[NOTE_HASH_TEXT];
	char number[24];
	struct err err = { 0 };

	cr_assert_eq(redact_look(dir_fd, seq, leaf, &err), 0, "%s", err.text);
	(void)snprintf(number, sizeof(number), "%" PRIu64, seq);
	(void)sodium_bin2base64(hash, sizeof(hash), leaf, sizeof(leaf),
				sodium_base64_VARIANT_ORIGINAL);
	(void)add(REDACTION_ENTRY,
		  (const struct audit_field[]){
			  { "seq_of", number }, { "leaf", hash }, { "reason", "by mistake" } },
		  3);
	writer_close_segment(writer);
	cr_assert_eq(redact_apply(dir_fd, seq, leaf, &err), 0, "%s", err.text);
}

static void make_index(uint64_t first)
{
	char path[sizeof(SEG_INDEX_DIR) + SEG_INDEX_NAME_MAX] = SEG_INDEX_DIR "/";
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_free char *bytes = NULL;
	struct err err = { 0 };
	size_t len = 0;

	cr_assert_eq(segment_open(dir_fd, first, &reader, &err), 0, "%s", err.text);
	cr_assert_eq(seg_index_build(reader, &bytes, &len, &err), 0, "%s", err.text);
	seg_index_name_format(first, path + strlen(path));
	cr_assert_eq(file_replace(dir_fd, path, bytes, len, 0640, &err), 0, "%s", err.text);
}

/* Indexes, and the compressed form, of all that are closed but the newest of these. */
static void pack(void)
{
	cleanup_free uint64_t *firsts = NULL;
	struct err err = { 0 };
	size_t n = 0;

	cr_assert_eq(segment_list(dir_fd, &firsts, &n, &err), 0, "%s", err.text);
	for (size_t i = 0; i + 2 < n; i++) {
		char name[SEGMENT_NAME_LEN + 1];

		make_index(firsts[i]);
		segment_name_format(firsts[i], name);
		if (faccessat(dir_fd, name, F_OK, 0) == 0)
			cr_assert_eq(pack_segment(dir_fd, firsts[i], &err), 0, "%s", err.text);
	}
}

static struct verify_result verify(void (*progress)(void *, uint64_t, uint64_t))
{
	const struct verify_options options = {
		.key = &key, .depth = VERIFY_DEPTH_DEEP, .n_threads = 1, .progress = progress
	};
	struct verify_result result = { 0 };
	struct err err = { 0 };

	cr_expect_eq(verify_log_with(dir, &options, &result, &err), 0, "%s", err.text);
	return result;
}

static unsigned int n_told;

/* The first segment was read: one that is not yet is blacked out, and what says so is in another
 * one than were there.
 */
static void redact_in_between(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	(void)done;
	(void)total;
	if (n_told++ > 0)
		return;
	add_some(N_ENTRIES / 2);
	redact(N_ENTRIES / 2);
}

Test(replaced, a_segment_that_is_blacked_out_while_others_are_read)
{
	struct verify_result result = verify(redact_in_between);

	cr_expect_gt(n_told, 1);
	cr_expect_eq(result.outcome, VERIFY_PROVEN, "%s", result.reason);
	cr_expect_eq(result.n_redacted, 1);
	cr_expect_eq(result.proven_end, writer_size(writer));
}

/* What stays wrong is said, however often the files change. */
static void damage_each_time(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	(void)done;
	(void)total;
	n_told++;
	writer_close_segment(writer);
	add_some(1);
}

Test(replaced, damage_in_a_log_that_changes_is_named)
{
	char name[SEGMENT_NAME_LEN + 1];
	struct verify_result result;
	int fd;

	segment_name_format(0, name);
	fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);
	cr_assert_eq(pwrite(fd, "\1", 1, 700), 1);
	(void)close(fd);
	result = verify(damage_each_time);
	cr_expect_eq(result.outcome, VERIFY_TAMPERED);
	cr_expect_gt(n_told, 1, "it was not read again");
	cr_expect_str_eq(result.bad_file, name);
}

static atomic_bool over;

static void *verify_on_and_on(void *ctx)
{
	unsigned int *n = ctx;

	while (!atomic_load(&over)) {
		struct verify_result result = verify(NULL);

		cr_expect_neq(result.outcome, VERIFY_TAMPERED, "%s: %s", result.bad_file,
			      result.reason);
		++*n;
	}
	return NULL;
}

Test(replaced, both_at_once, .timeout = 120)
{
	unsigned int n_verified = 0;
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, verify_on_and_on, &n_verified), 0);
	for (uint64_t seq = 1; seq < N_ENTRIES / 2; seq++) {
		pack();
		add_some(3);
		redact(seq);
	}
	pack();
	atomic_store(&over, true);
	(void)pthread_join(thread, NULL);
	cr_expect_gt(n_verified, 0);
	cr_expect_eq(verify(NULL).outcome, VERIFY_PROVEN);
	cr_expect_eq(verify(NULL).n_redacted, N_ENTRIES / 2 - 1);
}
