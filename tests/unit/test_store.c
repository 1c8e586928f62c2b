/* SPDX-License-Identifier: Apache-2.0 */

/* The state of a user on a disk that fails, is torn, and is tampered with. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/err.h"
#include "mfa/enrol.h"
#include "mfa/store.h"
#include "support/folder.h"

#define SLOT 4096 /* offset of the first and length of each, as store.h has it */
#define WHOLE (3 * SLOT)

/* Linked with --wrap: the n-th call from now on fails, 0 means none. */
static int fails_at;
static bool tears; /* and leaves half of what was to be written */

ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

static bool fails_now(void)
{
	if (fails_at == 0 || --fails_at > 0)
		return false;
	errno = EIO;
	return true;
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
	if (!fails_now())
		return __real_pwrite64(fd, bytes, len, offset);
	return tears ? __real_pwrite64(fd, bytes, len / 2, offset) : -1;
}

int __wrap_fdatasync(int fd)
{
	return fails_now() ? -1 : __real_fdatasync(fd);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	return fails_now() ? -1 : __real_write(fd, bytes, len);
}

int __wrap_fsync(int fd)
{
	return fails_now() ? -1 : __real_fsync(fd);
}

static char dir[64];
static struct store *store;
static struct err err;

static void begin(void)
{
	static const uint8_t key[MFA_KEY_LEN] = "the host key of this terminal";

	(void)snprintf(dir, sizeof(dir), "/tmp/sekisho-store-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(store_open(dir, key, &store, &err), 0, "%s", err.text);
}

static void end(void)
{
	store_free(store);
	folder_remove(dir);
}

TestSuite(store, .init = begin, .fini = end);

static struct mfa_user enrolled(const char *name)
{
	struct mfa_user user = { 0 };

	(void)snprintf(user.name, sizeof(user.name), "%s", name);
	enrol_make(&user.tokens[0]);
	user.tokens[0].state = TOKEN_ACTIVE;
	user.state.uses[0].last_step = 1000;
	cr_assert_eq(store_save_user(store, &user, &err), 0, "%s", err.text);
	return user;
}

static void save_step(struct mfa_user *user, uint64_t step)
{
	user->state.uses[0].last_step = step;
	cr_assert_eq(store_save_state(store, user, &err), 0, "%s", err.text);
}

static int load(const char *name, struct mfa_user *ret)
{
	struct err ignored = { 0 };

	return store_load(store, name, ret, &ignored);
}

/* The @n-th user file of the directory. */
static int open_file(size_t n)
{
	cleanup_closedir DIR *listing = opendir(dir);
	const struct dirent *entry;
	int fd = -1;

	while ((entry = readdir(listing))) {
		if (strlen(entry->d_name) != 32 || n-- > 0)
			continue;
		fd = openat(dirfd(listing), entry->d_name, O_RDWR | O_CLOEXEC);
		break;
	}
	cr_assert_geq(fd, 0);
	return fd;
}

static void flip(off_t offset)
{
	cleanup_close int fd = open_file(0);
	char byte;

	cr_assert_eq(pread(fd, &byte, 1, offset), 1);
	byte ^= 0x20;
	cr_assert_eq(__real_pwrite64(fd, &byte, 1, offset), 1);
}

Test(store, gives_back_what_was_saved)
{
	struct mfa_user user = enrolled("sato");
	struct mfa_user again = { 0 };

	cr_assert_eq(load("sato", &again), 0);
	cr_expect_eq(memcmp(&again, &user, sizeof(user)), 0);
	cr_expect_eq(load("suzuki", &again), -ENOENT, "never enrolled");
	cr_expect_str_eq(again.name, "sato", "set although refused");
}

Test(store, the_newest_state_counts)
{
	struct mfa_user user = enrolled("sato");
	uint64_t generation = user.state.generation;

	for (uint64_t step = 1001; step < 1008; step++) {
		struct mfa_user again = { 0 };

		save_step(&user, step);
		cr_assert_eq(load("sato", &again), 0);
		cr_expect_eq(again.state.uses[0].last_step, step);
		cr_expect_eq(again.state.generation, ++generation, "counts every write");
	}
}

Test(store, enrolling_anew_goes_on_counting)
{
	struct mfa_user user = enrolled("sato");
	struct mfa_user again = { 0 };
	uint64_t generation = user.state.generation;

	save_step(&user, 1001);
	cr_assert_eq(store_save_user(store, &user, &err), 0);
	cr_assert_eq(load("sato", &again), 0);
	cr_expect_eq(again.state.generation, generation + 2);
	cr_expect_eq(again.state.uses[0].last_step, 1001);
}

Test(store, one_bad_slot_costs_one_state)
{
	struct mfa_user user = enrolled("sato");
	struct mfa_user again = { 0 };

	save_step(&user, 1001);
	save_step(&user, 1002);
	flip(SLOT + SLOT * (off_t)(user.state.generation & 1) + 80);
	cr_assert_eq(load("sato", &again), 0);
	cr_expect_eq(again.state.uses[0].last_step, 1001);
	flip(SLOT + SLOT * (off_t)(~user.state.generation & 1) + 80);
	cr_expect_eq(load("sato", &again), -EBADMSG, "both are bad");
}

Test(store, every_byte_of_the_header_counts)
{
	struct mfa_user user = enrolled("sato");
	const off_t len = 8 + MFA_USER_MAX + MFA_TOKENS_MAX * sizeof(struct token_record) + 32;
	struct mfa_user again;

	for (off_t i = 0; i < len; i++) {
		flip(i);
		again = (struct mfa_user){ 0 };
		cr_expect_eq(load("sato", &again), -EBADMSG, "byte %ld", (long)i);
		cr_expect_eq(again.name[0], '\0', "byte %ld: set although refused", (long)i);
		flip(i);
	}
	cr_expect_eq(load("sato", &again), 0);
	cr_expect_eq(memcmp(&again, &user, sizeof(user)), 0);
}

Test(store, every_byte_of_a_slot_counts)
{
	struct mfa_user user = enrolled("sato");
	const off_t len = 8 + MFA_USER_MAX + sizeof(struct mfa_state) + 32;
	const off_t newest = SLOT + SLOT * (off_t)(~user.state.generation & 1);

	save_step(&user, 1001);
	for (off_t i = 0; i < len; i++) {
		struct mfa_user again = { 0 };

		flip(newest + i);
		cr_assert_eq(load("sato", &again), 0);
		cr_expect_eq(again.state.uses[0].last_step, 1000, "byte %ld", (long)i);
		flip(newest + i);
	}
}

static void copy_between(int from, int to, off_t offset, size_t len)
{
	char bytes[WHOLE];

	cr_assert_eq(pread(from, bytes, len, offset), (ssize_t)len);
	cr_assert_eq(__real_pwrite64(to, bytes, len, offset), (ssize_t)len);
}

Test(store, files_of_others_are_refused)
{
	cleanup_close int one = -1;
	cleanup_close int two = -1;
	struct mfa_user again;
	int sato;
	int suzuki;

	(void)enrolled("sato");
	(void)enrolled("suzuki");
	one = open_file(0);
	two = open_file(1);
	copy_between(one, two, SLOT, 2 * SLOT);
	sato = load("sato", &again);
	suzuki = load("suzuki", &again);
	cr_expect(sato != suzuki && sato + suzuki == -EBADMSG, "the state of another user");
	copy_between(one, two, 0, WHOLE);
	sato = load("sato", &again);
	suzuki = load("suzuki", &again);
	cr_expect(sato != suzuki && sato + suzuki == -EBADMSG, "the whole file of another user");
}

Test(store, another_terminals_key_is_refused)
{
	static const uint8_t key[MFA_KEY_LEN] = "the host key of this terminal";
	static const uint8_t that_key[MFA_KEY_LEN] = "the host key of that terminal";
	cleanup_store struct store *other = NULL;
	cleanup_store struct store *same = NULL;
	struct mfa_user again;
	struct err ignored = { 0 };

	(void)enrolled("sato");
	cr_expect_eq(store_open(dir, that_key, &other, &ignored), -EKEYREJECTED);
	cr_assert_eq(store_open(dir, key, &same, &err), 0);
	cr_expect_eq(store_load(same, "sato", &again, &err), 0);
}

Test(store, a_file_of_another_size_is_damaged)
{
	static const off_t sizes[] = { 0,        1,        100,          SLOT,
				       SLOT + 1, 2 * SLOT, 3 * SLOT - 1, WHOLE + 1,
				       10 * SLOT };
	struct mfa_user again;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		cleanup_close int fd = -1;

		(void)enrolled("sato");
		fd = open_file(0);
		cr_assert_eq(ftruncate(fd, sizes[i]), 0);
		cr_expect_eq(load("sato", &again), -EBADMSG, "%ld bytes", (long)sizes[i]);
	}
}

Test(store, a_file_that_others_can_write_is_refused)
{
	struct mfa_user again;
	cleanup_close int fd = -1;

	(void)enrolled("sato");
	fd = open_file(0);
	cr_assert_eq(fchmod(fd, 0622), 0);
	cr_expect_eq(load("sato", &again), -EPERM);
}

Test(store, a_file_with_a_second_name_is_refused)
{
	struct mfa_user user = enrolled("sato"), again;
	cleanup_closedir DIR *listing = opendir(dir);
	const struct dirent *entry;

	while ((entry = readdir(listing)) && strlen(entry->d_name) != 32)
		;
	cr_assert_not_null(entry);
	cr_assert_eq(linkat(dirfd(listing), entry->d_name, dirfd(listing), "second", 0), 0);
	cr_expect_eq(load("sato", &again), -EMLINK);
	cr_expect_eq(store_save_state(store, &user, &err), -EMLINK, "%s", err.text);
	cr_assert_eq(unlinkat(dirfd(listing), "second", 0), 0);
	cr_expect_eq(load("sato", &again), 0);
}

Test(store, a_directory_of_others_is_refused)
{
	static const uint8_t key[MFA_KEY_LEN] = "the host key of this terminal";
	struct store *same = NULL;
	struct err ignored = { 0 };

	(void)enrolled("sato");
	cr_assert_eq(chmod(dir, 0750), 0);
	cr_expect_eq(store_open(dir, key, &same, &ignored), -EPERM);
	cr_expect_null(same);
}

Test(store, without_its_key_check_it_is_not_fresh)
{
	static const uint8_t that_key[MFA_KEY_LEN] = "the host key of that terminal";
	struct store *other = NULL;
	struct err ignored = { 0 };
	char path[128];

	(void)enrolled("sato");
	(void)snprintf(path, sizeof(path), "%s/key-check", dir);
	cr_assert_eq(unlink(path), 0);
	cr_expect_eq(store_open(dir, that_key, &other, &ignored), -EKEYREJECTED);
	cr_expect_null(other);
}

/* Fail the @n-th call of a save.  Return: false when there are fewer. */
static bool fails(struct mfa_user *user,
		  int (*save)(struct store *, struct mfa_user *, struct err *), int n)
{
	struct err failure = { 0 };
	int rc;

	fails_at = n;
	rc = save(store, user, &failure);
	if (fails_at > 0) {
		fails_at = 0;
		cr_expect_eq(rc, 0);
		return false;
	}
	cr_expect_eq(rc, -EIO, "call %d", n);
	cr_expect_eq(failure.code, rc);
	return true;
}

static void fail_every_call(bool torn)
{
	int n;

	for (n = 1;; n++) {
		struct mfa_user user = enrolled("sato");
		struct mfa_user again = { 0 };

		tears = torn;
		user.state.uses[0].last_step = 2000;
		if (!fails(&user, store_save_state, n))
			break;
		cr_assert_eq(load("sato", &again), 0, "call %d", n);
		/* What was written but not synced may be read back: it is the newer one. */
		cr_expect_eq(again.state.uses[0].last_step, n == 1 ? 1000 : 2000, "call %d", n);
	}
	cr_expect_eq(n, 3, "pwrite, then fdatasync");
}

Test(store, a_failing_disk_is_an_error_and_a_state_stays)
{
	fail_every_call(false);
	fail_every_call(true);
}

Test(store, a_failing_enrolment_leaves_the_old_tokens)
{
	struct mfa_user user = enrolled("sato");
	int n;

	for (n = 1;; n++) {
		struct mfa_user again = { 0 };
		struct mfa_user changed = user;

		enrol_make(&changed.tokens[1]);
		if (!fails(&changed, store_save_user, n))
			break;
		cr_assert_eq(load("sato", &again), 0, "call %d", n);
		cr_expect_eq(memcmp(&again.tokens[0], &user.tokens[0], sizeof(struct token)), 0);
	}
	cr_expect_eq(n, 4, "write, fsync, fsync of the directory");
}

struct seen {
	int good;
	int damaged;
};

static void see(const struct store_visit *visit, void *ctx)
{
	struct seen *seen = ctx;
	char file[STORE_NAME_SIZE];

	store_file(store, visit->user->name, file);
	seen->good += visit->rc == 0 && strcmp(visit->file, file) == 0;
	seen->damaged += visit->rc == -EBADMSG;
}

Test(store, every_user_is_visited_damaged_ones_too)
{
	struct seen seen = { 0 };

	(void)enrolled("sato");
	(void)enrolled("suzuki");
	(void)enrolled("takahashi");
	flip(10);
	cr_assert_eq(store_each(store, see, &seen, &err), 0);
	cr_expect_eq(seen.good, 2);
	cr_expect_eq(seen.damaged, 1);
}
