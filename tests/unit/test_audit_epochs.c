/* SPDX-License-Identifier: Apache-2.0 */

/* Keys that end: when, in which order, and what a crash at every single step leaves. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/segment.h"
#include "audit/verify.h"
#include "audit/writer.h"
#include "core/err.h"
#include "support/cut_disk.h"
#include "support/folder.h"

#define BOOT "00000000000000aa"
#define SEED_OFFSET 24 /* in a slot, see audit/epoch_keys.c */
#define SEED_SIZE 32
#define SLOT_DISTANCE 4096

static uint64_t *acknowledged; /* entries; shared with the child */
static char dir[64];
static int64_t now_us;

static void make_directory(void)
{
	/* Power is cut here, not by the disk: memory will do, and is fast. */
	strcpy(dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm/sekisho-epochs-XXXXXX"
						  : "/tmp/sekisho-epochs-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	acknowledged = mmap(NULL, sizeof(*acknowledged), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void remove_directory(void)
{
	folder_remove(dir);
}

TestSuite(epochs, .init = make_directory, .fini = remove_directory);

static int64_t read_clock(void *ctx)
{
	(void)ctx;
	return now_us;
}

static int try_open(const char *boot, struct writer **ret, struct err *err)
{
	return writer_open(&(struct writer_options){ .dir = dir,
						     .terminal_id = "test",
						     .segment_max = WRITER_SEGMENT_MAX,
						     .clock = { read_clock, read_clock, NULL },
						     .boot = boot },
			   ret, err);
}

static void tend(struct writer *writer)
{
	struct err err = { 0 };

	cr_assert_eq(writer_tend(writer, &err), 0, "%s", err.text);
}

static struct writer *open_writer(const char *boot)
{
	struct writer *writer = NULL;
	struct err err = { 0 };

	cr_assert_eq(try_open(boot, &writer, &err), 0, "%s", err.text);
	tend(writer);
	return writer;
}

static void append(struct writer *writer, const char *type)
{
	const struct audit_field field = { "detail", "something" };
	struct record event = { .type = type, .fields = &field, .n_fields = 1 };
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_add(writer, &event, &seq, &err), 0, "%s", err.text);
	cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
	*acknowledged = writer_size(writer);
	tend(writer);
}

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static struct verify_result verify(void)
{
	struct note_key key;
	struct verify_result result = { 0 };
	struct err err = { 0 };

	cr_assert_eq(note_key_load(path_of("vkey"), &key, &err), 0, "%s", err.text);
	cr_assert_eq(verify_log(dir, &key, &result, &err), 0, "%s", err.text);
	return result;
}

static char *read_log(void)
{
	static char text[65536];
	int fd = open(path_of("seg-000000000000.jsonl"), O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	cr_assert_gt(len, 0);
	text[len] = '\0';
	(void)close(fd);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		text++;
		n++;
	}
	return n;
}

static void expect_epochs(size_t n, const char *reason)
{
	const char *text = read_log();
	char wanted[64];

	(void)snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\"", reason);
	cr_expect_eq(count(text, "\"type\":\"log.epoch\""), n, "%s", text);
	if (n > 0)
		cr_expect_not_null(strstr(text, wanted), "%s", text);
	cr_expect_eq(verify().outcome, VERIFY_PROVEN, "%s", verify().reason);
}

static void read_slots(uint8_t seeds[2][SEED_SIZE])
{
	int fd = open(path_of(EPOCH_KEYS_FILE), O_RDONLY | O_CLOEXEC);

	for (int i = 0; i < 2; i++)
		cr_assert_eq(pread(fd, seeds[i], SEED_SIZE, i * SLOT_DISTANCE + SEED_OFFSET),
			     SEED_SIZE);
	(void)close(fd);
}

Test(epochs, a_policy_ends_one_with_the_next_commit)
{
	struct writer *writer = open_writer(BOOT);

	append(writer, "admin.action");
	append(writer, "policy.load");
	expect_epochs(0, "");
	append(writer, "admin.action");
	expect_epochs(1, "policy");
	append(writer, "admin.action");
	append(writer, "zone.change");
	append(writer, "admin.action");
	expect_epochs(2, "policy");
	writer_free(writer);
}

Test(epochs, time_ends_one_only_where_something_happens)
{
	struct writer *writer = open_writer(BOOT);

	append(writer, "admin.action");
	now_us += WRITER_EPOCH_US - 1;
	append(writer, "admin.action");
	append(writer, "admin.action");
	expect_epochs(0, "");
	now_us += 10 * WRITER_EPOCH_US;
	append(writer, "admin.action");
	expect_epochs(0, "");
	append(writer, "admin.action");
	append(writer, "admin.action");
	expect_epochs(1, "time");
	writer_free(writer);
}

Test(epochs, a_boot_ends_one_before_anything_else_and_a_restart_does_not)
{
	struct writer *writer = open_writer(BOOT);

	append(writer, "admin.action");
	writer_free(writer);
	writer = open_writer(BOOT);
	append(writer, "admin.action");
	append(writer, "admin.action");
	expect_epochs(0, "");
	writer_free(writer);
	writer = open_writer("00000000000000bb");
	append(writer, "admin.action");
	expect_epochs(1, "boot");
	append(writer, "admin.action");
	expect_epochs(1, "boot");
	writer_free(writer);
}

Test(epochs, a_shutdown_leaves_no_key_that_has_signed)
{
	struct writer *writer = open_writer(BOOT);
	uint8_t before[2][SEED_SIZE];
	uint8_t after[2][SEED_SIZE];

	append(writer, "admin.action");
	read_slots(before);
	cr_expect_arr_eq(before[0], before[1], SEED_SIZE);
	writer_end_epoch(writer, WRITER_SHUTDOWN);
	tend(writer);
	append(writer, "admin.action");
	expect_epochs(1, "shutdown");
	read_slots(after);
	cr_expect_arr_eq(after[0], after[1], SEED_SIZE);
	cr_expect_arr_neq(after[0], before[0], SEED_SIZE);
	writer_free(writer);
}

Test(epochs, each_segment_says_whose_keys_they_are)
{
	struct writer *writer = NULL;
	struct err err = { 0 };

	cr_assert_eq(writer_open(&(struct writer_options){ .dir = dir,
							   .terminal_id = "test",
							   .segment_max = 100,
							   .clock = { read_clock, read_clock,
								      NULL },
							   .boot = BOOT },
				 &writer, &err),
		     0, "%s", err.text);
	for (int i = 0; i < 8; i++)
		append(writer, i % 3 ? "admin.action" : "policy.load");
	writer_free(writer);
	cr_expect_eq(verify().outcome, VERIFY_PROVEN, "%s", verify().reason);
	cr_expect_eq(verify().n_segments, 8);
}

Test(epochs, a_key_of_another_moment_is_refused)
{
	struct writer *writer = open_writer(BOOT);
	char old[2 * SLOT_DISTANCE];
	struct err err = { 0 };
	ssize_t len;
	int fd;

	append(writer, "policy.load");
	fd = open(path_of(EPOCH_KEYS_FILE), O_RDWR | O_CLOEXEC);
	len = read(fd, old, sizeof(old));
	append(writer, "policy.load");
	append(writer, "policy.load");
	writer_free(writer);
	cr_assert_eq(pwrite(fd, old, (size_t)len, 0), len);
	cr_expect_eq(try_open(BOOT, &writer, &err), -ENOKEY);
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_expect_eq(try_open(BOOT, &writer, &err), -EBADMSG);
	cr_assert_eq(unlink(path_of(EPOCH_KEYS_FILE)), 0);
	cr_expect_eq(try_open(BOOT, &writer, &err), -ENOKEY);
	(void)close(fd);
}

static void put_back(const char *name, const char *bytes, size_t len)
{
	int fd = open(path_of(name), O_RDWR | O_TRUNC | O_CLOEXEC);

	cr_assert_eq(__real_write(fd, bytes, len), (ssize_t)len);
	(void)close(fd);
}

/* Cut at every byte of the commit that ends an epoch: the next key is known, and begins or waits.
 */
Test(epochs, a_last_commit_that_is_cut, .timeout = 120)
{
	struct writer *writer = open_writer(BOOT);
	char keys[2 * SLOT_DISTANCE];
	static char log[16384];
	size_t before;
	size_t after;
	ssize_t len;
	int fd;

	append(writer, "policy.load");
	before = strlen(read_log());
	fd = open(path_of(EPOCH_KEYS_FILE), O_RDONLY | O_CLOEXEC);
	len = read(fd, keys, sizeof(keys));
	(void)close(fd);
	append(writer, "admin.action");
	writer_free(writer);
	after = strlen(strcpy(log, read_log()));
	for (size_t cut = before; cut <= after; cut++) {
		put_back(EPOCH_KEYS_FILE, keys, (size_t)len);
		put_back("seg-000000000000.jsonl", log, cut);
		put_back("head", "", 0);
		put_back(CHECKPOINT_FILE, "", 0);
		writer = open_writer(BOOT);
		append(writer, "admin.action");
		append(writer, "admin.action");
		writer_free(writer);
		cr_expect_eq(verify().outcome, VERIFY_PROVEN, "cut at %zu: %s", cut,
			     verify().reason);
		cr_expect_eq(count(read_log(), "\"type\":\"log.epoch\""), 1, "cut at %zu", cut);
	}
}

static void rotate(struct writer *writer)
{
	char vkey[NOTE_VKEY_MAX];
	const struct record by = { 0 };
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_add_identity(writer, &by, vkey, &seq, &err), 0, "%s", err.text);
	cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
	*acknowledged = writer_size(writer);
	cr_assert_eq(writer_switch_identity(writer, vkey, &err), 0, "%s", err.text);
	tend(writer);
}

/* From nothing through two changes of keys and one of the identity's. */
static void live(void)
{
	struct writer *writer = open_writer(BOOT);

	append(writer, "admin.action");
	append(writer, "policy.load");
	append(writer, "admin.action");
	append(writer, "policy.load");
	rotate(writer);
	append(writer, "admin.action");
	writer_free(writer);
}

/* Both slots hold one key, or it and the next; never one that has been succeeded. */
static void expect_no_old_key(const uint8_t before[2][SEED_SIZE])
{
	uint8_t after[2][SEED_SIZE];

	read_slots(after);
	for (int i = 0; i < 4; i++)
		cr_expect_arr_neq(before[i / 2], after[i % 2], SEED_SIZE);
}

/* The key that is handed out is the one that signs. */
static bool head_is_of_the_identity(void)
{
	struct checkpoint head;
	struct note_key key;
	struct err err = { 0 };

	return note_key_load(path_of("vkey"), &key, &err) == 0 &&
	       checkpoint_read(AT_FDCWD, path_of(CHECKPOINT_FILE), &key, &head, NULL);
}

static void check_after_crash(int at, enum crash kind)
{
	uint8_t before[2][SEED_SIZE];
	struct writer *writer = open_writer(BOOT);

	cr_expect_not(writer_found(writer)->damaged, "call %d, kind %u", at, kind);
	cr_expect_geq(writer_size(writer), *acknowledged, "call %d, kind %u", at, kind);
	append(writer, "admin.action");
	append(writer, "policy.load"); /* whatever was prepared has begun by now */
	read_slots(before);
	append(writer, "policy.load");
	append(writer, "policy.load");
	append(writer, "admin.action");
	expect_no_old_key(before);
	writer_free(writer);
	cr_expect_eq(verify().outcome, VERIFY_PROVEN, "call %d, kind %u: %s", at, kind,
		     verify().reason);
	cr_expect(head_is_of_the_identity(), "call %d, kind %u", at, kind);
}

Test(epochs, a_crash_at_every_step_loses_no_key, .timeout = 120)
{
	for (unsigned int kind = 0; kind < N_CRASHES; kind++) {
		int at = 1;

		while (*acknowledged = 0, crash_in_child(at, (enum crash)kind, live)) {
			check_after_crash(at++, (enum crash)kind);
			folder_remove(dir);
			cr_assert_eq(mkdir(dir, 0700), 0);
		}
		cr_expect_gt(at, 30, "only %d calls", at);
		folder_remove(dir);
		cr_assert_eq(mkdir(dir, 0700), 0);
	}
}
